#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Complete TNT against Debian's scamper in the real-time lab: the procedural Internet in its default mix, links 5 ms.
# scamper does what any tunnel search needs first: a trace of each destination (icmp-paris -q 3 -w 1 -g 5), then one
# ping of each new address; it reveals nothing. Same caps on both sides, then each at its best. The tool runs on core 0,
# the lab on core 1. SIZES="100 1000 10000" and CAPS="1000 10000 best" choose the runs (default 1000, all caps).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
UTNT=$(realpath "${UTNT:-build/bench/bin/utnt}")
sizes=${SIZES:-1000}
caps=${CAPS:-1000 10000 best}
command -v scamper >/dev/null || { echo "scamper is not installed" >&2; exit 1; }
work=$(mktemp -d)
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
trap '"$UTNT" lab down --all >/dev/null 2>&1; rm -rf "$work"' EXIT
readonly limit=900  # seconds for one run
readonly trace="trace -P icmp-paris -q 3 -w 1 -g 5"

internet() { # internet SIZE
  printf 'title = "Internet"\n[internet]\nseed = 1\nlink_delay_us = 5000\nsample = %d\n' "$1" >"$work/net.toml"
}
lab_up() { nice -n -15 taskset -c 1 "$UTNT" lab up "$work/net.toml" >/dev/null; }
# Ends the lab; prints packets in, packets out, dropped, latest delivery in us, as the server counted them.
lab_down() { "$UTNT" lab down --json | grep -oE '[0-9]+ (packets|dropped|us)' | cut -d' ' -f1; }
timed() { # timed COMMAND...: runs it in the lab, adds its wall time to $elapsed; 124 when it did not end in time
  local begin=$EPOCHREALTIME status=0
  nice -n -15 taskset -c 0 timeout "$limit" "$UTNT" lab exec -- "$@" >>"$work/log" 2>&1 </dev/null || status=$?
  ((status != 124)) || return 124
  ((status == 0)) || { echo "exit $status of $*: $(tail -n 3 "$work/log")" >&2; exit 1; }
  elapsed=$(awk -v e="$elapsed" -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.2f", e + b - a}')
}
counted() { lab_down | paste -sd' '; }

ours() { # ours SIZE CAP
  local pps=$2
  [[ $pps == best ]] && pps=0
  elapsed=0
  lab_up
  timed "$UTNT" trace -f "$work/targets" --pps "$pps" --burst 64 --prefix-pps 0 --near-pps 0 --window 65535 --seed 1 --quiet \
    --force -o "$work/ours.jsonl"
  result="$elapsed $(counted)"
}
theirs() { # theirs SIZE CAP
  local pace=(-p "$2")
  elapsed=0
  lab_up
  if [[ $2 == best ]]; then
    # Without a pace scamper stops reading its list after a hundred lines and sleeps for ever; arguments it takes at once.
    pace=(-p 0 -w 65535)
    # shellcheck disable=SC2046 # one argument an address
    timed scamper "${pace[@]}" -O warts -o "$work/trace.warts" -c "$trace" -i $(<"$work/targets")
  else
    timed scamper "${pace[@]}" -O warts -o "$work/trace.warts" -c "$trace" -f "$work/targets"
  fi
  sc_warts2json "$work/trace.warts" | python3 -c '
import json, sys
traces = [d for d in map(json.loads, sys.stdin) if d["type"] == "trace"]
addresses = sorted({h["addr"] for d in traces for h in d.get("hops", [])})
print(*addresses, sep="\n")
print(sum(d["hop_count"] for d in traces) + len(addresses), file=sys.stderr)' >"$work/addresses" 2>"$work/floor"
  if [[ $2 == best ]]; then
    # shellcheck disable=SC2046 # one argument an address
    timed scamper "${pace[@]}" -O warts -o "$work/ping.warts" -c "ping -c 1" -i $(<"$work/addresses")
  else
    timed scamper "${pace[@]}" -O warts -o "$work/ping.warts" -c "ping -c 1" -f "$work/addresses"
  fi
  result="$elapsed $(counted)"
}

echo "settings: real-time lab (TAP in a sealed namespace), procedural Internet, default mix, seed 1, links 5 ms; tool on core 0,"
echo "          lab on core 1, both at nice -15; our ceilings per prefix and per near responder OFF; best = no cap"
echo "          packets as the lab counted them; late: the lab's latest delivery"
echo "          floor: one probe for each TTL that scamper's traces list and one ping an address, over scamper's probes: no prober that"
echo "          lists every hop sends less"
echo "budget:   same cap: time <= 1/3, probes <= 0.7x; at best: >= 10x faster"
printf '  %7s%8s%10s%10s%8s%10s%10s%8s%8s%8s%8s%9s%10s\n' targets cap 'ours s' 'scamper s' ratio probes scamper ratio floor lost scamper late/us scamper
for size in $sizes; do
  internet "$size"
  "$UTNT" lab truth --scenario "$work/net.toml" --json | grep -oP '"destination":"\K[^"]+' >"$work/targets"
  [[ $(wc -l <"$work/targets") == "$size" ]] || { echo "no list of $size destinations" >&2; exit 1; }
  for cap in $caps; do
    ours "$size" "$cap"; read -r our_time our_in _ our_lost our_late <<<"$result"
    theirs "$size" "$cap"; read -r their_time their_in _ their_lost their_late <<<"$result"
    awk -v n="$size" -v cap="$cap" -v a="$our_time" -v b="$their_time" -v p="$our_in" -v q="$their_in" -v l="$our_lost" \
      -v m="$their_lost" -v u="$our_late" -v v="$their_late" -v f="$(<"$work/floor")" \
      'BEGIN {printf "  %7d%8s%10.2f%10.2f%7.1fx%10d%10d%8.2f%8.2f%8d%8d%9d%10d\n", n, cap, a, b, b / a, p, q, p / q, f / q, l, m, u, v}'
  done
done
