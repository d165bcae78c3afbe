#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Ctrl-C stops probing within 100 ms: at a known rate no more packets pass the interface behind the signal than belong to
# that time. Counting packets instead of time keeps the test fair on a busy machine: a program that does not run sends
# nothing. The interface counts them, since frames that bypass the queueing discipline are not seen by tcpdump.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"

pps=1000
packets_max=$((pps / 10))
lab_up php
for i in $(seq 0 1999); do echo "20.0.$((i / 250 + 8)).$((i % 250 + 1))"; done >"$work/targets"

# sent FILE: packets that have left by utnt0, from a file in the form of /proc/net/dev, into $packets. Without another
# process, which would take longer than what is measured.
sent() {
  local name numbers
  while read -r name numbers; do
    [[ $name == utnt0: ]] || continue
    read -r -a fields <<<"$numbers"
    packets=${fields[9]}
    return
  done <"$1"
  fail "no utnt0 in $1"
}

in_lab cat /proc/net/dev >"$work/dev"
sent "$work/dev"
for signal in INT TERM HUP; do
  start=$packets
  # A shell ignores SIGINT for what it starts in the background; a terminal does not.
  env --default-signal=INT,HUP "$UTNT" lab exec -- "$UTNT" trace -f "$work/targets" --pps "$pps" --prefix-pps 0 --near-pps 0 \
    --quiet -o "$work/$signal.jsonl" 2>"$work/err" &
  trace=$!
  for _ in $(seq 400); do
    sleep 0.02
    if grep -q utnt0: "/proc/$trace/net/dev" 2>/dev/null; then
      sent "/proc/$trace/net/dev"
      ((packets - start < 800)) || break
    fi
  done
  sent "/proc/$trace/net/dev"
  kill -s "$signal" "$trace"
  before=$packets
  status=0
  wait "$trace" || status=$?
  [[ $status == 130 ]] || fail "SIG$signal: exit $status: $(cat "$work/err")"
  in_lab cat /proc/net/dev >"$work/dev"
  sent "$work/dev"
  echo "SIG$signal: $((before - start)) packets before the signal, $((packets - before)) behind it"
  ((before - start > 500)) || fail "SIG$signal: only $((before - start)) packets had left: nothing was interrupted"
  ((packets - before <= packets_max)) || fail "SIG$signal: $((packets - before)) packets behind the signal, 100 ms are $packets_max"
  "$UTNT" dump "$work/$signal.jsonl" >"$work/out" 2>"$work/err" || fail "SIG$signal: output: $(cat "$work/err")"
done
