// SPDX-License-Identifier: BSD-2-Clause
// UDP header. Source: RFC 768.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "wire/address.hpp"

namespace utnt::wire {

inline constexpr std::size_t udp_header_bytes = 8;

class UdpView {
 public:
  /// Errors: truncated (under 8 bytes, or under the length field unless `quoted`), malformed (length < 8).
  static Result<UdpView> parse(ConstBytes datagram, bool quoted = false);
  [[nodiscard]] Port source() const { return Port{load_be16(bytes_, 0)}; }
  [[nodiscard]] Port destination() const { return Port{load_be16(bytes_, 2)}; }
  [[nodiscard]] std::uint16_t length() const { return load_be16(bytes_, 4); }
  [[nodiscard]] std::uint16_t checksum() const { return load_be16(bytes_, 6); }
  [[nodiscard]] ConstBytes payload() const { return bytes_.subspan(udp_header_bytes); }

 private:
  explicit UdpView(ConstBytes bytes) : bytes_{bytes} {}
  ConstBytes bytes_;
};

struct UdpFields {
  Port source{};
  Port destination{};
};

/// Writes the header before `datagram[8..]`, with length and checksum over the whole span (0 is sent as 0xffff).
void write_udp_header(MutableBytes datagram, const UdpFields& fields, const IpAddress& source,
                      const IpAddress& destination);

/// As write_udp_header, but the checksum field is `checksum` (not 0) and the two payload bytes at offset `fix_at` of
/// the datagram (even, >= 8) are chosen so that it is right: the Paris way of carrying state in the checksum.
void write_udp_with_checksum(MutableBytes datagram, const UdpFields& fields, const IpAddress& source,
                             const IpAddress& destination, std::uint16_t checksum, std::size_t fix_at);

}  // namespace utnt::wire
