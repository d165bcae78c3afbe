#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# kill -9 at random instants, then the same command again: no destination is lost, none is there twice, the output is
# valid after every kill. Number of kills: second argument or UTNT_KILLS, default 100.
kills_wanted=${2:-${UTNT_KILLS:-100}}
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
RANDOM=${UTNT_SEED:-4711}
count=1000
addresses $count >targets
kills=0
campaigns=0

# begin FORMAT: the command of one campaign.
begin() {
  rm -f campaign campaign.* checkpoint
  command=(trace --emulate php -f targets --pps 0 --window 300 --quiet --format "$1" -o campaign --checkpoint checkpoint)
  campaigns=$((campaigns + 1))
}

# One run, killed within span_ms milliseconds. True when it ended by itself before. The span follows what a run takes just
# now, so that most kills hit on a busy machine and on an idle one: down when a kill came too late, up when it hit.
killed_run() {
  "$utnt" "${command[@]}" >out 2>err &
  local child=$!
  sleep "0.$(printf %03d $((RANDOM % span_ms)))"
  kill -9 $child 2>/dev/null
  wait $child 2>/dev/null
  code=$?
  if [[ $code -eq 137 ]]; then
    kills=$((kills + 1))
    [[ $span_ms -gt 900 ]] || span_ms=$((span_ms * 21 / 20 + 1))
    return 1
  fi
  [[ $span_ms -lt 10 ]] || span_ms=$((span_ms * 3 / 4))
  return 0
}

# A kill may cut a write short: the unfinished end is named and left out, all before it is valid.
check_partial() {
  [[ -s campaign ]] || return
  "$utnt" dump --format jsonl campaign >dump.out 2>dump.err && return
  [[ $(wc -l <dump.err) -le 2 ]] && grep -q "cut off" dump.err && return
  fail "after kill $kills the output is damaged: $(head -1 dump.err)"
}

# How long an undisturbed run takes decides how late the first kill may come.
begin jsonl
began=$(date +%s%N)
run "${command[@]}"
expect 0 "undisturbed run"
span_ms=$((($(date +%s%N) - began) / 1000000))
[[ $span_ms -gt 30 ]] || span_ms=30
[[ $span_ms -lt 990 ]] || span_ms=990
cp campaign undisturbed
run "${command[@]}"
expect 0 "finished campaign, once more"
says err "nothing to do" "finished campaign, once more"
cmp -s campaign undisturbed || fail "a finished campaign was changed by running it again"

for format in jsonl text warts; do
  [[ $format == jsonl ]] && until_kills=$((kills_wanted * 8 / 10))
  [[ $format == text ]] && until_kills=$((kills_wanted * 9 / 10))
  [[ $format == warts ]] && until_kills=$kills_wanted
  while [[ $kills -lt $until_kills ]]; do
    begin $format
    while [[ $kills -lt $until_kills ]]; do
      killed_run && break
      [[ $format == text ]] || check_partial
    done
    run "${command[@]}"
    expect 0 "$format: last run of campaign $campaigns"
    case $format in
      jsonl)
        valid_jsonl campaign "campaign $campaigns"
        grep '"type":"trace"' campaign | grep -oE '"user_id":[0-9]+' | sort | uniq -c >seen
        ;;
      text) grep -oE '^trace to [0-9.]+' campaign | sort | uniq -c >seen ;;
      warts) grep '"type":"trace"' campaign.tunnels.jsonl | grep -oE '"user_id":[0-9]+' | sort | uniq -c >seen ;;
    esac
    [[ $(wc -l <seen) -eq $count ]] || fail "$format: $(wc -l <seen) of $count destinations after campaign $campaigns"
    awk '$1 != 1 { exit 1 }' seen || fail "$format: a destination is there twice after campaign $campaigns"
    [[ $failures -eq 0 ]] || break 2
  done
done
echo "$kills kills in $campaigns campaigns of $count destinations, kills within $span_ms ms at the end"

# An interruption, then the same command: what was cut off in mid-trace is replaced, not repeated.
addresses 40000 >many
interrupted=(trace --emulate php -f many --pps 0 --quiet -o interrupted.jsonl --checkpoint interrupted.checkpoint)
# As soon as something is finished, so that much is not.
interrupt_early() {
  "$utnt" "${interrupted[@]}" >out 2>err &
  local child=$! size
  size=$(stat -c %s interrupted.jsonl 2>/dev/null || echo 0)
  for _ in $(seq 600); do
    [[ $(stat -c %s interrupted.jsonl 2>/dev/null || echo 0) -gt $((size + 50000)) ]] && break
    sleep 0.05
  done
  kill -TERM $child
  wait $child
  code=$?
}
interrupt_early
expect 130 "interrupted campaign"
valid_jsonl interrupted.jsonl "interrupted campaign"
before=$(grep -c '"stop":"halted"' interrupted.jsonl)
interrupt_early
expect 130 "interrupted campaign, continued"
[[ $before -gt 0 ]] || fail "nothing was cut off in mid-trace"
twice=$(grep '"type":"trace"' interrupted.jsonl | grep -oE '"user_id":[0-9]+' | sort | uniq -d | wc -l)
[[ $twice -eq 0 ]] || fail "$twice destinations are there twice after an interruption"

# Another list, other options, a foreign file: refused, and nothing is touched.
begin jsonl
run "${command[@]}"
cp checkpoint checkpoint.copy
run "${command[@]}" --gap 6
expect 2 "checkpoint of other options"
says err "other destinations or options" "checkpoint of other options"
addresses 999 >targets
run "${command[@]}"
expect 2 "checkpoint of another list"
cmp -s checkpoint checkpoint.copy || fail "a refused run changed the checkpoint"
echo "a letter to a friend" >letter
run trace --emulate php -o fresh.jsonl --checkpoint letter
expect 2 "a file that is no checkpoint"
[[ $(cat letter) == "a letter to a friend" ]] || fail "a file that is no checkpoint was changed"
echo '{"kept":1}' >precious.jsonl
for attempt in first second; do
  run trace --emulate php -o precious.jsonl --checkpoint new.checkpoint
  expect 2 "existing output and a new checkpoint, $attempt attempt"
done
[[ $(cat precious.jsonl) == '{"kept":1}' ]] || fail "an existing file was changed"

finish
