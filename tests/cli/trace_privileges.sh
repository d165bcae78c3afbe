#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Probing for real: refused outside a sealed namespace, without the capability, without a route. No packet leaves: the
# first case runs only with a build that refuses, the others in a network namespace without any interface but `lo`.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

"$utnt" doctor >doctor.out 2>&1
if grep -q "this build probes only in sealed namespaces" doctor.out; then
  run trace 20.0.8.2
  expect 5 "outside a sealed namespace"
  says err "sealed" "outside a sealed namespace"
  is_empty out "outside a sealed namespace"
fi

if ! unshare --user --map-root-user --net true 2>/dev/null; then
  echo "namespaces are not permitted here"
  exit 77
fi
inside() { unshare --user --map-root-user --net "$@" >out 2>err </dev/null; }

inside sh -c 'ip link set lo alias utnt-sealed; exec setpriv --bounding-set=-net_raw --inh-caps=-net_raw "$@"' sh \
  "$utnt" trace 20.0.8.2 -o never.jsonl
code=$?
expect 3 "without CAP_NET_RAW"
says err "CAP_NET_RAW" "without CAP_NET_RAW"
[[ ! -e never.jsonl ]] || fail "a run that may not probe created its output"

inside sh -c 'ip link set lo alias utnt-sealed; exec "$@"' sh "$utnt" trace 20.0.8.2 -o never.jsonl
code=$?
expect 4 "without a route"
says err "route" "without a route"
[[ ! -e never.jsonl ]] || fail "a run without a route created its output"

inside sh -c 'ip link set lo alias utnt-sealed; exec "$@"' sh "$utnt" trace 20.0.8.2 --interface nowhere0
code=$?
expect 4 "unknown interface"
says err "nowhere0" "unknown interface"

# The demo and emulation need nothing at all.
inside setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$utnt" demo php
code=$?
expect 0 "demo without any privilege"
inside setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$utnt" trace --emulate php
code=$?
expect 0 "emulation without any privilege"

finish
