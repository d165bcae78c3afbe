// SPDX-License-Identifier: BSD-2-Clause
// Frames of scripted IPv6 routers and neighbours. The addresses: own_mac 02:00:00:00:00:01 makes the interface
// identifier 0000:00ff:fe00:0001 (RFC 4291 appendix A).
#pragma once

#include "unikernel/net/edge_link_test.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ipv6.hpp"
#include "wire/ndp.hpp"

namespace utnt::unikernel {

inline constexpr Duration ms{1'000'000};

inline wire::Ipv6Address ip6(const char* text) { return wire::parse_address(text).value().v6(); }

inline const auto own_local = ip6("fe80::ff:fe00:1");
inline const auto own_global = ip6("2001:db8:1::ff:fe00:1");
inline const auto router_local = ip6("fe80::fe");
inline const auto peer_ip6 = ip6("2001:db8:1::7");
inline const auto far_ip6 = ip6("2001:db8:9::9");

inline EdgeConfig automatic() {
  EdgeConfig c;
  c.mac = own_mac;
  c.ipv6.is_on = true;
  return c;
}

inline wire::Ipv6View ipv6_of(const Bytes& frame) {
  return wire::Ipv6View::parse(ConstBytes{frame}.subspan(14)).value();
}
inline unsigned type_of(const Bytes& frame) { return load_u8(frame, 14 + 40); }

struct Carrier {
  wire::MacAddress mac, to;
  wire::Ipv6Address source, destination;
  unsigned hop_limit{255};
};

/// Both headers around an ICMPv6 message, whose checksum is made right.
inline Bytes carried(Bytes message, const Carrier& by) {
  if (message.size() >= 8) wire::seal_icmpv6(message, by.source, by.destination);
  Bytes frame(14 + 40);
  wire::write_ethernet_header(frame, {.destination = by.to, .source = by.mac, .ethertype = 0x86dd});
  wire::write_ipv6_header(MutableBytes{frame}.subspan(14),
                          {.payload_length = static_cast<std::uint16_t>(message.size()),
                           .next_header = 58,
                           .hop_limit = Ttl{static_cast<std::uint8_t>(by.hop_limit)},
                           .source = by.source,
                           .destination = by.destination});
  frame.insert(frame.end(), message.begin(), message.end());
  return frame;
}

struct RouterSays {
  wire::Ipv6Address router{router_local};
  bool has_mac{true};
  std::uint16_t lifetime_s{1800};
  std::uint32_t valid_s{86'400}, preferred_s{14'400};
  wire::Ipv6Address prefix{ip6("2001:db8:1::")};
  unsigned prefix_length{64};
  unsigned hop_limit{255};  ///< of the packet
  wire::MacAddress mac{router_mac};
};

/// A router advertisement: hop limit 61, MTU 1400, one prefix with both flags, the router's hardware address if wanted.
inline Bytes advertisement_message(const RouterSays& says) {
  Bytes message(16 + 32 + 8);
  message[0] = std::byte{134};
  message[4] = std::byte{61};
  store_be16(message, 6, says.lifetime_s);
  message[16] = std::byte{3};
  message[17] = std::byte{4};
  message[18] = static_cast<std::byte>(says.prefix_length);
  message[19] = std::byte{0xc0};
  store_be32(message, 20, says.valid_s);
  store_be32(message, 24, says.preferred_s);
  wire::store_ipv6(message, 32, says.prefix);
  message[48] = std::byte{5};
  message[49] = std::byte{1};
  store_be32(message, 52, 1400);
  if (!says.has_mac) return message;
  message.resize(message.size() + 8);
  message[56] = message[57] = std::byte{1};
  wire::store_mac(message, 58, says.mac);
  return message;
}

inline Bytes advertisement(const RouterSays& says) {
  return carried(advertisement_message(says),
                 {says.mac, {{0x33, 0x33, 0, 0, 0, 1}}, says.router, all_nodes, says.hop_limit});
}

/// The neighbour at `from` asks for `target`, by its group or by unicast.
inline Bytes solicitation(const wire::Ipv6Address& from, const wire::Ipv6Address& target,
                          std::optional<wire::MacAddress> to = std::nullopt) {
  Bytes message(24 + 8);
  message[0] = std::byte{135};
  wire::store_ipv6(message, 8, target);
  message[24] = message[25] = std::byte{1};
  wire::store_mac(message, 26, peer_mac);
  const auto group = wire::solicited_node_group(target);
  return carried(message, {peer_mac, to.value_or(wire::multicast_mac(group)), from, to ? target : group});
}

/// Somebody tests whether `target` is free.
inline Bytes test_for(const wire::Ipv6Address& target, const wire::MacAddress& mac) {
  Bytes message(24);
  message[0] = std::byte{135};
  wire::store_ipv6(message, 8, target);
  const auto group = wire::solicited_node_group(target);
  return carried(message, {mac, wire::multicast_mac(group), {}, group});
}

struct Says {
  bool is_solicited{true};
  unsigned hop_limit{255};
};

inline Bytes neighbor_advertisement_frame(const wire::Ipv6Address& target, const wire::MacAddress& mac,
                                          const Says& says) {
  Bytes message(24 + 8);
  message[0] = std::byte{136};
  message[4] = static_cast<std::byte>(says.is_solicited ? 0x60 : 0x20);
  wire::store_ipv6(message, 8, target);
  message[24] = std::byte{2};
  message[25] = std::byte{1};
  wire::store_mac(message, 26, mac);
  const auto to = says.is_solicited ? own_local : all_nodes;
  return carried(message, {mac, says.is_solicited ? own_mac : wire::MacAddress{{0x33, 0x33, 0, 0, 0, 1}}, target, to,
                           says.hop_limit});
}

inline Bytes echo6_frame(const wire::Ipv6Address& from, const wire::Ipv6Address& to) {
  Bytes message(8 + 30, std::byte{0x33});
  wire::write_echo6(message, {.identifier = 0x4321, .sequence = 3}, from, to);
  return carried(message, {router_mac, own_mac, from, to, 60});
}

/// A frame with an empty UDP packet, and room for the header before it.
inline Bytes packet6_to(const wire::Ipv6Address& destination, const wire::Ipv6Address& source) {
  Bytes frame(14 + 48);
  wire::write_ipv6_header(MutableBytes{frame}.subspan(14),
                          {.payload_length = 8, .next_header = 17, .source = source, .destination = destination});
  return frame;
}

}  // namespace utnt::unikernel
