#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# How many packets a second leave the image, as a sandboxed process and in a virtual machine (QEMU, emulated processor), beside
# the bare ceiling of each path: a plain loop of write() into the same Unix socket or TAP, and an image that only floods its
# card. And beside the Linux adapter: `utnt trace` over a pair of Ethernet interfaces, where the image with packet rings sends
# too. Send only, no pace: nothing answers.
# Sender on core 0, far end on core 1 (bench/tools/far_end.cpp), which counts; RUNS turns of all (default 5), medians.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
UTNT=$(realpath "${UTNT:-build/bench/bin/utnt}")
bin=$(dirname "$UTNT")
image=$bin/../image
runs=${RUNS:-5}
destinations=${DESTINATIONS:-16384}  # of the process and of utnt trace, 32 probes each; the machine gets an eighth
flood=${FLOOD:-1000000}              # frames of the plain loop; the flooding image sends 100,000
[[ -x $bin/far_end && -x $bin/flood_port ]] || { echo "no far_end or flood_port beside $UTNT: ./dev bench builds them" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readonly idle_ms=2500 limit_s=30
unix=$work/port

list() { awk -v n="$1" 'BEGIN {for (i = 0; i < n; i++) printf "30.%d.%d.%d\n", i / 65536, i / 256 % 256, i % 256}'; }
list "$destinations" >"$work/all"
list "$((destinations / 8))" >"$work/few"
probing=(--pps 0 --burst 64 --prefix-pps 0 --near-pps 0 --seed 1 --first-ttl 1 --max-ttl 32 --gap 255 --probe-window 32
  --attempts 1 --json --force -o "$work/out.jsonl")
by_hand=(--ip 20.0.1.1/24 --gateway-mac 02:00:00:00:00:09)

# sender NAME: sets $path (options of far_end) and $command.
sender() {
  local port=(--net "unix:$unix")
  path=(--unix "$unix")
  if [[ $1 == *tap* ]]; then port=(--net tap:near0) path=(--tap near0); fi
  if [[ $1 == ring* ]]; then port=(--net ring:near) path=(); fi
  case $1 in
    unix_loop) command=("$bin/flood_port" unix "$unix" "$flood") ;;
    tap_loop) command=("$bin/flood_port" tap near0 "$flood") ;;
    *_process) command=("$UTNT" run --tender process -f "$work/all" --window 16384 "${port[@]}" "${by_hand[@]}" "${probing[@]}") ;;
    *_machine_flood)
      command=("$UTNT" run --tender qemu --image "$image/flood.elf" --memory 4M "${port[@]}" "${by_hand[@]}"
        "${probing[@]}" 20.0.8.2) ;;
    *_machine) command=("$UTNT" run --tender qemu -f "$work/few" --window 2048 "${port[@]}" "${by_hand[@]}" "${probing[@]}") ;;
    adapter)
      path=()
      command=("$UTNT" trace -f "$work/all" --window 16384 "${probing[@]}") ;;
  esac
}
# measure NAME: one turn; the far end's line goes to $work/NAME.
measure() {
  local path command
  sender "$1"
  rm -f "$work"/out.*
  "$bin/far_end" "${path[@]}" --idle-ms "$idle_ms" --limit-s "$limit_s" -- "${command[@]}" >"$work/log" 2>&1 </dev/null || true
  grep -q 'far_end: sent=' "$work/log" || { echo "no measurement of $1: $(tail -n 2 "$work/log")" >&2; exit 1; }
  grep -o 'sent=.*' "$work/log" >>"$work/$1"
  # The flooding image writes no records, which its launcher takes for a failure.
  [[ $1 == *_flood ]] || tail -n 1 "$work/$1" | grep -qE 'exit=(0|130)$' || { echo "$1: $(tail -n 1 "$work/$1")" >>"$work/complaints"; }
}
value() { grep -oP "(?<=\b$2=)\S*" "$work/$1" | sort -n | sed -n "$(((runs + 1) / 2))p"; }
# row NAME TEXT CEILING [CEILING]: a share of each ceiling, and of the adapter.
row() {
  local name=$1 text=$2 shares=""
  shift 2
  for ceiling; do
    if [[ $ceiling == - ]]; then shares+=" |"; else
      shares+="$(awk -v a="$(value "$name" pps)" -v b="$(value "$ceiling" pps)" 'BEGIN {printf " %.0f %% |", b ? 100 * a / b : 0}')"; fi
  done
  printf '| %s | %s | %s | %s |%s\n' "$text" "$(value "$name" sent)" "$(value "$name" pps)" \
    "$(awk -v c="$(value "$name" cpu_s)" -v n="$(value "$name" sent)" 'BEGIN {printf "%.0f", n ? c * 1e9 / n : 0}')" "$shares"
}

names=(unix_loop unix_process tap_loop tap_process ring_process adapter)
if command -v qemu-system-x86_64 >/dev/null; then
  names+=(unix_machine_flood unix_machine tap_machine_flood tap_machine)
else
  echo "SKIPPED: the virtual machine: qemu-system-x86_64 is not installed"
fi
for ((turn = 0; turn < runs; turn++)); do
  for name in "${names[@]}"; do measure "$name"; done
done
echo "settings: $runs turns, medians; frames of 58 bytes; sender (image, launcher, results, QEMU) on core 0, far end on core 1, both at nice -15;"
echo "          $destinations destinations of 32 probes each (machine: $((destinations / 8))); pps over the shortest stretch that holds half of the"
echo "          frames; CPU of a sender's whole run, with start and results"
printf '\n| sender | frames | pps | CPU ns per frame | of the plain loop | of the flooding image | of utnt trace |\n|---|---|---|---|---|---|---|\n'
row adapter "utnt trace, Ethernet pair" - - -
row ring_process "packet ring, Ethernet pair: image as a process" - - adapter
for port in unix tap; do
  name="Unix datagrams" && [[ $port == unix ]] || name="TAP"
  row ${port}_loop "$name: plain loop of write()" - - adapter
  row ${port}_process "$name: image as a process" ${port}_loop - adapter
  [[ -e $work/${port}_machine ]] || continue
  row ${port}_machine_flood "$name: flooding image in QEMU" ${port}_loop - adapter
  row ${port}_machine "$name: prober's image in QEMU" ${port}_loop ${port}_machine_flood adapter
done
if [[ -s $work/complaints ]]; then echo; echo "not every sender ended well:"; head -n 5 "$work/complaints"; fi
