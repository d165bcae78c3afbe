#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The demo: five stories with the right end, within seconds, for a user who may do nothing, in a namespace without network.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

# The stories in virtual time; what is told again inside the unikernel is measured in real time and differs.
stories() { awk '/^Again inside|^Not told again/ {skip = 1} !skip {print} /^$/ {skip = 0}' out; }

seconds_before=$SECONDS
run demo
expect 0 "demo"
[[ $((SECONDS - seconds_before)) -lt 10 ]] || fail "the demo took $((SECONDS - seconds_before)) s"
says out "5 of 5 stories" "demo"
is_empty err "demo"
[[ $(grep -c '^  What is true:' out) -eq 5 ]] || fail "not five stories"
for title in "1/5" "2/5" "3/5" "4/5" "5/5"; do says out "$title" "demo"; done
for class in "explicit tunnel from PE1" "implicit tunnel from PE1" "opaque tunnel from PE1" "invisible (PHP) tunnel from PE1" \
  "invisible (UHP) tunnel from PE1"; do
  says out "$class" "demo"
done
[[ $(wc -L <out) -le 100 ]] || fail "a line is longer than 100 columns"
if LC_ALL=C grep -q $'\x1b' out; then fail "colours without a terminal"; fi
stories >whole
if [[ -r $(dirname "$utnt")/../image/utnt-process ]]; then
  says out "Again inside the unikernel, in real time (process)" "demo"
  [[ $(grep -c '^    the class, both ends and every router are right$' out) -eq $(grep -c '^Again inside' out) ]] ||
    fail "the image sees another network"
  tenders=1
  if command -v qemu-system-x86_64 >/dev/null && [[ -r $(dirname "$utnt")/../image/utnt.elf ]]; then tenders=2; fi
  [[ $(grep -c '^    an image of [0-9]* bytes in 2 MiB of memory' out) -eq $tenders ]] || fail "not $tenders images in 2 MiB each"
fi
run demo
stories | cmp -s - whole || fail "the demo differs from run to run"
run demo php --color always
says out $'\x1b[' "--color always"
run demo nonsense
expect 2 "unknown story"

# Ended while a machine runs, one that would not end by itself: everything is taken away.
if [[ -r $(dirname "$utnt")/../image/utnt.elf ]]; then
  mkdir programs runtime
  printf '#!/bin/sh\n: >%s/started\nexec sleep 300\n' "$scratch" >programs/qemu-system-x86_64
  chmod 755 programs/qemu-system-x86_64
  PATH=$scratch/programs:$PATH TMPDIR=$scratch/runtime XDG_RUNTIME_DIR=$scratch/runtime "$utnt" demo >out 2>err </dev/null &
  demo=$!
  while [[ ! -e started ]] && kill -0 $demo 2>/dev/null; do sleep 0.05; done
  [[ -n $(ls -A runtime) ]] || fail "nothing there that could be left behind"
  kill -TERM $demo
  code=0
  wait $demo || code=$?
  expect 130 "an interrupted demo"
  [[ -z $(ls -A runtime) ]] || fail "an interrupted demo leaves $(ls -A runtime)"
fi

# Nobody, no new privileges, no network.
if [[ $(id -u) -eq 0 ]] && unshare --net true 2>/dev/null; then
  chmod 755 "$scratch" && cp "$utnt" program && chmod 755 program
  unshare --net setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs \
    ./program demo >out 2>err </dev/null
  code=$?
  expect 0 "demo as nobody"
  stories | cmp -s - whole || fail "nobody sees another demo"
fi

finish
