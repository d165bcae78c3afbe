#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt run` in a virtual machine: QEMU without KVM, against labs over their Unix port. Every class of tunnel comes out as
# `utnt trace` shows it in virtual time, a list of destinations goes in as a module, and a killed machine leaves results.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need qemu-system-x86_64
[[ -r $(dirname "$UTNT")/../image/utnt.elf ]] || skip "the image was not built"
cd "$work" || exit

mapfile -t scenarios < <(comparable_scenarios)
run_sees_as_trace qemu "${scenarios[@]}"

lab_up php --unix "$work/port"
# Bad input is the image's own exit code, carried out of the machine; its log line comes with it.
[[ $(status_of "$UTNT" run --tender qemu --address-cache 50000000 --memory 8M 20.0.8.2) == 4 ]] || fail "too little memory: $(cat "$work/err")"
grep -q 'do not fit into' "$work/err" || fail "the image's log is missing: $(cat "$work/err")"
[[ $(status_of "$UTNT" run --tender qemu --memory 1M 20.0.8.2) == 2 ]] || fail "--memory 1M"
"$UTNT" run --tender qemu --memory 2M -q 20.0.8.2 -o small.jsonl 2>err || fail "2 MiB: $(cat err)"
grep -q '"type":"tunnel".*"class":"invisible_php"' small.jsonl || fail "2 MiB: no tunnel"
"$UTNT" run --tender qemu --json 20.0.8.2 -o json.jsonl 2>err || fail "--json: $(cat err)"
grep -q '"type":"instance","tender":"qemu".*"exit_code":0,"end":"exited","has_trailer":true' err || fail "no measurements: $(cat err)"
grep -qv '^{' err && fail "--json: a line that is no JSON: $(cat err)"

for i in $(seq 2 250); do echo "20.0.8.$i"; done >targets
"$UTNT" run --tender qemu -f targets --order input --timeout 100 --attempts 1 --prefix-pps 0 --near-pps 0 --pps 300 --window 4 \
  -o killed.jsonl 2>err &
run=$!
for _ in $(seq 200); do grep -q '"type":"trace"' killed.jsonl 2>/dev/null && break; sleep 0.05; done
machine=$(pgrep -P "$run" | head -1 || true)
[[ -n $machine ]] || fail "no machine runs"
kill -9 "$machine"
status=0
wait "$run" || status=$?
[[ $status == 124 ]] || fail "the machine was killed: exit $status: $(cat err)"
[[ $(grep -c '"type":"trace".*"stop":"completed"' killed.jsonl) -ge 1 ]] || fail "nothing was finished"
"$UTNT" dump --format jsonl killed.jsonl >dumped || fail "the output of a killed machine cannot be read"
[[ $(wc -l <dumped) == $(wc -l <killed.jsonl) ]] || fail "lines were lost"
# Whoever kills the launcher kills the machine.
"$UTNT" run --tender qemu -f targets --pps 20 -o orphan.jsonl 2>err &
run=$!
machine=
for _ in $(seq 100); do machine=$(pgrep -P "$run" | head -1 || true); [[ -n $machine && -s orphan.jsonl ]] && break; sleep 0.05; done
kill -9 "$run"
wait "$run" 2>/dev/null || true
for _ in $(seq 40); do [[ -d /proc/$machine ]] || break; sleep 0.05; done
[[ -n $machine && ! -d /proc/$machine ]] || fail "the machine outlived its launcher"
"$UTNT" lab down >/dev/null

lab_up internet --unix "$work/port"
for i in $(seq 300); do echo "$((30 + i % 50)).$((i / 256)).$((i % 256)).1"; done >many
timeout 120 "$UTNT" run --tender qemu -f many --memory 8M --pps 0 --prefix-pps 0 --near-pps 0 -q -o many.jsonl 2>err || fail "300: exit $?: $(cat err)"
[[ $(grep -c '"type":"trace"' many.jsonl) == 300 ]] || fail "$(grep -c '"type":"trace"' many.jsonl) of 300 destinations"
echo "passed: 300 destinations, $(grep -c '"type":"tunnel"' many.jsonl) tunnels in a machine of 8 MiB"
