// SPDX-License-Identifier: BSD-2-Clause
// TCP header: enough to read replies and quotes and to send single segments; no connection is ever opened.
// Source: RFC 9293 section 3.1.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/flags.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "wire/address.hpp"

namespace utnt::wire {

inline constexpr std::size_t tcp_header_bytes = 20;  ///< without options

enum class TcpFlag : std::uint8_t { fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10, urg = 0x20 };
using TcpFlags = Flags<TcpFlag>;

class TcpView {
 public:
  /// A whole segment. Errors: truncated (shorter than the header with its options), malformed (data offset < 5).
  static Result<TcpView> parse(ConstBytes segment);
  [[nodiscard]] Port source() const { return Port{load_be16(bytes_, 0)}; }
  [[nodiscard]] Port destination() const { return Port{load_be16(bytes_, 2)}; }
  [[nodiscard]] std::uint32_t sequence() const { return load_be32(bytes_, 4); }
  [[nodiscard]] std::uint32_t acknowledgment() const { return load_be32(bytes_, 8); }
  [[nodiscard]] std::size_t header_bytes() const { return (load_u8(bytes_, 12) >> 4) * std::size_t{4}; }
  [[nodiscard]] TcpFlags flags() const { return TcpFlags::from_bits(load_u8(bytes_, 13)); }
  [[nodiscard]] std::uint16_t window() const { return load_be16(bytes_, 14); }
  [[nodiscard]] std::uint16_t checksum() const { return load_be16(bytes_, 16); }
  [[nodiscard]] bool checksum_ok(const IpAddress& source, const IpAddress& destination) const;
  [[nodiscard]] ConstBytes options() const {
    return bytes_.subspan(tcp_header_bytes, header_bytes() - tcp_header_bytes);
  }
  [[nodiscard]] ConstBytes payload() const { return bytes_.subspan(header_bytes()); }

 private:
  explicit TcpView(ConstBytes bytes) : bytes_{bytes} {}
  ConstBytes bytes_;
};

/// What the 8 bytes that every ICMP error quotes hold of a TCP segment.
struct TcpQuote {
  Port source{};
  Port destination{};
  std::uint32_t sequence{0};
};
/// Errors: truncated (under 8 bytes).
Result<TcpQuote> parse_tcp_quote(ConstBytes quoted);

struct TcpFields {
  Port source{};
  Port destination{};
  std::uint32_t sequence{0};
  std::uint32_t acknowledgment{0};
  TcpFlags flags{TcpFlag::syn};
  std::uint16_t window{0};
};
/// Writes a header without options before `segment[20..]`, with the checksum over the whole span.
void write_tcp_header(MutableBytes segment, const TcpFields& fields, const IpAddress& source,
                      const IpAddress& destination);

}  // namespace utnt::wire
