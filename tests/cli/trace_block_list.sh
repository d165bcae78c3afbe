#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A block list that changes while a campaign runs: SIGHUP has it read again, from then on nothing begins towards what it
# names; a mistake in it changes nothing; a checkpoint survives the change; without a list SIGHUP ends the run.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

# 40,000 destinations in this order; the rest is what comes behind the first 20,480.
addresses 40000 >targets
first=20480
rest='20.0.80.0/20\n20.0.96.0/19\n20.0.128.0/17\n'
command=(trace --emulate php -f targets --order input --pps 0 --window 200 --json)

# start OUTPUT ARGUMENT...: in the background, until something is in the output.
start() {
  local output=$1
  shift
  "$utnt" "${command[@]}" --format jsonl -o "$output" "$@" >out 2>err &
  child=$!
  for _ in $(seq 600); do
    [[ $(stat -c %s "$output" 2>/dev/null || echo 0) -gt 50000 ]] && return
    sleep 0.02
  done
  fail "$output does not grow"
}
# told TEXT: waits until the run has said it.
told() {
  for _ in $(seq 600); do
    grep -qF -- "$1" err && return
    sleep 0.02
  done
  fail "never said: $1"
}
ended() {
  wait $child
  code=$?
}
count_of() { grep -m 1 '"type":"summary"' err | grep -o "\"$1\":[0-9]*" | head -1 | cut -d: -f2; }

# A mistake first, then the rest.
echo 20.9.0.0/16 >list
start first.jsonl --block-list list
printf "${rest}nonsense\n" >list
kill -HUP $child
told 'list:4: \"nonsense\"'
told 'stays as it was'
printf "$rest" >list.new && mv list.new list
kill -HUP $child
told 'read again: 3 ranges of addresses, 1 before'
ended
expect 0 "a list read again"
valid_jsonl first.jsonl "a list read again"
grep '"type":"trace"' first.jsonl | grep -oE '"user_id":[0-9]+' | cut -d: -f2 | sort -n >seen
[[ $(wc -l <seen) -eq $first && $(tail -1 seen) -eq $first ]] || fail "$(wc -l <seen) destinations, the last is number $(tail -1 seen)"
[[ $(count_of blocked_later) -eq $((40000 - first)) ]] || fail "the summary counts $(count_of blocked_later) as blocked later"
[[ $(count_of traces_total) -eq $first ]] || fail "the summary counts $(count_of traces_total) destinations"

# Everything blocked at once: what is under way sends nothing more, what has not begun is refused, and that is a run
# like any other. With the old list the same command does the rest.
echo 20.9.0.0/16 >list
start second.jsonl --block-list list --checkpoint checkpoint
echo 20.0.0.0/8 >list
kill -HUP $child
told 'read again'
ended
expect 0 "everything blocked on the way"
before=$(grep -c '"type":"trace"' second.jsonl)
[[ $before -lt 30000 ]] || fail "the block list came too late to show anything"
[[ $(count_of withheld) -gt 0 ]] || fail "no probe of a trace under way was kept back"
[[ $(count_of traces_total) -eq $before ]] || fail "$(count_of traces_total) counted, $before in the output"
run "${command[@]}" --format jsonl -o second.jsonl --block-list list --checkpoint checkpoint
expect 5 "everything blocked from the start"
echo 20.9.0.0/16 >list
run "${command[@]}" --format jsonl -o second.jsonl --block-list list --checkpoint checkpoint
expect 0 "the rest, with the old list"
grep '"type":"trace"' second.jsonl | grep -oE '"user_id":[0-9]+' | sort | uniq -c >seen
[[ $(wc -l <seen) -eq 40000 ]] || fail "$(wc -l <seen) of 40000 destinations in the end"
awk '$1 != 1 { exit 1 }' seen || fail "a destination is there twice in the end"
run "${command[@]}" --format jsonl -o second.jsonl --block-list list --checkpoint checkpoint
expect 0 "nothing left"
says err "nothing to do" "nothing left"

# A pipe cannot be read twice.
start fourth.jsonl --block-list <(echo 20.9.0.0/16)
kill -HUP $child
told 'no regular file'
kill -TERM $child
ended
expect 130 "a list from a pipe"

# Without a list SIGHUP is the end of the terminal.
start fifth.jsonl
kill -HUP $child
ended
expect 130 "SIGHUP without a block list"
valid_jsonl fifth.jsonl "SIGHUP without a block list"

finish
