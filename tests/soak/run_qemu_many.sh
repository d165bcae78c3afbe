#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Ten thousand destinations in one run of a virtual machine that has 4 MiB of memory, without KVM, against the procedural
# Internet over the lab's Unix port: each of them exactly once.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lab_common.inc"
need qemu-system-x86_64
[[ -r $(dirname "$UTNT")/../image/utnt.elf ]] || skip "the image was not built"
cd "$work" || exit
lab_up internet --unix "$work/port"
for i in $(seq 10000); do echo "$((30 + i % 50)).$((i / 256)).$((i % 256)).1"; done >many
begin=$SECONDS
timeout 900 "$UTNT" run --tender qemu --json -f many --memory 4M --pps 0 --prefix-pps 0 --near-pps 0 -o many.jsonl 2>err || fail "exit $?: $(tail -n 5 err)"
grep '"type":"trace"' many.jsonl | grep -oE '"user_id":[0-9]+' | sort | uniq -c >seen
[[ $(wc -l <seen) == 10000 ]] || fail "$(wc -l <seen) of 10000 destinations"
awk '$1 != 1 { exit 1 }' seen || fail "a destination is there twice"
grep '"type":"instance"' err >instance || fail "no measurements"
grep -q '"memory_bytes":4194304,' instance || fail "another memory: $(cat instance)"
echo "passed: 10000 destinations, $(grep -c '"type":"tunnel"' many.jsonl) tunnels in a machine of 4 MiB, $((SECONDS - begin)) s, $(grep -oE '"receive_drops":[0-9]+' instance)"
