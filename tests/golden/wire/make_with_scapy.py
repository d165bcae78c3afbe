#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the golden packets of this folder with scapy (Debian: python3-scapy).

usage: make_with_scapy.py [FOLDER]     writes NAME.hex for every packet

Scapy 2.5 sums only the header of an extension structure and does not pad interface names, so both are given here
explicitly, the sum by scapy's own checksum function.
"""
import os
import sys

import scapy
from scapy.all import (ARP, ICMP, IP, TCP, UDP, Ether, Raw, ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest,
                       ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU,
                       ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, ICMPv6PacketTooBig, ICMPv6TimeExceeded, IPv6,
                       IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, PadN, RouterAlert)
from scapy.contrib.icmp_extensions import (ICMPExtensionHeader, ICMPExtensionInterfaceInformation, ICMPExtensionMPLS,
                                           ICMPExtensionObject)
from scapy.contrib.mpls import MPLS
from scapy.utils import checksum

VP, DST, P1 = "192.0.2.10", "20.0.8.2", "20.0.3.2"
VP6, DST6, P16 = "2001:db8::10", "2a00:1:2:3::8", "2a00:1:2:3::5"
MAC_A, MAC_B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"


def label(value, ttl, bottom=1, tc=0):
    return MPLS(label=value, cos=tc, s=bottom, ttl=ttl)


def mpls(*stack):
    return bytes(ICMPExtensionMPLS(stack=list(stack)))


def interface(**fields):
    name = fields.pop("name", None)
    if name is not None:
        size = (1 + len(name) + 3) // 4 * 4
        fields.update(has_ifname=1, ifname_len=size, ifname=name.encode().ljust(size - 1, b"\0"))
    return bytes(ICMPExtensionInterfaceInformation(**fields))


def structure(*objects, first_bytes=None, chksum=None):
    body = b"".join(objects)
    head = first_bytes or bytes(ICMPExtensionHeader(chksum=0))[:2]
    if chksum is None:
        chksum = checksum(head + b"\0\0" + body)
    return head + chksum.to_bytes(2, "big") + body


def te(quote, extension, words=32, padded=128, **icmp):
    data = bytes(quote).ljust(padded, b"\0") + extension
    return IP(src=P1, dst=VP, ttl=247, id=0x1234) / ICMP(type=11, code=0, length=words, **icmp) / Raw(data)


def te6(quote, extension, units=16, padded=128):
    data = bytes(quote).ljust(padded, b"\0") + extension
    return IPv6(src=P16, dst=VP6, hlim=60) / ICMPv6TimeExceeded(code=0, length=units) / Raw(data)


def probe(ttl=1):
    """What arrives at the router: an echo request of 44 bytes."""
    return IP(src=VP, dst=DST, ttl=ttl, id=7, flags="DF") / ICMP(id=0x9c40, seq=6) / Raw(bytes(range(16)))


def probe6(hlim=1):
    return IPv6(src=VP6, dst=DST6, hlim=hlim, fl=0x12345) / ICMPv6EchoRequest(id=0x9c40, seq=6) / Raw(bytes(range(16)))


two = mpls(label(24011, 1, bottom=0, tc=5), label(16, 255))
info4 = interface(interface_role=0, has_ifindex=1, ifindex=15, has_ipaddr=1, afi=1, ip4="20.0.3.2", name="xe-0/0/1.0",
                  has_mtu=1, mtu=9192)
info6 = interface(interface_role=2, has_ipaddr=1, afi=2, ip6=P16, name="Hu0")
unknown = bytes(ICMPExtensionObject(classnum=9, classtype=7) / Raw(b"\x01\x02\x03\x04\x05"))

packets = {
    "echo_request": probe(ttl=9),
    "udp_probe": IP(src=VP, dst=DST, ttl=3, id=5, flags="DF", tos=0) / UDP(sport=40000, dport=33435) / Raw(b"\x11" * 15),
    "tcp_syn": IP(src=VP, dst=DST, ttl=5, id=9, flags="DF") / TCP(sport=50000, dport=80, seq=0xdeadbeef, flags="S",
                                                                  window=1024),
    "te_plain": IP(src=P1, dst=VP, ttl=247) / ICMP(type=11) / Raw(bytes(probe())[:28]),
    "te_one_label": te(probe(), structure(mpls(label(24011, 1)))),
    "te_two_labels": te(probe(ttl=3), structure(two)),
    "te_labels_and_interface": te(probe(), structure(two, info4, unknown)),
    "te_length_zero": te(probe(), structure(two), words=0),
    "te_length_35_words": te(IP(src=VP, dst=DST, ttl=1, id=7) / UDP(sport=40000, dport=33435) / Raw(b"\x55" * 112),
                             structure(two), words=35, padded=140),
    "te_extension_checksum_zero": te(probe(), structure(two, chksum=0)),
    "te_extension_checksum_bad": te(probe(), structure(two, chksum=0x1234)),
    "te_version_swapped": te(probe(), structure(two, first_bytes=b"\x02\x00")),
    "te_object_length_zero": te(probe(), structure(two, b"\x00\x00\x01\x01" + bytes(4))),
    "te_object_length_three": te(probe(), structure(two, b"\x00\x03\x01\x01" + bytes(4))),
    "te_object_oversized": te(probe(), structure(two, b"\x00\x40\x01\x01" + bytes(4))),
    "port_unreachable": IP(src=DST, dst=VP, ttl=57) / ICMP(type=3, code=3) /
                        Raw(bytes(IP(src=VP, dst=DST, ttl=1, id=5) / UDP(sport=40000, dport=33435) / Raw(b"\x11" * 15))),
    "fragmentation_needed": IP(src=P1, dst=VP, ttl=250) / ICMP(type=3, code=4, nexthopmtu=1400) / Raw(bytes(probe())),
    "echo6_request": probe6(hlim=9),
    "echo6_reply": IPv6(src=DST6, dst=VP6, hlim=57) / ICMPv6EchoReply(id=0x9c40, seq=6) / Raw(bytes(range(16))),
    "udp6_probe": IPv6(src=VP6, dst=DST6, hlim=3, tc=0, fl=0xabcde) / UDP(sport=40000, dport=33435) / Raw(b"\x22" * 16),
    "tcp6_syn": IPv6(src=VP6, dst=DST6, hlim=5) / TCP(sport=50000, dport=80, seq=1, flags="S", window=1024),
    "te6_labels_and_interface": te6(probe6(), structure(two, info6)),
    "unreachable6": IPv6(src=DST6, dst=VP6, hlim=57) / ICMPv6DestUnreach(code=4) / Raw(bytes(probe6())),
    "packet_too_big6": IPv6(src=P16, dst=VP6, hlim=60) / ICMPv6PacketTooBig(mtu=1280) / Raw(bytes(probe6())),
    "udp6_behind_headers": IPv6(src=VP6, dst=DST6, hlim=3) /
                           IPv6ExtHdrHopByHop(options=[RouterAlert(), PadN(optdata=b"")]) /
                           IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 12)]) /
                           IPv6ExtHdrFragment(id=77) / UDP(sport=40000, dport=33435) / Raw(b"\x22" * 16),
    "arp_request": Ether(src=MAC_A, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=MAC_A, psrc=VP, pdst="192.0.2.1"),
    "arp_reply": Ether(src=MAC_B, dst=MAC_A) / ARP(op=2, hwsrc=MAC_B, psrc="192.0.2.1", hwdst=MAC_A, pdst=VP),
    "neighbor_solicitation": Ether(src=MAC_A, dst="33:33:ff:00:00:01") /
                             IPv6(src=VP6, dst="ff02::1:ff00:1", hlim=255) / ICMPv6ND_NS(tgt="2001:db8::1") /
                             ICMPv6NDOptSrcLLAddr(lladdr=MAC_A),
    "neighbor_advertisement": Ether(src=MAC_B, dst=MAC_A) / IPv6(src="2001:db8::1", dst=VP6, hlim=255) /
                              ICMPv6ND_NA(tgt="2001:db8::1", R=1, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=MAC_B),
    "router_advertisement": Ether(src=MAC_B, dst="33:33:00:00:00:01") /
                            IPv6(src="fe80::b", dst="ff02::1", hlim=255) /
                            ICMPv6ND_RA(chlim=64, routerlifetime=1800, prf=0) / ICMPv6NDOptSrcLLAddr(lladdr=MAC_B) /
                            ICMPv6NDOptMTU(mtu=1500) /
                            ICMPv6NDOptPrefixInfo(prefix="2001:db8::", prefixlen=64, L=1, A=1),
}


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for name, packet in packets.items():
        data = bytes(packet)
        with open(os.path.join(folder, name + ".hex"), "w", encoding="ascii") as out:
            out.write(f"# {name}, made by make_with_scapy.py with scapy {scapy.__version__}\n")
            for at in range(0, len(data), 16):
                out.write(data[at:at + 16].hex(" ") + "\n")


main()
