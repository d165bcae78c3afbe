// SPDX-License-Identifier: BSD-2-Clause
// Ethernet II frames without frame check sequence, for the ports of the emulated network and for raw interfaces.
// Sources: IEEE 802.3 clause 3, RFC 894; EtherTypes from the IEEE registry.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace utnt::wire {

struct MacAddress {
  std::array<std::uint8_t, 6> octets{};
  /// True for broadcast as well.
  [[nodiscard]] constexpr bool is_multicast() const { return (octets[0] & 1) != 0; }
  friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) = default;
};
inline constexpr MacAddress mac_broadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

MacAddress load_mac(ConstBytes b, std::size_t at);
void store_mac(MutableBytes b, std::size_t at, const MacAddress& mac);

namespace ethertype {
inline constexpr std::uint16_t ipv4 = 0x0800, arp = 0x0806, vlan = 0x8100, ipv6 = 0x86dd, mpls = 0x8847;
}

inline constexpr std::size_t ethernet_header_bytes = 14;

class EthernetView {
 public:
  /// Errors: truncated (under 14 bytes).
  static Result<EthernetView> parse(ConstBytes frame);
  [[nodiscard]] MacAddress destination() const { return load_mac(bytes_, 0); }
  [[nodiscard]] MacAddress source() const { return load_mac(bytes_, 6); }
  /// Below 0x0600 it is the length of an 802.2 frame, which nothing here handles.
  [[nodiscard]] std::uint16_t ethertype() const { return load_be16(bytes_, 12); }
  /// May end with padding up to the minimal frame: the IP total length tells.
  [[nodiscard]] ConstBytes payload() const { return bytes_.subspan(ethernet_header_bytes); }

 private:
  explicit EthernetView(ConstBytes bytes) : bytes_{bytes} {}
  ConstBytes bytes_;
};

struct EthernetFields {
  MacAddress destination{};
  MacAddress source{};
  std::uint16_t ethertype{0};
};
/// Writes the 14 bytes to the front of `out`.
void write_ethernet_header(MutableBytes out, const EthernetFields& fields);

}  // namespace utnt::wire
