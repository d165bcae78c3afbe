#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A virtual machine on the lab's Unix port: QEMU with `-netdev dgram` boots Debian's iPXE, which asks for its gateway by ARP
# and for a file by TFTP. The emulated network answers both; QEMU's own capture and iPXE's counters say that it arrived.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need qemu-system-x86_64
need tshark
ipxe=/usr/lib/ipxe/ipxe.lkrn
[[ -r $ipxe ]] || skip "iPXE is not installed ($ipxe, Debian package ipxe)"

lab_up php --unix "$work/port"
vantage_point=20.0.1.1
mac=02:00:00:00:00:01
[[ $("$UTNT" lab list --json | grep -c '"type":"lab"') == 1 ]] || fail "the lab is not listed"

cat >"$work/script" <<END
#!ipxe
ifopen net0
set net0/ip $vantage_point
set net0/netmask 255.255.255.252
set net0/gateway 20.0.1.2
chain --timeout 3000 tftp://20.0.8.2/nothing || echo no such file
ifstat net0
reboot
END

# No guest network but the socket, no disk, no display; the processor is emulated, so KVM is not needed.
status=0
timeout 120 qemu-system-x86_64 -M pc,graphics=off -accel tcg -m 256 -nodefaults -no-reboot -display none -monitor none \
  -serial stdio -kernel "$ipxe" -initrd "$work/script" \
  -netdev "dgram,id=n0,local.type=unix,local.path=$work/guest,remote.type=unix,remote.path=$work/port" \
  -device virtio-net-pci,netdev=n0,mac=$mac,romfile= -object "filter-dump,id=d0,netdev=n0,file=$work/guest.pcap" \
  </dev/null >"$work/serial" 2>"$work/err" || status=$?
[[ $status == 0 ]] || fail "QEMU ended with $status: $(cat "$work/err") $(tail -c 600 "$work/serial" | tr -cd '[:print:]\n')"

seen() { tshark -r "$work/guest.pcap" -o ip.check_checksum:TRUE -Y "$1" 2>/dev/null | wc -l; }
[[ $(seen "arp.opcode == 1 && arp.dst.proto_ipv4 == 20.0.1.2 && eth.src == $mac") -ge 1 ]] || fail "the guest never asked for its gateway"
[[ $(seen "arp.opcode == 2 && arp.src.proto_ipv4 == 20.0.1.2 && eth.dst == $mac") -ge 1 ]] || fail "the gateway did not answer"
[[ $(seen "udp.dstport == 69 && ip.src == $vantage_point && ip.dst == 20.0.8.2 && !icmp") -ge 1 ]] || fail "the guest sent no request"
# 20.0.8.2 lies behind a hidden tunnel and has no such service (RFC 1122, 3.2.2.1: port unreachable).
[[ $(seen "icmp.type == 3 && icmp.code == 3 && ip.src == 20.0.8.2 && eth.dst == $mac") -ge 1 ]] || fail "the destination did not answer"
[[ $(seen '_ws.malformed || ip.checksum.status == "Bad" || icmp.checksum.status == "Bad"') == 0 ]] || fail "malformed frames reached the guest"
received=$(grep -oE 'RX:[0-9]+' "$work/serial" | tail -1 | cut -d: -f2)
[[ ${received:-0} -ge 2 ]] || fail "the guest received ${received:-no} frames"
packets=$("$UTNT" lab down | grep -oE '[0-9]+ packets in, [0-9]+ packets out')
[[ $packets != 0\ * && $packets != *", 0 "* ]] || fail "the lab counts $packets"
echo "the guest received $received frames; lab: $packets"
