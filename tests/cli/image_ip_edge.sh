#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The IP edge of images against the network inside QEMU (user,restrict=on: ARP, DHCP, IPv6 router and neighbour discovery, echo;
# nothing leaves the process), as tshark sees it. Without KVM and without privileges.
# shellcheck source=tests/cli/lab_common.inc
source "$(dirname "${BASH_SOURCE[0]}")/lab_common.inc"
need qemu-system-x86_64
need tshark
images=$(dirname "$UTNT")/../image
[[ -r $images/ping.elf ]] || fail "no images beside $UTNT: build the target images"

# boot IMAGE COMMAND_LINE [OPTION...]: its log in $work/log, its frames in $work/frames.pcap, QEMU's status in $status.
boot() {
  local image=$1 line=$2
  shift 2
  status=0
  timeout 60 qemu-system-x86_64 -M microvm,acpi=off -accel tcg -m 4 -nodefaults -no-user-config -display none -monitor none -no-reboot \
    -serial stdio -global virtio-mmio.force-legacy=false -device isa-debug-exit,iobase=0xf4,iosize=4 \
    -kernel "$images/$image.elf" -append "uk.exitport=0xf4 $line" \
    -netdev user,id=n0,restrict=on -device virtio-net-device,netdev=n0,mac=02:00:00:00:00:01 \
    -object "filter-dump,id=d0,netdev=n0,file=$work/frames.pcap" "$@" </dev/null >"$work/log" 2>"$work/err" || status=$?
}
dump() { cat "$work/err" && tr -cd '[:print:]\n' <"$work/log" | tail -20 && tshark -r "$work/frames.pcap" 2>/dev/null; }
expect() { [[ $2 == "$3" ]] || fail "$1: $2, not $3: $(dump)"; }
fact() { grep -oE "^$1=[0-9]+" "$work/log" | head -1 | cut -d= -f2; }
seen() { tshark -r "$work/frames.pcap" -o ip.check_checksum:TRUE -Y "$1" 2>/dev/null | wc -l; }
ours="eth.src == 02:00:00:00:00:01"
well_formed() {
  expect "malformed frames" "$(seen "$ours && (_ws.malformed || ip.checksum.status == Bad || icmp.checksum.status == Bad || icmpv6.checksum.status == Bad)")" 0
  expect "neighbour discovery with another hop limit" "$(seen "$ours && icmpv6.type >= 133 && icmpv6.type <= 137 && ipv6.hlim != 255")" 0
}

# IPv4: the gateway itself, a host of the link that is not the gateway (QEMU's name server), and one that is nobody.
boot ping "net0.ip4=10.0.2.15/24 net0.gw4=10.0.2.2 dst=10.0.2.2"
expect "status of a ping to the gateway" "$status $(fact received)" "33 3"
expect "questions for the gateway" "$(seen "$ours && arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.2.2")" 1
expect "announcements" "$(seen "$ours && arp.isgratuitous")" 1
well_formed
boot ping "net0.ip4=10.0.2.15/24 net0.gw4=10.0.2.2 dst=10.0.2.3 count=1"
expect "questions for a host of the link" "$(seen "$ours && arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.2.3")" 1
expect "requests to its own hardware address" "$(seen "$ours && icmp && ip.dst == 10.0.2.3 && eth.dst == 52:55:0a:00:02:03")" 1
boot ping "net0.ip4=10.0.2.15/24 net0.gw4=10.0.2.2 dst=10.0.2.99 count=2"
expect "status of a ping to nobody" "$status $(fact received)" "35 0"
expect "questions for nobody" "$(seen "$ours && arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.2.99")" 3
expect "requests to nobody" "$(seen "$ours && icmp")" 0

# The gateway's hardware address is known: the first frame is a probe, whatever else there is to say.
boot ping "net0.ip4=10.0.2.15/24 net0.gw4=10.0.2.2 net0.gwmac=52:55:0a:00:02:02 net0.ip6=auto dst=10.0.2.2"
expect "status with a known gateway" "$status $(fact received)" "33 3"

# IPv6: an address from QEMU's router, at once and after a test for duplicates; a given identifier; given addresses.
boot ping "net0.ip6=auto dst=fec0::2"
expect "status of a ping over IPv6" "$status $(fact received)" "33 3"
expect "questions for routers" "$(seen "$ours && icmpv6.type == 133 && ipv6.src == fe80::ff:fe00:1")" 1
expect "tests for duplicates" "$(seen "$ours && icmpv6.type == 135 && ipv6.src == ::")" 2
expect "echo requests" "$(seen "$ours && icmpv6.type == 128 && ipv6.src == fec0::ff:fe00:1")" 3
well_formed
boot ping "net0.ip6=auto uk.iid=::abcd uk.dad=1 dst=fec0::2"
expect "status after a test for duplicates" "$status $(fact received)" "33 3"
expect "echo requests" "$(seen "$ours && icmpv6.type == 128 && ipv6.src == fec0::abcd && frame.time_relative > 0.9")" 3
well_formed
boot ping "net0.ip6=fec0::77/64 net0.gw6=fec0::2 dst=fec0::2"
expect "status with a given address" "$status $(fact received)" "33 3"
expect "questions for routers" "$(seen "$ours && icmpv6.type == 133")" 0
well_formed
boot ping "net0.ip6=fec0::77/64 dst=2001:db8::1 count=1"
expect "status without a router" "$status $(seen "$ours && icmpv6.type == 128")" "35 0"
for word in net0.ip6=fec0::77 net0.ip4=10.0.2.15/33 net0.gwmac=ff:ff:ff:ff:ff:ff uk.iid=7 net0.echo=2; do
  boot ping "$word dst=fec0::2"
  expect "status of $word" "$status" 37
done

# The prober: an address by DHCP, its gateway by ARP; a silent gateway; a silent host on the link, which ends with the run.
records=(-chardev "file,id=c,path=$work/records" -device virtio-serial-device -device "virtconsole,chardev=c")
boot utnt "net0.dhcp net0.gw4=10.0.2.2 net0.ip6=auto dst=10.0.2.2" "${records[@]}"
expect "status of a leased run" "$status" 33
expect "DHCP messages" "$(seen "$ours && dhcp")" 2
well_formed
boot utnt "net0.ip4=10.0.2.15/24 net0.gw4=10.0.2.99 dst=198.51.100.1" "${records[@]}"
expect "status with a silent gateway" "$status $(seen "$ours")" "41 3"
grep -q "gateway does not answer" "$work/log" || fail "no word about the gateway: $(dump)"
boot utnt "net0.ip4=10.0.2.15/24 net0.gw4=10.0.2.2 dst=10.0.2.99 timeout-ms=100" "${records[@]}"
expect "status with a silent host on the link" "$status" 33
grep -qE "^net0: [0-9]+ packets had no next hop" "$work/log" || fail "no word about the host: $(dump)"
expect "probes to it" "$(seen "$ours && icmp && ip.dst == 10.0.2.99")" 0
echo "the edge works in QEMU's network"
