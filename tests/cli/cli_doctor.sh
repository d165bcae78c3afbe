#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The doctor: every check has a verdict, what is missing comes with advice, and the exit code agrees with the list.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

run doctor --json
cp out checks
is_empty err "doctor"
for name in demo seal "raw sockets" namespaces "time stamps" KVM images tenders "other tools"; do says checks "\"name\":\"$name\"" "doctor"; done
if grep -vqE '^\{"type":"check","name":"[^"]+","result":"(works|missing|optional)","detail":".+","advice":".*"\}$' checks; then
  fail "a line of another shape: $(head -1 checks)"
fi
if grep '"result":"missing"' checks | grep -q '"advice":""'; then fail "something is missing and no advice is given"; fi
missing=$(grep -c '"result":"missing"' checks)
expect $((missing > 0 ? 1 : 0)) "doctor with $missing missing"

run doctor
[[ $(grep -c '^missing' out) -eq $missing ]] || fail "text and JSON differ"
if [[ $missing -eq 0 ]]; then says out "Everything works" "doctor"; else says out "$missing missing" "doctor"; fi

# Without privileges and in an empty namespace it still answers.
if unshare --user --map-root-user --net true 2>/dev/null; then
  unshare --user --map-root-user --net setpriv --bounding-set=-all --inh-caps=-all "$utnt" doctor --json >out 2>err </dev/null
  code=$?
  expect 1 "doctor without privileges"
  says out '"name":"raw sockets","result":"missing"' "doctor without privileges"
fi

finish
