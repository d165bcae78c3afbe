#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt fleet nodes check`: what a node can do is tried there and kept, signed; keys that nobody enrolled are refused.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
cd "$work" || exit
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
# Containers and machines are tried where the owner allows them; on a computer that lacks what they need, it is said what.
grep -qE '"(container|vm)":\{' out && fail "a variant was tried that the owner does not allow: $(cat out)"
images=$(dirname "$UTNT")/../image
if ((EUID == 0)) && command -v podman >/dev/null && [[ -r $images/utnt-container.tar ]]; then
  echo '{"variants":["unikernel","container","vm"]}' >"$spool/config.json"
  before=$(compgen -G '/run/utnt-containers-*' || true)
  check --json
  expect 0 "with other variants"
  grep -q '"container":{"works":true,"end":"exited","exit_code":2' out || fail "the container: $(cat out)"
  if [[ -r $images/utnt-vm.tar ]] && command -v qemu-system-x86_64 >/dev/null; then
    grep -q '"vm":{"works":true,"end":"exited","exit_code":2' out || fail "the machine: $(cat out)"
  fi
  [[ $(compgen -G '/run/utnt-containers-*' || true) == "$before" ]] || fail "podman's files stay in /run"
  rm "$spool/config.json"
  check --json
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
# Another key by rotation: the old one vouches for it, nobody has to be asked, and what it has signed stays verifiable.
key_of() { "$UTNT" fleet nodes list --json | sed -n 's/^{"type":"node","node":"localhost","key":"\([^"]*\)".*/\1/p'; }
before=$(key_of)
rotate() { code=0; timeout 60 "$UTNT" fleet nodes rotate "$@" >out 2>err </dev/null || code=$?; }
rotate nobody
expect 2 "rotate a node that is not enrolled"
rotate localhost
expect 0 rotate
after=$(key_of)
[[ $after != "$before" && $after == RW* ]] || fail "the key is still $after: $(cat out)"
[[ $(stat -c %a "$spool/node.key") == 600 ]] || fail "the new key's mode is $(stat -c %a "$spool/node.key")"
[[ ! -e $spool/node.key.next ]] || fail "a key is left over"
"$UTNT" fleet audit >audit || fail "the audit after a rotation: $(cat audit)"
grep -q "operator: rotate localhost $after after $before" audit || fail "the rotation is not in the audit log: $(cat audit)"
grep -q 'signatures: 1 of 1 results are signed' audit || fail "the result that the old key has signed: $(cat audit)"
check
expect 0 "check after a rotation"
timeout 60 "$UTNT" fleet run 20.0.8.2 --net "unix:$work/port" --ip 20.0.1.1/30 --gateway 20.0.1.2 >out 2>err || fail "a run after a rotation: $(cat err)"
grep -q ALERT err && fail "an alert after a rotation: $(cat err)"
"$UTNT" fleet audit | grep -q 'signatures: 2 of 2 results are signed' || fail "signatures: $("$UTNT" fleet audit)"
# The answer was lost on the way: the node has the new key, the controller believes the old one. Asked again, all is well.
printf '{"node":"localhost","key":"%s"}\n' "$after" | "$(dirname "$UTNT")/utnt-node" rotate --spool "$spool" >lost || fail "utnt-node rotate"
check
expect 1 "a rotation whose answer was lost"
rotate localhost
expect 0 "rotate again"
check
expect 0 "check after the second time"
[[ $(sed 's/ .*//' lost) == "$(key_of)" ]] || fail "the node made a third key: $(key_of), not $(cat lost)"

# Another key: refused, until somebody says that it is right. A revoked one stays out.
kill "$(cat "$spool/agent.lock")"
mv "$spool/node.key" old.key
cp old.key before.key
"$(dirname "$UTNT")/utnt-node" probe --spool "$spool" >record <<<'{"enrol":true,"images":[]}' || fail "utnt-node probe"
[[ $(wc -l <record) == 2 ]] || fail "no record and signature: $(cat record)"
check
expect 1 "another key"
grep -q 'not the one that was enrolled' out || fail "why: $(cat out)"
check --enrol
expect 0 "another key, with --enrol"
mv "$spool/node.key" new.key
printf '%s\n' "$(cat old.key)" >"$spool/node.key" && chmod 600 "$spool/node.key"
check
expect 1 "the key from before, without --enrol"
mv new.key "$spool/node.key"
"$UTNT" fleet nodes revoke localhost >/dev/null || fail revoke
rotate localhost
expect 2 "rotate a revoked node"
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
# A pinned host key is forgotten by name, once.
pins=$XDG_STATE_HOME/utnt-fleet/known_hosts
printf 'far ssh-ed25519 %s\nnear ssh-ed25519 %s\n' AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA \
  AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB >"$pins"
forget() { code=0; timeout 60 "$UTNT" fleet nodes forget-host-key "$@" >out 2>err </dev/null || code=$?; }
forget far --inventory nodes.toml
expect 0 "forget-host-key"
grep -q 'far: forgot SHA256:' out || fail "which: $(cat out)"
[[ $(cut -d' ' -f1 "$pins") == near ]] || fail "left: $(cat "$pins")"
"$UTNT" fleet audit | grep -q 'operator: forget host key far SHA256:' || fail "not in the audit log: $("$UTNT" fleet audit)"
forget far
expect 2 "a second time"
printf '[[node]]\nname = "a"\nslots = 0\n' >bad.toml
check --inventory bad.toml
expect 2 "a bad inventory"
grep -q 'bad.toml:1: slots: expected' err || fail "where: $(cat err)"
echo passed
