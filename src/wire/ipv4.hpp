// SPDX-License-Identifier: BSD-2-Clause
// IPv4 header: a view over received bytes and a builder. parse() checks every length, accessors cannot fail after it.
// Source: RFC 791 section 3.1.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "wire/address.hpp"

namespace utnt::wire {

namespace protocol {
inline constexpr std::uint8_t icmp = 1, tcp = 6, udp = 17, icmpv6 = 58;
}

inline constexpr std::size_t ipv4_header_bytes = 20;  ///< without options

class Ipv4View {
 public:
  /// A whole packet. Errors: truncated (shorter than header or total length), bad_version, malformed (IHL < 5, total
  /// length < header), bad_checksum. Bytes after the total length (link padding) are left out of payload().
  static Result<Ipv4View> parse(ConstBytes packet);
  /// A packet quoted inside an ICMP error: may be cut anywhere after its header, checksum not verified.
  static Result<Ipv4View> parse_quoted(ConstBytes quoted);

  [[nodiscard]] std::uint8_t tos() const { return load_u8(bytes_, 1); }
  [[nodiscard]] std::uint16_t total_length() const { return load_be16(bytes_, 2); }
  [[nodiscard]] std::uint16_t id() const { return load_be16(bytes_, 4); }
  [[nodiscard]] bool dont_fragment() const { return (load_u8(bytes_, 6) & 0x40) != 0; }
  [[nodiscard]] bool more_fragments() const { return (load_u8(bytes_, 6) & 0x20) != 0; }
  [[nodiscard]] std::uint16_t fragment_offset() const { return load_be16(bytes_, 6) & 0x1fff; }  ///< 8-byte units
  [[nodiscard]] Ttl ttl() const { return Ttl{load_u8(bytes_, 8)}; }
  [[nodiscard]] std::uint8_t protocol() const { return load_u8(bytes_, 9); }
  [[nodiscard]] Ipv4Address source() const { return Ipv4Address{load_be32(bytes_, 12)}; }
  [[nodiscard]] Ipv4Address destination() const { return Ipv4Address{load_be32(bytes_, 16)}; }
  [[nodiscard]] std::size_t header_bytes() const { return (load_u8(bytes_, 0) & 0xfU) * 4U; }
  [[nodiscard]] bool checksum_ok() const;
  [[nodiscard]] ConstBytes header() const { return bytes_.first(header_bytes()); }
  [[nodiscard]] ConstBytes payload() const { return bytes_.subspan(header_bytes()); }

 private:
  explicit Ipv4View(ConstBytes bytes) : bytes_{bytes} {}
  ConstBytes bytes_;
};

struct Ipv4Fields {
  std::uint8_t tos{0};
  std::uint16_t total_length{0};
  std::uint16_t id{0};
  bool dont_fragment{false};
  Ttl ttl{64};
  std::uint8_t protocol{0};
  Ipv4Address source{};
  Ipv4Address destination{};
};

/// Writes a 20-byte header with its checksum to the front of `out`.
void write_ipv4_header(MutableBytes out, const Ipv4Fields& fields);

/// Changes the TTL of the header at the front of `packet` and updates its checksum (RFC 1624).
void set_ipv4_ttl(MutableBytes packet, Ttl ttl);

}  // namespace utnt::wire
