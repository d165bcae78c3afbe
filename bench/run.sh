#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the benchmarks: the programs build/bench/bin/NAME_bench and the scripts bench/NAME_bench.sh, all of them or the
# named ones. Each prints its own table with its settings; a peer is always measured in the same run.
# Called by ./dev bench, which builds first. Settings of the machine are printed once, here. Each benchmark is ended after
# LIMIT_S seconds (default 2400, fleet 14400); its time, and that of all, is printed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export UTNT=$PWD/build/bench/bin/utnt

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  echo "usage: bench/run.sh [--quick] [NAME...]   without names: all; names are those of bench/NAME_bench.cpp and bench/NAME_bench.sh"
  echo "       --quick: few destinations and one run of each, to see that all works; the figures are worth nothing"
  exit 0
fi

# Arguments of the programs with --quick; the scripts read their settings from the environment.
declare -A quick_arguments=([truth]="--destinations 200" [million]=10000 [campaign]=100)
is_quick=0
if [[ ${1:-} == --quick ]]; then
  shift
  is_quick=1
  export RUNS=1 SIZES=100 CAPS=best DESTINATIONS=100 RATES=10000 SECONDS_EACH=1 EVENTS_MAX=5
fi

declare -A command_of=()
shopt -s nullglob
for path in build/bench/bin/*_bench bench/*_bench.sh; do
  name=$(basename "$path" .sh)
  command_of[${name%_bench}]=$path
done
names=("$@")
if ((${#names[@]} == 0)); then
  mapfile -t names < <(((${#command_of[@]})) && printf '%s\n' "${!command_of[@]}" | sort)
fi
((${#names[@]})) || { echo "no benchmarks found in build/bench/bin and bench/" >&2; exit 1; }

echo "machine  $(awk -F': ' '/^model name/ {print $2; exit}' /proc/cpuinfo), $(nproc) cores, $(awk '/^MemTotal/ {printf "%.1f GiB", $2 / 1048576}' /proc/meminfo), Linux $(uname -r)"
echo "program  $("$UTNT" --version 2>/dev/null | head -n 1 || echo unknown), $(g++ --version | head -n 1), release, sealed-only"
echo "load     $(cut -d' ' -f1-3 /proc/loadavg) (1, 5, 15 minutes)"
declare -A limit_of=([fleet]=14400)  # the paper's minute, thirty times, is half an hour by itself, and there are three kinds
failures=0
for name in "${names[@]}"; do
  [[ -n ${command_of[$name]:-} ]] || { echo "no benchmark named $name" >&2; exit 2; }
  printf '\n== %s\n' "$name"
  begin=$SECONDS status=0
  arguments=()
  ((!is_quick)) || read -ra arguments <<<"${quick_arguments[$name]:-}"
  limit_s=${LIMIT_S:-${limit_of[$name]:-2400}}
  timeout --kill-after=10 "$limit_s" "${command_of[$name]}" "${arguments[@]}" </dev/null || status=$?
  ((status != 124)) || echo "== $name did not end within $limit_s s" >&2
  ((status == 0)) || failures=$((failures + 1))
  printf '== %s: %s, %d s\n' "$name" "$( ((status)) && echo "failed (exit $status)" || echo "done")" $((SECONDS - begin))
done
printf '\ntotal    %d benchmarks, %d failed, %d s; load %s\n' "${#names[@]}" "$failures" "$SECONDS" "$(cut -d' ' -f1-3 /proc/loadavg)"
((failures == 0))
