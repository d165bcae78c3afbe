#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# One hard trace: 20 links of 5 ms one way, 3 silent hops outside a hidden PHP tunnel of 4 LSRs, 100 pps. Revealed by one
# trace (DPR) and backwards step by step (BRPR). In virtual time and in the real-time lab, there beside traceroute and
# scamper, which reveal nothing. RUNS=N sets the number of real-time runs (default 3); the median is shown.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
UTNT=${UTNT:-build/bench/bin/utnt}
runs=${RUNS:-3}
work=$(mktemp -d)
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
trap '"$UTNT" lab down --all >/dev/null 2>&1; rm -rf "$work"' EXIT

# VP - 6 routers (3 and 5 silent) - PE1 - P1..P4 - PE2 - 6 routers (10 silent) - D: 20 links.
scenario() { # scenario PROFILE FILE
  cat >"$2" <<END
title = "One hard trace ($1)"
chain = ["VP", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "PE1", "P1", "P2", "P3", "P4", "PE2", "R8", "R9", "R10", "R11", "R12", "R13", "D"]
destinations = ["D"]
[links]
delay_us = 5000
[as.core]
routers = ["PE1", "P1", "P2", "P3", "P4", "PE2"]
profile = "$1"
push_ttl = "pipe"
END
  for silent in R3 R5 R10; do printf '[node.%s]\nanswers_te = "no"\nanswers_er = "no"\n' "$silent" >>"$2"; done
}
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
seconds() { # seconds COMMAND...: wall time of one run
  local begin=$EPOCHREALTIME
  timeout 120 "$@" >"$work/out" 2>"$work/err" </dev/null || echo "  (exit $? of $*: $(tail -n 1 "$work/err"))" >&2
  awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.3f\n", b - a}'
}
real() { for _ in $(seq "$runs"); do seconds "$UTNT" lab exec -- "$@"; done | median; }
row() { printf '  %-52s%10s%10s%10s\n' "$@"; }

scenario J "$work/dpr.toml"
scenario C "$work/brpr.toml"
destination=20.0.20.2
ours=(trace "$destination" --pps 100 --prefix-pps 0 --near-pps 0 --seed 1 --quiet -o - --format jsonl)
lsrs() { python3 -c 'import json, sys; print(sum(len(t.get("lsrs", [])) for l in sys.stdin for d in [json.loads(l)] if d["type"] == "trace" for t in d["tunnels"]))' <"$work/out"; }
probes() { python3 -c 'import json, sys; print(*(d["counters"]["probes_sent"] for l in sys.stdin for d in [json.loads(l)] if d["type"] == "summary"))' <"$work/out"; }
virtual() { python3 -c 'import json, sys; print(*("%.3f" % ((d["end_ns"] - d["start_ns"]) / 1e9) for l in sys.stdin for d in [json.loads(l)] if d["type"] == "trace"))' <"$work/out"; }

echo "settings: 20 links of 5 ms one way (RTT 200 ms), 3 silent hops, 100 pps, ceilings off, $runs real-time runs, median"
echo "budget:   DPR <= 3 s, aim 2"
row "" seconds probes "LSRs seen"
for how in dpr brpr; do
  seconds "$UTNT" "${ours[@]}" --emulate "$work/$how.toml" >/dev/null
  row "utnt, ${how^^}, virtual time" "$(virtual)" "$(probes)" "$(lsrs)"
  seconds "$UTNT" "${ours[@]}" --emulate "$work/$how.toml" --rules tnt >/dev/null
  row "utnt --rules tnt, ${how^^}, virtual time" "$(virtual)" "$(probes)" "$(lsrs)"
  "$UTNT" lab up "$work/$how.toml" >/dev/null
  time=$(real "$UTNT" "${ours[@]}")
  row "utnt, ${how^^}, real time" "$time" "$(probes)" "$(lsrs)"
  if [[ $how == dpr ]]; then
    command -v scamper >/dev/null && row "scamper trace -P icmp-paris -q 3 -w 1 -g 5, real time" \
      "$(real scamper -p 100 -O warts -o "$work/x.warts" -I "trace -P icmp-paris -q 3 -w 1 -g 5 $destination")" - 0
    command -v traceroute >/dev/null && row "traceroute -I -n, real time" "$(real traceroute -I -n -m 32 "$destination")" - 0
  fi
  "$UTNT" lab down >/dev/null
done
