#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The whole way in real time: a lab for each kind of tunnel, `utnt trace` inside it, and the score of what it wrote.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"

for scenario in explicit implicit opaque php dpr uhp; do
  lab_up "$scenario"
  in_lab "$UTNT" trace 20.0.8.2 --seed 1 --format jsonl -o "$work/$scenario.jsonl" 2>"$work/err" ||
    fail "$scenario: $(cat "$work/err")"
  "$UTNT" lab score "$work/$scenario.jsonl" --json >"$work/score" || fail "$scenario: score"
  total=$(grep '"class":"all"' "$work/score")
  grep -q '"true":1,"detectable":1,"reported":1,"found":1,' <<<"$total" || fail "$scenario: $total"
  grep -q '"lsrs_right":1,' <<<"$total" || fail "$scenario: wrong LSRs: $total"
  "$UTNT" lab down >/dev/null
done

lab_up php
[[ $(status_of "$UTNT" lab score "$work/missing.jsonl") == 2 ]] || fail "missing results are bad input"
echo garbage >"$work/garbage.jsonl"
[[ $(status_of "$UTNT" lab score "$work/garbage.jsonl") == 2 ]] || fail "results without a trace are bad input"
# Results of another network: nothing of them is true here.
"$UTNT" lab score "$work/explicit.jsonl" --json | grep '"class":"explicit"' >"$work/score"
grep -q '"true":0,.*"found":0,.*"precision":0.0' "$work/score" || fail "false tunnels: $(cat "$work/score")"
