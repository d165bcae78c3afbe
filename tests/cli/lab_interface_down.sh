#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# An interface that goes down in mid-run, and an interrupt: clear message, documented exit status, output that can be read.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need ip

lab_up php
for i in $(seq 1 250); do echo "20.0.8.$i"; done >"$work/targets"

"$UTNT" lab exec -- "$UTNT" trace -f "$work/targets" --pps 20 --format jsonl -o "$work/down.jsonl" 2>"$work/err" &
trace=$!
sleep 2
in_lab ip link set utnt0 down
status=0
wait "$trace" || status=$?
[[ $status == 4 ]] || fail "exit $status after the interface went down: $(cat "$work/err")"
grep -q 'utnt0.*down' "$work/err" || fail "the message must name the interface: $(cat "$work/err")"
"$UTNT" dump "$work/down.jsonl" >"$work/out" 2>"$work/err" || fail "output after the loss: $(cat "$work/err")"
"$UTNT" lab down >/dev/null

lab_up php
"$UTNT" lab exec -- "$UTNT" trace -f "$work/targets" --pps 20 --format jsonl -o "$work/int.jsonl" 2>"$work/err" &
trace=$!
sleep 2
begin=$(date +%s%N)
kill -TERM "$trace"
status=0
wait "$trace" || status=$?
took_ms=$((($(date +%s%N) - begin) / 1000000))
[[ $status == 130 ]] || fail "exit $status after an interrupt: $(cat "$work/err")"
# 100 ms is what the program promises to stop probing in; a loaded machine gets more for the rest.
((took_ms < 2000)) || fail "it took $took_ms ms to stop"
"$UTNT" dump "$work/int.jsonl" >"$work/out" 2>"$work/err" || fail "output after the interrupt: $(cat "$work/err")"
