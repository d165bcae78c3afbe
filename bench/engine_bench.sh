#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Instructions per probe/reply pair, counted by callgrind around the loop of core/drive.hpp and the engine in it (see
# engine_bench.cpp), and bytes per trace. DESTINATIONS=N sets the size of the campaigns (default 500).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=${ENGINE_BENCH:-build/bench/bin/engine_bench}
destinations=${DESTINATIONS:-500}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$program"
echo
echo "instructions per probe/reply pair: callgrind, $destinations destinations of the procedural Internet, seed 1, at most 2,000 traces"
echo "in flight, 10,000 pps, ceilings off; network, source and event consumer not counted (budget 2,000)"
printf '  %-34s%10s%10s%14s%12s%12s\n' mix pairs probes instructions 'per pair' 'per probe'
for mix in plain answering default tnt; do
  env -i PATH="$PATH" valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file="$work/$mix" \
    "$program" "$mix" "$destinations" >"$work/$mix.out" 2>"$work/$mix.err" || { cat "$work/$mix.err" >&2; exit 1; }
  total=$(awk '/^(summary|totals):/ {print $2; exit}' "$work/$mix")
  case $mix in
    plain) name="no MPLS, nobody silent" ;;
    answering) name="default mix, nobody silent" ;;
    default) name="default mix" ;;
    tnt) name="default mix, --rules tnt" ;;
  esac
  awk -v name="$name" -v total="$total" '/^pairs/ {printf "  %-34s%10d%10d%14d%12.0f%12.0f\n", name, $2, $4, total, total / $2, total / $4}' "$work/$mix.out"
done
echo
echo "where they go, default mix (self cost):"
callgrind_annotate --threshold=80 "$work/default" | awk '/Ir/ && /file:function/ {on = 1; next} on && /%\)/ && shown++ < 16 {sub(/\[.*/, ""); print "  " substr($0, 1, 140)}'
