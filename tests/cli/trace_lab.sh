#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# `utnt trace` with real sockets and real time, in the lab: the tunnel comes out, privileges are gone while probes leave,
# and a checkpoint survives kill -9 here too.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"

lab_up php
in_lab "$UTNT" trace 20.0.8.2 --pps 1000 -o "$work/one.jsonl" 2>"$work/err" || fail "trace: $(cat "$work/err")"
grep -q '"type":"tunnel".*"class":"invisible_php".*"ingress":"20.0.2.2","egress":"20.0.6.2"' "$work/one.jsonl" ||
  fail "the tunnel is missing: $(grep tunnel "$work/one.jsonl")"
grep -q '"clock":"wall"\|"start_ns":1[0-9]\{18\}' "$work/one.jsonl" || fail "times are not wall-clock times"

# That one capability is enough, and many probes without a name on them are worth a warning.
in_lab setpriv --bounding-set=-all,+net_raw --inh-caps=-all "$UTNT" trace 20.0.8.2 --pps 5000 -o "$work/two.jsonl" \
  2>"$work/err" || fail "with CAP_NET_RAW alone: $(cat "$work/err")"
grep -q -- '--attribution' "$work/err" || fail "no warning about 5,000 nameless probes per second"
grep -q '"type":"tunnel"' "$work/two.jsonl" || fail "with CAP_NET_RAW alone the tunnel is missing"

for i in $(seq 1 250); do echo "20.0.8.$i"; done >"$work/targets"
"$UTNT" lab exec -- "$UTNT" trace -f "$work/targets" --pps 50 -o "$work/slow.jsonl" 2>"$work/err" &
trace=$!
for _ in $(seq 100); do [[ -s $work/slow.jsonl ]] && break; sleep 0.05; done
for set in CapEff CapPrm CapInh CapAmb; do
  value=$(sed -n "s/^$set:\t//p" "/proc/$trace/status")
  [[ $value == 0000000000000000 ]] || fail "$set is $value while probing"
done
grep -q '^NoNewPrivs:.*1' "/proc/$trace/status" || fail "new privileges are possible while probing"
kill -TERM "$trace"
wait "$trace" && fail "an interrupted run says that it is done"

command=("$UTNT" trace -f "$work/targets" --pps 2000 --prefix-pps 0 --near-pps 0 --timeout 100 --attempts 1 --quiet --attribution
  https://example.net/probing.txt -o "$work/campaign.jsonl" --checkpoint "$work/checkpoint")
for round in 1 2 3 4 5; do
  "$UTNT" lab exec -- "${command[@]}" 2>"$work/err" &
  trace=$!
  sleep "0.$((RANDOM % 5 + 1))"
  kill -9 "$trace" 2>/dev/null || true
  wait "$trace" 2>/dev/null || true
  [[ -s $work/campaign.jsonl ]] || continue
  "$UTNT" dump "$work/campaign.jsonl" >/dev/null 2>"$work/err" || fail "output after kill $round: $(cat "$work/err")"
done
in_lab "${command[@]}" 2>"$work/err" || fail "the last run: $(cat "$work/err")"
grep '"type":"trace"' "$work/campaign.jsonl" | grep -oE '"user_id":[0-9]+' | sort | uniq -c >"$work/seen"
[[ $(wc -l <"$work/seen") == 250 ]] || fail "$(wc -l <"$work/seen") of 250 destinations"
awk '$1 != 1 { exit 1 }' "$work/seen" || fail "a destination is there twice"
echo passed
