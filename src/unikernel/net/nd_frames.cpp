// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/net/nd_frames.hpp"

#include "wire/icmpv6.hpp"
#include "wire/ipv4.hpp"
#include "wire/ndp.hpp"

namespace utnt::unikernel {
namespace {

constexpr std::size_t at_packet = wire::ethernet_header_bytes, at_message = at_packet + wire::ipv6_header_bytes;
constexpr std::size_t router_solicitation_bytes = 8;
constexpr std::uint8_t redirect = 137;
constexpr Ttl on_link{255};

struct Route {
  wire::MacAddress from_mac, to_mac;
  wire::Ipv6Address from, to;
};

/// Ethernet and IPv6 headers before a message of `bytes`, and its checksum.
ConstBytes finish(MutableBytes out, const Route& route, std::size_t bytes) {
  wire::write_ethernet_header(
      out, {.destination = route.to_mac, .source = route.from_mac, .ethertype = wire::ethertype::ipv6});
  wire::write_ipv6_header(out.subspan(at_packet), {.payload_length = static_cast<std::uint16_t>(bytes),
                                                   .next_header = wire::protocol::icmpv6,
                                                   .hop_limit = on_link,
                                                   .source = route.from,
                                                   .destination = route.to});
  wire::seal_icmpv6(out.subspan(at_message, bytes), route.from, route.to);
  return out.first(at_message + bytes);
}

/// A message of zeros with its type, and behind `bytes` of it the sender's hardware address; the length.
std::size_t begin(MutableBytes out, std::uint8_t type, std::size_t bytes, const wire::MacAddress* mac,
                  std::uint8_t option) {
  const auto message = out.subspan(at_message, bytes + wire::ndp_link_option_bytes);
  fill_zero(message);
  store_u8(message, 0, type);
  if (mac == nullptr) return bytes;
  store_u8(message, bytes, option);
  store_u8(message, bytes + 1, 1);
  wire::store_mac(message, bytes + 2, *mac);
  return message.size();
}

}  // namespace

ConstBytes router_solicitation(MutableBytes out, const NdSender& from) {
  const auto bytes = begin(out, wire::icmp6::router_solicitation, router_solicitation_bytes,
                           is_unspecified(from.address) ? nullptr : &from.mac, wire::ndp_option::source_link_address);
  return finish(out, {from.mac, wire::multicast_mac(all_routers), from.address, all_routers}, bytes);
}

ConstBytes neighbor_solicitation(MutableBytes out, const NdSender& from, const wire::Ipv6Address& target,
                                 std::optional<wire::MacAddress> to) {
  const auto bytes = begin(out, wire::icmp6::neighbor_solicitation, wire::neighbor_message_bytes,
                           is_unspecified(from.address) ? nullptr : &from.mac, wire::ndp_option::source_link_address);
  wire::store_ipv6(out, at_message + 8, target);
  const auto group = wire::solicited_node_group(target);
  if (to) return finish(out, {from.mac, *to, from.address, target}, bytes);
  return finish(out, {from.mac, wire::multicast_mac(group), from.address, group}, bytes);
}

ConstBytes neighbor_advertisement(MutableBytes out, const wire::MacAddress& mac, const Advertised& fields) {
  const auto bytes = begin(out, wire::icmp6::neighbor_advertisement, wire::neighbor_message_bytes, &mac,
                           wire::ndp_option::target_link_address);
  const unsigned flags = (fields.is_solicited ? 0x40U : 0U) | (fields.is_override ? 0x20U : 0U);
  store_u8(out, at_message + 4, static_cast<std::uint8_t>(flags));
  wire::store_ipv6(out, at_message + 8, fields.target);
  return finish(out, {mac, fields.to, fields.target, fields.destination}, bytes);
}

bool is_neighbor_discovery(const wire::Ipv6View& packet) {
  if (packet.next_header() != wire::protocol::icmpv6 || packet.payload().empty()) return false;
  const auto type = load_u8(packet.payload(), 0);
  return type >= wire::icmp6::router_solicitation && type <= redirect;
}

bool is_credible(const wire::Ipv6View& packet) {
  const auto parsed = wire::Icmpv6View::parse(packet.payload());
  if (packet.hop_limit() != on_link || !parsed) return false;
  const auto& icmp = *parsed;
  const auto source = packet.source();
  const auto destination = packet.destination();
  if (icmp.code() != 0 || !icmp.checksum_ok(source, destination)) return false;
  if (icmp.type() == wire::icmp6::router_advertisement) return is_link_local(source);
  const auto message = wire::NeighborView::parse(packet.payload());
  if (!message) return false;
  const auto& neighbor = *message;
  const auto target = neighbor.target();
  if (is_multicast(target) || is_unspecified(target)) return false;
  if (neighbor.is_advertisement()) return !(is_multicast(destination) && neighbor.is_solicited());
  if (!is_unspecified(source)) return true;
  return destination == wire::solicited_node_group(target) && !neighbor.link_address();
}

}  // namespace utnt::unikernel
