#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# How exact the reported RTTs are under load. In the real-time lab every hop's delay is known: links of 2 ms, symmetric
# paths, a router takes 20 us. First the highest rate of complete traces is found, then 10, 50 and 90 % of it are asked
# for; the error is an RTT in the results minus the delay injected. The same list in virtual time must give exact RTTs:
# that checks the arithmetic here. The tool runs on core 0, the lab on core 1. SECONDS_EACH=N (default 3): length of a run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
UTNT=$(realpath "${UTNT:-build/bench/bin/utnt}")
seconds=${SECONDS_EACH:-3}
work=$(mktemp -d)
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
trap '"$UTNT" lab down --all >/dev/null 2>&1; rm -rf "$work"' EXIT
readonly link_us=2000 probes_per_trace=20  # about: a dozen hops, and a ping of each new one

internet() { # internet DESTINATIONS
  cat >"$work/net.toml" <<END
title = "Known delays"
[internet]
seed = 1
sample = $1
link_delay_us = $link_us
mpls_percent = 0
te_silent_percent = 0
echo_silent_percent = 0
ecmp_percent = 0
asymmetric_percent = 0
END
}
# Both ends before whatever else runs here. FIRST="chrt --rr 1" keeps a busy machine out of the medians; but the kernel
# stops what runs at real-time priority for 50 ms when it took 95 % of a second, and that shows in the last percents.
read -ra first <<<"${FIRST:-nice -n -15}"
trace=("$UTNT" trace --prefix-pps 0 --near-pps 0 --burst 16 --window 65536 --seed 1 --json --force -o "$work/out.jsonl")
# Error of each time exceeded, sorted: count, median, 90 %, 99 %, largest, in microseconds.
errors() {
  python3 - "$work/out.jsonl" "$link_us" <<'END'
import json, sys
link_ns = 1000 * int(sys.argv[2])
errors = sorted(
    hop["rtt_ns"] - 2 * hop["ttl"] * link_ns - 20000
    for line in open(sys.argv[1]) if line.startswith('{"type":"trace"')
    for hop in json.loads(line)["hops"] if hop.get("kind") == "time_exceeded")
at = lambda share: errors[int(share * (len(errors) - 1))] / 1000 if errors else float("nan")
print(len(errors), *("%.1f" % at(share) for share in (0.5, 0.9, 0.99, 1)))
END
}
# run PPS DESTINATIONS: $counted = packets in, out, dropped, latest delivery in us, as the lab counted; $pps that came;
# $received, $ring_lost and $unsent as our link counted.
run() {
  internet "$2"
  "$UTNT" lab truth --scenario "$work/net.toml" --json | grep -oP '"destination":"\K[^"]+' >"$work/targets"
  "${first[@]}" taskset -c 1 "$UTNT" lab up "$work/net.toml" >/dev/null
  "${first[@]}" taskset -c 0 timeout 120 "$UTNT" lab exec -- "${trace[@]}" -f "$work/targets" --pps "$1" >"$work/log" 2>&1 </dev/null || true
  read -r counted < <("$UTNT" lab down --json | grep -oE '[0-9]+ (packets|dropped|us)' | cut -d' ' -f1 | paste -sd' ')
  read -r received ring_lost unsent duration < <(python3 - "$work/log" <<'END'
import json, sys
summary = [json.loads(line) for line in open(sys.argv[1]) if '"type":"summary"' in line][-1]
print(summary["link"]["received"], summary["link"]["dropped"], summary["link"]["send_failed"], summary["seconds"])
END
  )
  read -r packets_in packets_out lab_lost late_us <<<"$counted"
  pps=$(awk -v n="$packets_in" -v s="$duration" 'BEGIN {printf "%.0f", n / s}')
}
row() { # row NAME
  local count median p90 p99 largest
  read -r count median p90 p99 largest < <(errors)
  printf '| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "$1" "$pps" "$count" "$median" "$p90" "$p99" "$largest" \
    "$packets_out" "$received" "$ring_lost" "$unsent" "$lab_lost" "$late_us"
}

echo "settings: real-time lab (TAP in a sealed namespace), links 2 ms, symmetric paths without MPLS, everybody answers; complete traces,"
echo "          ceilings off, 65,536 in flight, burst 16, tool on core 0, lab on core 1 (${first[*]}), about $seconds s each"
internet 200
"${trace[@]}" --emulate "$work/net.toml" --pps 0 >"$work/log" 2>&1
read -r count _ _ _ largest < <(errors)
[[ $largest == 0.0 ]] || { echo "in virtual time the RTTs are wrong by up to $largest us: the delays here are not those of the lab" >&2; exit 1; }
printf '          in virtual time: %s RTTs, all exact\n\n' "$count"
echo '| asked for | pps out | RTTs | error median us | 90 % | 99 % | largest | replies generated | received | lost in our ring | not sent | lost in the lab | latest delivery of the lab, us |'
echo '|---|---|---|---|---|---|---|---|---|---|---|---|---|'
run 0 10000
highest=$pps
row "no limit"
for percent in 10 50 90; do
  rate=$((highest * percent / 100))
  run "$rate" "$((rate * seconds / probes_per_trace))"
  row "$percent % = $rate"
done
