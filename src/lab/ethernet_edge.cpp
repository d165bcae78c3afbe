// SPDX-License-Identifier: BSD-2-Clause
// IPv4 and ARP pass; everything else on the segment is counted and ignored, as a router would.
#include "lab/ethernet_edge.hpp"

#include <algorithm>

#include "wire/arp.hpp"
#include "wire/ipv4.hpp"

namespace utnt::lab {

EthernetEdge::Work EthernetEdge::take(ConstBytes frame) {
  const auto ethernet = wire::EthernetView::parse(frame);
  if (!ethernet || ethernet->source().is_multicast()) {
    ++counters_.ignored;
    return {};
  }
  if (ethernet->ethertype() == wire::ethertype::arp) {
    peer_ = ethernet->source();
    const auto answer = answer_arp(ethernet->payload());
    ++(answer.empty() ? counters_.ignored : counters_.arp_answered);
    return {.packet = {}, .answer = answer};
  }
  const auto payload = ethernet->payload();
  const bool is_ours = ethernet->destination() == gateway_mac;
  if (!is_ours || ethernet->ethertype() != wire::ethertype::ipv4 || payload.size() < wire::ipv4_header_bytes) {
    ++counters_.ignored;
    return {};
  }
  peer_ = ethernet->source();
  ++counters_.packets_in;
  // Short frames are padded to 60 bytes; the network gets the packet alone.
  const std::size_t length = std::min<std::size_t>(load_be16(payload, 2), payload.size());
  return {.packet = payload.first(std::max(length, wire::ipv4_header_bytes)), .answer = {}};
}

ConstBytes EthernetEdge::answer_arp(ConstBytes message) {
  const auto arp = wire::ArpView::parse(message);
  if (!arp || arp->operation() != wire::ArpOperation::request) return {};
  const bool is_own = vantage_point_.is_v4() && arp->target() == vantage_point_.v4();
  if (is_own || arp->sender() == wire::Ipv4Address{} || arp->sender() == arp->target()) return {};
  fill_zero(arp_answer_);
  wire::write_ethernet_header(arp_answer_,
                              {.destination = peer_, .source = gateway_mac, .ethertype = wire::ethertype::arp});
  wire::write_arp(MutableBytes{arp_answer_}.subspan(wire::ethernet_header_bytes),
                  {.operation = wire::ArpOperation::reply,
                   .sender_mac = gateway_mac,
                   .sender = arp->target(),
                   .target_mac = arp->sender_mac(),
                   .target = arp->sender()});
  return arp_answer_;
}

ConstBytes EthernetEdge::frame(std::size_t packet_bytes) {
  ++counters_.packets_out;
  const auto version = load_u8(outgoing_, wire::ethernet_header_bytes) >> 4;
  wire::write_ethernet_header(outgoing_, {.destination = peer_,
                                          .source = gateway_mac,
                                          .ethertype = version == 6 ? wire::ethertype::ipv6 : wire::ethertype::ipv4});
  return ConstBytes{outgoing_}.first(wire::ethernet_header_bytes + packet_bytes);
}

}  // namespace utnt::lab
