// SPDX-License-Identifier: BSD-2-Clause
// The Internet checksum and its incremental update. Sources: RFC 1071, RFC 1624.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/address.hpp"

namespace utnt::wire {

/// One's-complement sum of big-endian 16-bit words, folded to 16 bits but not inverted; an odd last byte is padded with
/// zero. `start` continues an earlier sum of an even number of bytes.
std::uint16_t ones_sum(ConstBytes bytes, std::uint16_t start = 0);

/// The checksum field value for `bytes` with the field itself zero; 0 when verifying bytes whose checksum is right.
inline std::uint16_t internet_checksum(ConstBytes bytes) { return static_cast<std::uint16_t>(~ones_sum(bytes)); }

/// One's-complement addition of two folded sums.
constexpr std::uint16_t ones_add(std::uint16_t a, std::uint16_t b) {
  const std::uint32_t s = std::uint32_t{a} + b;
  return static_cast<std::uint16_t>((s & 0xffff) + (s >> 16));
}

/// Folded sum of the IPv4 or IPv6 pseudo-header; both addresses of the same family.
std::uint16_t pseudo_header_sum(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                std::uint32_t upper_layer_bytes);

}  // namespace utnt::wire
