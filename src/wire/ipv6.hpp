// SPDX-License-Identifier: BSD-2-Clause
// IPv6 header: a view over received bytes and a builder, and the walk over extension headers to the upper layer.
// Source: RFC 8200 sections 3 and 4.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "wire/address.hpp"

namespace utnt::wire {

inline constexpr std::size_t ipv6_header_bytes = 40;
inline constexpr std::size_t ipv6_extension_headers_max = 8;  ///< walked; senders use at most two or three

Ipv6Address load_ipv6(ConstBytes b, std::size_t at);
void store_ipv6(MutableBytes b, std::size_t at, const Ipv6Address& address);

/// What stands behind the extension headers of an IPv6 packet.
struct Ipv6UpperLayer {
  std::uint8_t protocol{0};
  bool is_later_fragment{false};  ///< `payload` then begins somewhere in the middle of the upper layer
  ConstBytes payload{};
};

class Ipv6View {
 public:
  /// A whole packet. Errors: truncated (shorter than the header or the payload length), bad_version. Bytes after the
  /// payload length (link padding) are left out. Jumbograms (RFC 2675) are read as packets without payload.
  static Result<Ipv6View> parse(ConstBytes packet);
  /// A packet quoted inside an ICMPv6 error: may be cut anywhere after its header.
  static Result<Ipv6View> parse_quoted(ConstBytes quoted);

  [[nodiscard]] std::uint8_t traffic_class() const {
    return static_cast<std::uint8_t>(load_be32(bytes_, 0) >> 20 & 0xffU);
  }
  [[nodiscard]] std::uint32_t flow_label() const { return load_be32(bytes_, 0) & 0xfffffU; }
  [[nodiscard]] std::uint16_t payload_length() const { return load_be16(bytes_, 4); }
  [[nodiscard]] std::uint8_t next_header() const { return load_u8(bytes_, 6); }
  [[nodiscard]] Ttl hop_limit() const { return Ttl{load_u8(bytes_, 7)}; }
  [[nodiscard]] Ipv6Address source() const { return load_ipv6(bytes_, 8); }
  [[nodiscard]] Ipv6Address destination() const { return load_ipv6(bytes_, 24); }
  /// Everything behind the 40 bytes, extension headers included.
  [[nodiscard]] ConstBytes payload() const { return bytes_.subspan(ipv6_header_bytes); }
  /// Skips hop-by-hop options, routing, fragment and destination options headers. Errors: truncated (a header goes past
  /// the end), unsupported (more than ipv6_extension_headers_max of them).
  [[nodiscard]] Result<Ipv6UpperLayer> upper_layer() const;

 private:
  explicit Ipv6View(ConstBytes bytes) : bytes_{bytes} {}
  ConstBytes bytes_;
};

struct Ipv6Fields {
  std::uint8_t traffic_class{0};
  std::uint32_t flow_label{0};  ///< 20 bits
  std::uint16_t payload_length{0};
  std::uint8_t next_header{0};
  Ttl hop_limit{64};
  Ipv6Address source{};
  Ipv6Address destination{};
};

/// Writes the 40 bytes to the front of `out`.
void write_ipv6_header(MutableBytes out, const Ipv6Fields& fields);

inline void set_ipv6_hop_limit(MutableBytes packet, Ttl hop_limit) { store_u8(packet, 7, hop_limit.value()); }

}  // namespace utnt::wire
