#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The fleet: the paper's event list (59 events, one a second) on five sealed nodes behind 20 Mbit/s links, RUNS times (default 30)
# for each policy and variant (the unikernel by process and qemu, container, vm), warm, COLD_RUNS times (default 5) cold; then the time from an event to its first probe over PROBE_EVENTS
# events (default 1000) with the process tender. CSV files and figures go to OUT (default build/bench/fleet).
# The four series of the unikernel run side by side: a deployment is mostly waiting for replies (5 ms links), and 30 runs take 31 minutes.
# Those of containers come after them, both policies side by side, and then those of machines, one by one, because they need processors.
# In parts: RUNS=5 first, then RUNS=10 CONTINUE=1 and so on; runs that OUT holds already are counted and not played again.
# Clocks: one kernel, CLOCK_MONOTONIC. "first probe" is stamped by the image as it hands its first frame to the socket of its
# network, so it holds everything but that socket's own delivery; QEMU's guest has a clock of its own and gives no such figure.
set -euo pipefail
: "${UTNT:?set UTNT to the program}"
runs=${RUNS:-30} cold_runs=${COLD_RUNS:-5} limit=${EVENTS_MAX:-0} probe_events=${PROBE_EVENTS:-1000}
((runs >= cold_runs)) || cold_runs=$runs
((limit == 0)) || probe_events=$((limit * 5))
out=${OUT:-build/bench/fleet}
parts=()
[[ -z ${CONTINUE:-} ]] || parts=(--continue)
((EUID == 0)) || { echo "sealed nodes with sshd need root" >&2; exit 3; }
mkdir -p "$out"

failures=0
# series NAME ARGUMENT...: in the background; its summary becomes a file.
series() {
  local name=$1
  shift
  "$UTNT" fleet replay --out "$out/$name" "${parts[@]}" "$@" >"$out/$name.txt" 2>"$out/$name.err" || (($? == 1))
}
show() {
  local name
  for name; do
    echo "-- $name"
    cat "$out/$name.txt"
    grep -h 'connected after' "$out/$name.err" | awk '{ sum += $(NF - 1); n++ } END { if (n) printf "nodes brought and connected in %.2f s, mean of %d\n", sum / n, n }'
  done
}
# together KIND RUNS "ARM..." ARGUMENT...: both policies of each arm, of machines one after the other. Without what a variant needs it is skipped by name.
together() {
  local kind=$1 count=$2 arms=$3 policy arm jobs=() names=()
  shift 3
  for arm in $arms; do
    local choice=(--variant "$arm")
    case $arm in
      process | qemu) choice=(--tender "$arm") ;;
      container) command -v podman >/dev/null || { echo "SKIPPED: $kind container: podman is not installed" && continue; } ;;
      vm) [[ -r $(dirname "$UTNT")/../image/utnt-vm.tar ]] ||
        { echo "SKIPPED: $kind vm: packaging/fleet/utnt-fleet-image vm FILE makes the image" && continue; } ;;
    esac
    for policy in discard wait; do
      series "$kind-$policy-$arm" --policy "$policy" "${choice[@]}" --runs "$count" --limit "$limit" "$@" &
      jobs+=($!)
      names+=("$kind-$policy-$arm")
      [[ $arm != vm ]] || wait "${jobs[-1]}" || true  # how it ended is asked again below
    done
  done
  ((${#jobs[@]})) || return 0
  local job
  for job in "${jobs[@]}"; do wait "$job" || failures=$((failures + 1)); done
  show "${names[@]}"
}
for arms in "process qemu" container vm; do
  together warm "$runs" "$arms"
  together cold "$cold_runs" "$arms" --cold
done

# Five a second on five nodes: a slot is always free, so what is measured is the way to the first probe and no queue.
printf 'rate 5/s for %ss\n' $((probe_events / 5)) >"$out/probe-events.txt"
series first-probe --events "$out/probe-events.txt"
show first-probe

# Goals: all 59 with discard, warm, both tenders; within 2 of the simulated queue; 100 ms to the first probe.
check() { jq -e "$2" "$out/$1/summary.json" >/dev/null && echo "met      $1: $3" || { echo "MISSED   $1: $3"; failures=$((failures + 1)); }; }
for tender in process qemu; do
  check "warm-discard-$tender" '.refused == 0 and .failed == 0 and .answers == 1' "every event became a result"
  for policy in discard wait; do
    check "warm-$policy-$tender" '(.accepted_per_run - .forecast_per_run | fabs) <= 2' "within 2 of the simulated queue"
  done
done
for name in warm-{discard,wait}-{container,vm}; do
  [[ ! -e $out/$name/summary.json ]] || check "$name" '(.accepted_per_run - .forecast_per_run | fabs) <= 2 and .answers == 1' "within 2 of the simulated queue"
done
check first-probe '.refused <= .events - .forecast_per_run + 2' "no refusal that the simulated queue does not have"
check first-probe ".done >= $probe_events and .refused == 0 and .first_probe_ms.count == .done and .first_probe_ms.p99 <= 100" "p99 of event to first probe <= 100 ms"
((failures == 0))
