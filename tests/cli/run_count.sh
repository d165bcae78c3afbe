#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt run --count` and `--hold`: several images share one list and give one output; one that fails is counted; held images
# idle with their network up.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
[[ -r $(dirname "$UTNT")/../image/utnt-process ]] || skip "the image was not built"
cd "$work" || exit

# Every destination once, one `run`, one `summary`, a line for each image; the tunnels are those of a single image.
lab_up internet --unix "$work/port"
for i in $(seq 200); do echo "$((30 + i % 50)).0.$((i / 50)).1"; done >many
polite=(--attribution https://example.net/ --pps 0 --prefix-pps 0 --near-pps 0 -q --tender process)
timeout 120 "$UTNT" run "${polite[@]}" -f many -o one.jsonl || fail "one image: exit $?"
timeout 120 "$UTNT" run "${polite[@]}" -f many --count 4 -o four.jsonl || fail "four images: exit $?"
for type in run summary; do [[ $(grep -c "\"type\":\"$type\"" four.jsonl) == 1 ]] || fail "not one $type of four images"; done
grep '"type":"trace"' four.jsonl | grep -oE '"user_id":[0-9]+' | sort | uniq -c >seen
[[ $(wc -l <seen) == 200 ]] || fail "$(wc -l <seen) of 200 destinations"
awk '$1 != 1 { exit 1 }' seen || fail "a destination is there twice"
"$UTNT" dump --format jsonl four.jsonl >dumped || fail "four images: the output cannot be read"
[[ $(wc -l <dumped) == $(wc -l <four.jsonl) ]] || fail "four images: lines were lost"
timeout 60 "$UTNT" run --pps 0 --tender process --json --count 3 30.0.0.1 31.0.0.1 -o fewer.jsonl 2>err || fail "fewer destinations: exit $?"
[[ $(grep -c '"type":"instance"' err) == 2 ]] || fail "two destinations want two images: $(cat err)"
"$UTNT" lab down >/dev/null

# The same tunnel by a machine whose records go to a disk.
lab_up php --unix "$work/port"
if command -v qemu-system-x86_64 >/dev/null; then
  timeout 60 "$UTNT" run --tender qemu --record-channel block --json 20.0.8.2 -o disk.jsonl 2>err || fail "record disk: exit $?: $(cat err)"
  grep -q '"class":"invisible_php"' disk.jsonl || fail "no tunnel by the record disk"
  grep -q '"type":"instance".*"has_trailer":true' err || fail "no trailer by the record disk: $(cat err)"
fi

# Held: the first record is written, nothing is probed, and the end is in time.
begin=$(date +%s%N)
timeout 60 "$UTNT" run --tender process --hold 1.5 --count 5 --json -o held.jsonl 2>err || fail "held: exit $?: $(cat err)"
took=$((($(date +%s%N) - begin) / 1000000))
((took >= 1500 && took < 10000)) || fail "held for $took ms instead of 1500"
[[ $(grep -c '"type":"instance".*"exit_code":0,"end":"exited","has_trailer":true' err) == 5 ]] || fail "not five held images: $(cat err)"
grep -q '"type":"run"' held.jsonl || fail "held: no first record"
! grep -q '"type":"trace"' held.jsonl || fail "held: something was traced"
grep -q '"pss_steady_bytes":[1-9]' err || fail "held: no memory: $(cat err)"

# One of several fails: counted, the others' results stay.
"$UTNT" run --tender process --hold 3 --count 3 --json -o failed.jsonl 2>err &
run=$!
for _ in $(seq 200); do [[ $(pgrep -P "$run" | wc -l) == 3 ]] && break; sleep 0.05; done
kill -9 "$(pgrep -P "$run" | head -1)"
status=0
wait "$run" || status=$?
[[ $status == 1 ]] || fail "one of three was killed: exit $status: $(cat err)"
grep -q '1 of 3 images failed' err || fail "one of three was killed: $(cat err)"
"$UTNT" lab down >/dev/null
echo "passed"
