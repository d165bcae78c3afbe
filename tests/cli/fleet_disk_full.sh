#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Disks that are full, real ones: small file systems in a mount namespace of this test. A node whose spool is full refuses jobs
# before it probes, and keeps a result that finds no place until there is one; a controller whose store is full says so, ends
# with code 4, and goes on where it was when it is started again. Nothing is lost, nothing counts twice.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need_agent
if [[ -z ${UTNT_OWN_MOUNTS:-} ]]; then
  unshare --mount true 2>/dev/null || skip "no mount namespace can be made here"
  rm -rf "$work"
  UTNT_OWN_MOUNTS=1 exec unshare --mount --propagation private bash "${BASH_SOURCE[0]}" "$@"
fi
cd "$work" || exit
mkdir home small
home=home
spool=$work/home/spool-localhost
trap 'end_agent; umount -l "$work/small" 2>/dev/null || true; end' EXIT
fail() { echo "FAILED: $*" >&2; df small >&2; tail -5 "$spool/agent.log" >&2 2>/dev/null; exit 1; }
network=(--net "unix:$work/port" --ip 20.0.1.1/30 --gateway 20.0.1.2)
fleet() {
  code=0
  timeout 60 "$UTNT" fleet "$@" --dir "$home" >out 2>err </dev/null || code=$?
}
run() { fleet run 20.0.8.2 "${network[@]}" "$@"; }
expect() { [[ $code == "$1" ]] || fail "$2: exit $code, $(cat err out)"; }
jobs_in() { "$UTNT" fleet ls --dir "$home" --json --state "$1" --limit 1000 | wc -l; }
# fill: takes every byte of the small file system. make_room: gives it back.
fill() { head -c 1G /dev/zero >small/filler 2>/dev/null || true; }
make_room() { rm -f small/filler; }
balanced() {
  fleet audit
  expect 0 "$1: audit"
  ! grep -q 'does not balance' out || fail "$1: $(cat out)"
}
lab_up php --unix "$work/port"

# The node. Less room than a result may need beside what stays free: refused before a packet is sent.
mount -t tmpfs -o size=24m,mode=0700 none small
mkdir -m 700 small/spool
ln -s "$work/small/spool" "$spool"
run --campaign reserve
expect 1 "a node without room"
grep -q 'refused.*no space' err || fail "a node without room: $(cat err)"
[[ $(jobs_in refused) == 1 && $("$UTNT" fleet results --dir "$home" | wc -l) == 0 ]] || fail "a node without room ran something"
# It fills up during a run: the result stays in memory until there is room, then it comes.
end_agent
echo '{"spool_reserve_bytes": 0}' >small/spool/config.json
"$UTNT" fleet run 20.0.8.2 "${network[@]}" --dir "$home" --pps 20 --campaign middle >out 2>middle.err </dev/null &
controller=$!
until_true grep -q 'running on localhost' middle.err
fill
until_true grep -q 'a result stays in memory' "$spool/agent.log"
[[ $(jobs_in "done") == 0 ]] || fail "done without a spool"
make_room
wait "$controller" || fail "room again: $(cat middle.err)"
[[ $(jobs_in "done") == 1 ]] || fail "room again: $(cat middle.err)"
[[ -z $(find "$spool/jobs" "$spool/results" -mindepth 1) ]] || fail "the spool is not empty"
balanced "the node's disk"

# The controller. What it cannot write it does not do; the node keeps the result.
end_agent
mv small/spool spool
rm "$spool" spool/config.json
umount small
mount -t tmpfs -o size=24m,mode=0700 none small
cp -a home/. small/
home=small
spool=$work/small/spool-localhost
ln -s "$work/spool" "$spool"
fill
run --campaign full
expect 4 "a store without room"
grep -qi 'no space\|full' err || fail "a store without room: $(cat err)"
make_room
run --campaign full
expect 0 "room for the store again"
"$UTNT" fleet run 20.0.8.2 "${network[@]}" --dir "$home" --pps 20 --campaign late >out 2>late.err </dev/null &
controller=$!
until_true grep -q 'running on localhost' late.err
fill
status=0
wait "$controller" || status=$?
[[ $status == 4 ]] || fail "the store fills up: exit $status, $(cat late.err)"
grep -qi 'no space\|full' late.err || fail "the store fills up: $(cat late.err)"
has_result() { [[ -n $(ls -A "$spool/results") ]]; }
until_true has_result
make_room
run --campaign late --pps 20
expect 0 "after the store was full"
[[ $(jobs_in "done") == 3 && $("$UTNT" fleet results --dir "$home" --campaign late | wc -l) == 1 ]] || fail "after the store was full: $(cat err)"
[[ -z $(find "$spool/jobs" "$spool/results" -mindepth 1) ]] || fail "the spool is not empty"
balanced "the controller's disk"
echo "full disks: 4 of them, $(jobs_in "done") done, 1 refused before it probed, nothing lost, nothing twice"
