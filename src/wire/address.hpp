// SPDX-License-Identifier: BSD-2-Clause
// IPv4 and IPv6 addresses, and IpAddress, which holds either family: events, schema and caches carry that one.
// Sources: RFC 791, RFC 4291; text forms RFC 5952.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace utnt::wire {

class Ipv4Address {
 public:
  constexpr Ipv4Address() = default;
  constexpr explicit Ipv4Address(std::uint32_t host_order) : value_{host_order} {}
  constexpr Ipv4Address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
      : value_{std::uint32_t{a} << 24 | std::uint32_t{b} << 16 | std::uint32_t{c} << 8 | d} {}
  /// The address as a number: 1.2.3.4 is 0x01020304.
  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
  friend constexpr auto operator<=>(Ipv4Address, Ipv4Address) = default;

 private:
  std::uint32_t value_{0};
};

struct Ipv6Address {
  std::array<std::uint8_t, 16> octets{};  ///< network order
  friend constexpr auto operator<=>(const Ipv6Address&, const Ipv6Address&) = default;
};

enum class Family : std::uint8_t { none = 0, ipv4 = 4, ipv6 = 6 };

/// An address of either family, or none. Ordered by family, then by number.
class IpAddress {
 public:
  constexpr IpAddress() = default;
  constexpr IpAddress(Ipv4Address a) : family_{Family::ipv4} {
    for (std::size_t i = 0; i < 4; ++i) octets_[i] = static_cast<std::uint8_t>(a.value() >> (24 - 8 * i));
  }
  constexpr IpAddress(const Ipv6Address& a) : family_{Family::ipv6}, octets_{a.octets} {}

  [[nodiscard]] constexpr Family family() const { return family_; }
  [[nodiscard]] constexpr bool is_none() const { return family_ == Family::none; }
  [[nodiscard]] constexpr bool is_v4() const { return family_ == Family::ipv4; }
  /// The IPv4 form; asserts that the family is IPv4.
  [[nodiscard]] constexpr Ipv4Address v4() const {
    UTNT_ASSERT(is_v4());
    return Ipv4Address{octets_[0], octets_[1], octets_[2], octets_[3]};
  }
  [[nodiscard]] constexpr Ipv6Address v6() const {
    UTNT_ASSERT(family_ == Family::ipv6);
    return Ipv6Address{octets_};
  }
  /// Network-order octets: 0, 4 or 16 of them.
  [[nodiscard]] constexpr std::span<const std::uint8_t> octets() const {
    return {octets_.data(), family_ == Family::ipv4 ? 4U : family_ == Family::ipv6 ? 16U : 0U};
  }
  /// The octets as two numbers, for hashing: equal addresses of one family give equal words on one machine.
  [[nodiscard]] constexpr std::array<std::uint64_t, 2> words() const {
    return std::bit_cast<std::array<std::uint64_t, 2>>(octets_);
  }
  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_{Family::none};
  std::array<std::uint8_t, 16> octets_{};
};

/// "a.b.c.d" with four decimal numbers and nothing around it, or RFC 4291 text for IPv6 (no zone, no port).
Result<IpAddress> parse_address(std::string_view text);

inline constexpr std::size_t address_text_max = 45;
/// Writes the canonical text (RFC 5952 for IPv6, "*" for none) to the front of `out` (at least address_text_max bytes).
/// Returns the part of `out` that was written; no terminating zero.
std::string_view format_address(const IpAddress& address, std::span<char> out);

struct Prefix {
  IpAddress address{};     ///< host bits zero
  std::uint8_t length{0};  ///< bits, 0-32 or 0-128
  [[nodiscard]] bool contains(const IpAddress& a) const;
  friend constexpr auto operator<=>(const Prefix&, const Prefix&) = default;
};

/// "ADDRESS/LENGTH", or a bare address, meaning the full length. Host bits set are an error (malformed).
Result<Prefix> parse_prefix(std::string_view text);

/// True for every address that TNT never pings nor uses as an end of a revelation: IANA special-purpose ranges,
/// multicast and 240/4; for IPv6 everything outside 2000::/3 and the special ranges inside it.
bool is_reserved(const IpAddress& address);

/// Date (YYYY-MM-DD) of the reserved-range table.
inline constexpr std::string_view reserved_table_date = "2026-11-01";

}  // namespace utnt::wire
