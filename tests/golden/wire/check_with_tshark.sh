#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Lets tshark judge packets that our builders made: fields as given, nothing malformed, no wrong checksum.
set -euo pipefail
if (($# != 1)) || [[ $1 == --help ]]; then
  echo "usage: check_with_tshark.sh WRITE_WIRE_PCAP   exit 0 fine, 1 tshark disagrees, 77 skipped: no tshark"
  exit 0
fi
if ! command -v tshark >/dev/null; then
  echo "SKIPPED: tshark is not installed (Debian: apt-get install tshark)" >&2
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" "$folder"

options=(-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE)
fields=$(sed -n '1s/^# //p' "$folder/expected.txt")
wrong='_ws.malformed || _ws.expert.severity == "Error" || ip.checksum.status == "Bad" || icmp.checksum.status == "Bad" ||
  icmp.ext.checksum.status == "Bad" || icmpv6.checksum.status == "Bad" || udp.checksum.status == "Bad" ||
  tcp.checksum.status == "Bad"'

decode() {  # FILE: one line of fields for each frame
  local list=() field
  for field in $fields; do list+=(-e "$field"); done
  tshark -r "$1" "${options[@]}" -T fields -E 'separator=|' -E aggregator=, "${list[@]}" 2>/dev/null
}
count() {  # FILE FILTER
  tshark -r "$1" "${options[@]}" -Y "$2" 2>/dev/null | wc -l
}

bad=0
decode "$folder/good.pcap" >"$folder/decoded.txt"
if ! diff <(tail -n +2 "$folder/expected.txt") "$folder/decoded.txt"; then
  echo "tshark (>) finds other fields than the builders were given (<): $fields" >&2
  bad=1
fi
if (($(count "$folder/good.pcap" "$wrong") != 0)); then
  echo "tshark finds malformed packets or wrong checksums:" >&2
  tshark -r "$folder/good.pcap" "${options[@]}" -Y "$wrong" -V 2>/dev/null | grep -iE '^Frame|malformed|bad|incorrect' >&2
  bad=1
fi
total=$(count "$folder/bad.pcap" 'frame')
if (($(count "$folder/bad.pcap" "$wrong") != total || total == 0)); then
  echo "tshark does not find every packet that was broken on purpose: this check would find nothing" >&2
  bad=1
fi
echo "$(wc -l <"$folder/decoded.txt") packets decoded as built, $total broken ones found"
exit "$bad"
