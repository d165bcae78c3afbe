#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# How fast the program sends and receives, beside zmap, masscan and scamper of Debian: over a pair of Ethernet interfaces
# in sealed namespaces, against a far end of ours that counts what arrives and drops it (send only) or answers every echo
# request at once (full duplex). Tool on core 0, far end on core 1; RUNS runs (default 3), the one with the median rate is
# shown. Packets and rates are those of the far end; what a tool received is read from the results it wrote.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
UTNT=$(realpath "${UTNT:-build/bench/bin/utnt}")
far_end=$(dirname "$UTNT")/far_end
runs=${RUNS:-3}
targets=${TARGETS:-65536}       # of the runs without a pace, a power of two, 65536 at most
rates=${RATES:-"10000 100000"}  # of the paced runs, each of one to two seconds
[[ -x $far_end ]] || { echo "no $far_end: ./dev bench builds it" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readonly gateway=02:00:00:00:00:09 idle_ms=1500 limit_s=20

# choose COUNT: so many destinations or the next power of two, as a list and as the prefix that holds them.
choose() {
  local length=32 count=1
  while ((count < $1)); do count=$((count * 2)) length=$((length - 1)); done
  awk -v n="$count" 'BEGIN {for (i = 0; i < n; i++) printf "30.%d.%d.%d\n", i / 65536, i / 256 % 256, i % 256}' >"$work/targets"
  prefix=30.0.0.0/$length
  echo "$prefix" >"$work/prefix"
}
# Each of these sets $command, for a rate where 0 is no limit, and $found: what prints the number of destinations whose
# answer is in the results.
use_utnt() { # use_utnt RATE [FIRST_TTL [MAX_TTL]]
  command=("$UTNT" trace -f "$work/targets" --pps "$1" --burst 64 --prefix-pps 0 --near-pps 0 --window 65536 --seed 1
    --first-ttl "${2:-32}" --max-ttl "${3:-32}" --gap 255 --probe-window 32 --attempts 1 --json --force -o "$work/out.jsonl")
  found=(grep -cE '^\{"type":"trace",.*"stop":"completed"' "$work/out.jsonl")
}
use_zmap() { # use_zmap RATE [PROBES_PER_TARGET]
  command=(zmap -M icmp_echoscan -G "$gateway" -i near -S 20.0.1.1 -r "$1" -w "$work/prefix" -b /dev/null
    -n "$(wc -l <"$work/targets")" -P "${2:-1}" -T 1 -c 1 -v 0 --disable-syslog -q -o "$work/out.csv")
  found=(grep -c . "$work/out.csv")
}
use_masscan() { # use_masscan RATE [PREFIX]
  command=(masscan "${2:-$prefix}" --ping --rate "$(($1 ? $1 : 100000000))" -e near --adapter-ip 20.0.1.1
    --router-mac "${gateway//:/-}" --wait 1 --retries 0 -oL "$work/out.list")
  found=(grep -c ^open "$work/out.list")
}
# Without a pace Debian's scamper goes to sleep over a list in a file; given as arguments, it probes all of it.
use_scamper() { # use_scamper RATE
  command=(scamper -O warts -o "$work/out.warts" -c "ping -c 1")
  # shellcheck disable=SC2207 # one argument an address
  if (($1)); then command+=(-p "$1" -w 65535 -f "$work/targets"); else command+=(-p 0 -w 65535 -i $(head -n 65000 "$work/targets")); fi
  found=(bash -c "sc_warts2json '$work/out.warts' | grep -c '\"responses\":\\[{'")
}

# run_all FAR_END_OPTION...: $command, RUNS times; $line is what the far end said of the run in the middle, and found=.
run_all() {
  local i answers
  : >"$work/lines"
  for ((i = 0; i < runs; i++)); do
    rm -f "$work"/out.*
    "$far_end" --limit-s "$limit_s" "$@" -- "${command[@]}" >"$work/log" 2>&1 </dev/null || true
    grep -q 'far_end: sent=' "$work/log" || { echo "no measurement of ${command[*]:0:3}: $(tail -n 2 "$work/log")" >&2; exit 1; }
    answers=$("${found[@]}" 2>/dev/null) || answers=${answers:-0}
    echo "$(grep -o 'sent=.*'  "$work/log") found=$answers lost=$(grep -oP '"link":\{.*"dropped":\K[0-9]+' "$work/log" | tail -n 1)" >>"$work/lines"
  done
  line=$(sed 's/.*pps=\([0-9]*\).*/\1 &/' "$work/lines" | sort -n | sed -n "$(((runs + 1) / 2))p")
}
value() { grep -oP "(?<= $1=)\S*" <<<" $line"; }
ratio() { awk -v a="$1" -v b="$2" -v f="${3:-%.2f}" 'BEGIN {if (b > 0) printf f, a / b; else printf "-"}'; }

# send_row NAME: packets, rate, CPU per packet, and our rate over this one's. The first row is ours.
send_row() {
  run_all --idle-ms "$idle_ms"
  ours=${ours:-$(value pps)}
  printf '| %s | %s | %s | %s | %s |\n' "$1" "$(value sent)" "$(value pps)" \
    "$(awk -v c="$(value cpu_s)" -v n="$(value sent)" 'BEGIN {printf "%.0f", n ? c * 1e9 / n : 0}')" "$(ratio "$ours" "$(value pps)")"
}
# duplex_row NAME: also what came back, and what of it the tool reported.
duplex_row() {
  run_all --answer
  ours=${ours:-$(value pps)}
  printf '| %s | %s | %s | %s | %s | %s | %s | %s |\n' "$1" "$(value sent)" "$(value answered)" "$(value pps)" \
    "$(value found)" "$(wc -l <"$work/targets")" "$(value lost)" "$(ratio "$ours" "$(value pps)")"
}
# with TOOL ROW NAME SETTING...: the row if the tool is there.
with() {
  local tool=$1 row=$2 name=$3
  shift 3
  if [[ $tool != utnt ]] && ! type -P "$tool" >/dev/null; then
    printf '| %s | SKIPPED: %s is not installed |\n' "$name" "$tool"
    return 0
  fi
  "use_$tool" "$@"
  "$row" "$name"
}

echo "settings: veth pair between sealed namespaces, tool on core 0, far end on core 1, both at nice -15, ICMP echo requests, $runs runs each,"
echo "          the one with the median rate; our ceilings off; pps: over the shortest stretch that holds half of the packets; CPU"
echo "          of a tool's whole run, with start and end; on veth the sender's core also does the receiver's soft interrupts. ratio: our pps over this one's"
choose "$targets"
printf '\nSend only, no pace:\n\n| tool | packets | pps | CPU ns per packet | ratio |\n|---|---|---|---|---|\n'
ours=
with utnt send_row "utnt trace, 32 TTLs per destination" 0 1 32
with utnt send_row "utnt trace, 1 TTL per destination and its ping" 0
with zmap send_row "zmap -r 0 -P 32" 0 32
with masscan send_row "masscan --rate 100000000, 32 times as many destinations" 0 30.0.0.0/11
with scamper send_row "scamper -p 0 -w 65535, ping -c 1" 0
printf '\nFull duplex, no pace:\n\n| tool | probes | answers | pps out | reported | of | lost in our ring | ratio |\n|---|---|---|---|---|---|---|---|\n'
ours=
with utnt duplex_row "utnt trace, 1 TTL per destination and its ping" 0
with zmap duplex_row "zmap -r 0" 0
with masscan duplex_row "masscan --rate 100000000" 0
with scamper duplex_row "scamper -p 0 -w 65535, ping -c 1" 0
for rate in $rates; do
  choose "$((rate * 3 / 2 < targets ? rate * 3 / 2 : targets))"
  printf '\nFull duplex, %s per second asked for:\n\n| tool | probes | answers | pps out | reported | of | lost in our ring | ratio |\n|---|---|---|---|---|---|---|---|\n' "$rate"
  ours=
  with utnt duplex_row "utnt trace, 1 TTL per destination and its ping" "$rate"
  with zmap duplex_row "zmap" "$rate"
  with masscan duplex_row "masscan" "$rate"
  ((rate <= 10000)) && with scamper duplex_row "scamper, ping -c 1" "$rate"
done
true
