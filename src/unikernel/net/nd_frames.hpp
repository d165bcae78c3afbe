// SPDX-License-Identifier: BSD-2-Clause
// Neighbour discovery as frames: what a host sends, and the test that every received message must pass.
// Sources: RFC 4861 sections 4.1, 4.3, 4.4, 6.1 and 7.1; RFC 6980 (never behind extension headers); RFC 2464 section 7.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "wire/address.hpp"
#include "wire/ethernet.hpp"
#include "wire/ipv6.hpp"

namespace utnt::unikernel {

inline constexpr wire::Ipv6Address all_nodes{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
inline constexpr wire::Ipv6Address all_routers{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};

constexpr bool is_multicast(const wire::Ipv6Address& a) { return a.octets[0] == 0xff; }
constexpr bool is_link_local(const wire::Ipv6Address& a) { return a.octets[0] == 0xfe && (a.octets[1] & 0xc0) == 0x80; }
constexpr bool is_unspecified(const wire::Ipv6Address& a) { return a == wire::Ipv6Address{}; }

/// Who sends.
struct NdSender {
  wire::MacAddress mac;
  wire::Ipv6Address address;  ///< unspecified while it has none: then no hardware address is told either
};

ConstBytes router_solicitation(MutableBytes out, const NdSender& from);
/// To the group of `target`, or to its holder alone.
ConstBytes neighbor_solicitation(MutableBytes out, const NdSender& from, const wire::Ipv6Address& target,
                                 std::optional<wire::MacAddress> to = std::nullopt);

struct Advertised {
  wire::Ipv6Address target;
  wire::Ipv6Address destination{all_nodes};
  wire::MacAddress to{{0x33, 0x33, 0, 0, 0, 1}};
  bool is_solicited{false};
  bool is_override{true};
};
ConstBytes neighbor_advertisement(MutableBytes out, const wire::MacAddress& mac, const Advertised& fields);

/// The ICMPv6 message of a packet when it is of neighbour discovery (types 133 to 137) ...
[[nodiscard]] bool is_neighbor_discovery(const wire::Ipv6View& packet);
/// ... and when it can be believed at all: hop limit 255, right checksum, code 0, source and destination of its kind.
/// Options are the parsers' business.
[[nodiscard]] bool is_credible(const wire::Ipv6View& packet);

}  // namespace utnt::unikernel
