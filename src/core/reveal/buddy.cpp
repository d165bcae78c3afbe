// SPDX-License-Identifier: BSD-2-Clause
// Link mates by position inside the /30, and by what the ping of its base says where the position is ambiguous.
// Source: the TNT specification, section 7.3.
#include "core/reveal/buddy.hpp"

namespace utnt::core {
namespace {

constexpr std::uint32_t base_of(wire::Ipv4Address address) { return address.value() & ~std::uint32_t{3}; }
constexpr std::uint32_t position_of(wire::Ipv4Address address) { return address.value() & 3U; }

constexpr wire::Ipv4Address mate_on_31(wire::Ipv4Address address) { return wire::Ipv4Address{address.value() ^ 1U}; }
/// Positions 1 and 2 only: 0 and 3 are the network and broadcast addresses of a /30.
constexpr wire::Ipv4Address mate_on_30(wire::Ipv4Address address) { return wire::Ipv4Address{address.value() ^ 3U}; }

constexpr bool has_choice(wire::Ipv4Address address) { return position_of(address) == 1 || position_of(address) == 2; }

}  // namespace

std::optional<wire::Ipv4Address> buddy_base(wire::Ipv4Address address) {
  if (!has_choice(address)) return std::nullopt;
  return wire::Ipv4Address{base_of(address)};
}

wire::Ipv4Address buddy_of(wire::Ipv4Address address, bool base_answered) {
  return has_choice(address) && !base_answered ? mate_on_30(address) : mate_on_31(address);
}

std::optional<wire::Ipv4Address> other_buddy(wire::Ipv4Address address, bool base_answered) {
  if (!has_choice(address)) return std::nullopt;
  return base_answered ? mate_on_30(address) : mate_on_31(address);
}

}  // namespace utnt::core
