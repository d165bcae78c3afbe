#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What the emulated routers send, judged by tshark: no malformed packet, every checksum right, and the label stacks of
# RFC 4950 decoded. Captured inside the lab while traceroute runs; only the direction from the network is judged.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need tshark
need tcpdump
[[ $(id -u) == 0 ]] || skip "tcpdump gives up privileges in a way that only real root may"
need traceroute

capture() {  # SCENARIO FILE
  lab_up "$1"
  : >"$work/tcpdump"
  "$UTNT" lab exec -- tcpdump -Z root -U --immediate-mode -Q in -n -i utnt0 -w "$2" 2>"$work/tcpdump" &
  local capture=$!
  for _ in $(seq 100); do grep -q 'listening on' "$work/tcpdump" && break; sleep 0.05; done
  grep -q "listening on" "$work/tcpdump" || fail "tcpdump does not start: $(cat "$work/tcpdump")"
  in_lab traceroute -n -e -q 1 -w 1 -m 12 20.0.8.2 >/dev/null
  in_lab traceroute -I -n -e -q 1 -w 1 -m 12 20.0.8.2 >/dev/null
  sleep 0.3
  kill "$capture"
  wait "$capture" || true
  "$UTNT" lab down >/dev/null
}

checks=(-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE)
bad='_ws.malformed || ip.checksum.status == "Bad" || icmp.checksum.status == "Bad" || udp.checksum.status == "Bad" || icmp.ext.checksum.status == "Bad"'
for scenario in explicit php s49_two_labels s39_multi_object implicit opaque; do
  capture "$scenario" "$work/$scenario.pcap"
  packets=$(tshark -r "$work/$scenario.pcap" "${checks[@]}" -Y 'icmp' 2>/dev/null | wc -l)
  ((packets >= 6)) || fail "$scenario: only $packets ICMP packets were captured"
  tshark -r "$work/$scenario.pcap" "${checks[@]}" -Y "$bad" 2>/dev/null >"$work/bad"
  [[ ! -s $work/bad ]] || fail "$scenario: $(cat "$work/bad")"
done

labels() { tshark -r "$work/$1.pcap" -Y 'icmp.mpls.label' -T fields -e ip.src -e icmp.mpls.label 2>/dev/null; }
[[ $(labels explicit | cut -f1 | cut -d, -f1 | sort -u | paste -sd ' ') == "20.0.3.2 20.0.4.2 20.0.5.2" ]] || fail "$(labels explicit)"
[[ -z $(labels php) ]] || fail "an invisible tunnel shows labels: $(labels php)"
[[ -z $(labels implicit) ]] || fail "an implicit tunnel shows labels: $(labels implicit)"
grep -q , <<<"$(labels s49_two_labels | cut -f2)" || fail "no stack of two labels: $(labels s49_two_labels)"
