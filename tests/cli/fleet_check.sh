#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt fleet nodes check`: what a node can do is tried there and kept, signed; keys that nobody enrolled are refused.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
for file in utnt-node ../image/utnt-process; do
  [[ -r $(dirname "$UTNT")/$file ]] || skip "$file was not built"
done
cd "$work"
export XDG_STATE_HOME=$work/state
mkdir state
spool=$work/state/utnt-fleet/spool-localhost
check() { code=0; timeout 60 "$UTNT" fleet nodes check "$@" >out 2>err </dev/null || code=$?; }
expect() { [[ $code == "$1" ]] || fail "$2: exit $code: $(cat out err)"; }

# Nobody is enrolled by being looked at.
check
expect 1 "a node that is not enrolled"
grep -q 'not enrolled; --enrol does that' out || fail "why: $(cat out)"
[[ ! -e $spool/node.key ]] || fail "a key was made without --enrol"
[[ -z $("$UTNT" fleet nodes list) ]] || fail "a node was kept that is not enrolled"

# Enrolled: a key of its own, for its owner alone, and what it can do.
check --enrol
expect 0 "--enrol"
[[ $(stat -c %a "$spool/node.key") == 600 ]] || fail "the key's mode is $(stat -c %a "$spool/node.key")"
grep -qE '^localhost +enrolled +x86_64 +[0-9.]+ ms ' out || fail "no row: $(cat out)"
check --json
expect 0 "a second time"
grep -q '"ok":true,"problem":"","enrolled_now":false' out || fail "the same key again: $(cat out)"
grep -q '"process":{"works":true,"end":"exited","exit_code":4' out || fail "the micro guest: $(cat out)"
grep -qE '"kvm":\{"verdict":"(usable|degraded|absent)"' out || fail "KVM: $(cat out)"
grep -qE '"clock_offset_ns":-?[0-9]+,"clock_uncertain_ns":[0-9]+' out || fail "clock: $(cat out)"
if command -v qemu-system-x86_64 >/dev/null; then
  grep -q '"qemu":{"works":true,"end":"exited","exit_code":4' out || fail "the micro guest in QEMU: $(cat out)"
fi
[[ $(find "$spool" -name '.probe*') == "" ]] || fail "the probe left something behind"
"$UTNT" fleet nodes list --json | grep -q '"check":{"at_ns":' || fail "the record is not in the store"
"$UTNT" fleet audit | grep -q ' enrol ' || fail "the enrolment is not in the audit log: $("$UTNT" fleet audit)"

# The record stays when the node works: what its agent says at a connection does not take its place.
lab_up php --unix "$work/port"
timeout 60 "$UTNT" fleet run 20.0.8.2 --net "unix:$work/port" --ip 20.0.1.1/30 --gateway 20.0.1.2 >out 2>err || fail "a run: $(cat err)"
"$UTNT" fleet nodes list --json >list
grep -q '"protocol":1' list || fail "the agent's hello is not in the store: $(cat list)"
grep -q '"check":{"at_ns":' list || fail "the record went with the hello: $(cat list)"
kill "$(cat "$spool/agent.lock")"

# Another key: refused, until somebody says that it is right. A revoked one stays out.
mv "$spool/node.key" old.key
cp old.key before.key
"$(dirname "$UTNT")/utnt-node" probe --spool "$spool" >record <<<'{"enrol":true,"images":[]}' || fail "utnt-node probe"
[[ $(wc -l <record) == 2 ]] || fail "no record and signature: $(cat record)"
check
expect 1 "another key"
grep -q 'not the one that was enrolled' out || fail "why: $(cat out)"
check --enrol
expect 0 "another key, with --enrol"
"$UTNT" fleet nodes revoke localhost >/dev/null || fail revoke
check --enrol
expect 1 "a revoked node"
grep -q 'its key was revoked' out || fail "why: $(cat out)"

# Nodes over ssh whose key nobody pinned are not even spoken to; one that cannot be reached is said to be so; the rest of the
# inventory is checked all the same.
cat >nodes.toml <<'TOML'
[[node]]
name = "far"
host = "127.0.0.1"
port = 9
[[node]]
name = "near"
transport = "local"
tenders = ["process"]
TOML
check --inventory nodes.toml --json
expect 1 "a host key that is not pinned"
grep '"node":"far"' out | grep -q 'host key is not pinned yet' || fail "why: $(cat out)"
if command -v ssh >/dev/null; then
  check --inventory nodes.toml --enrol --json
  expect 1 "a node that cannot be reached"
  grep '"node":"far"' out | grep -q '"ok":false' || fail "a node that cannot be reached: $(cat out)"
  grep '"node":"near"' out | grep -q '"ok":true' || fail "the one beside it: $(cat out)"
  grep '"node":"near"' out | grep -q '"qemu":{"works"' && fail "a tender was tried that the inventory does not allow"
fi
printf '[[node]]\nname = "a"\nslots = 0\n' >bad.toml
check --inventory bad.toml
expect 2 "a bad inventory"
grep -q 'bad.toml:1: slots: expected' err || fail "where: $(cat err)"
echo passed
