// SPDX-License-Identifier: BSD-2-Clause
// ICMPv6 messages: echo, and the errors that quote a packet; neighbour discovery stands in ndp.hpp.
// Sources: RFC 4443 sections 2.1, 2.3, 3 and 4; RFC 4884 section 4.4 and 4.5 (length byte at offset 4, 64-bit units).
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/address.hpp"
#include "wire/icmp_extension.hpp"

namespace utnt::wire {

namespace icmp6 {
inline constexpr std::uint8_t unreachable = 1, packet_too_big = 2, time_exceeded = 3, parameter_problem = 4,
                              echo_request = 128, echo_reply = 129, router_solicitation = 133,
                              router_advertisement = 134, neighbor_solicitation = 135, neighbor_advertisement = 136;
inline constexpr std::uint8_t code_no_route = 0, code_admin_prohibited = 1, code_address_unreachable = 3,
                              code_port_unreachable = 4;
}  // namespace icmp6

inline constexpr std::size_t icmpv6_header_bytes = 8;

class Icmpv6View {
 public:
  /// Errors: truncated (under 8 bytes). A wrong checksum is no error: see checksum_ok().
  static Result<Icmpv6View> parse(ConstBytes message);
  [[nodiscard]] std::uint8_t type() const { return load_u8(bytes_, 0); }
  [[nodiscard]] std::uint8_t code() const { return load_u8(bytes_, 1); }
  [[nodiscard]] std::uint16_t checksum() const { return load_be16(bytes_, 2); }
  /// The checksum covers the addresses of the packet that carried the message.
  [[nodiscard]] bool checksum_ok(const Ipv6Address& source, const Ipv6Address& destination) const;
  /// Errors are the types below 128; each of them quotes a packet.
  [[nodiscard]] bool is_error() const { return type() < icmp6::echo_request; }
  // echo only
  [[nodiscard]] std::uint16_t identifier() const { return load_be16(bytes_, 4); }
  [[nodiscard]] std::uint16_t sequence() const { return load_be16(bytes_, 6); }
  [[nodiscard]] ConstBytes echo_data() const { return bytes_.subspan(icmpv6_header_bytes); }
  // packet too big only
  [[nodiscard]] std::uint32_t mtu() const { return load_be32(bytes_, 4); }
  /// Original datagram and extension objects of any error. Only unreachable and time exceeded can carry an extension.
  [[nodiscard]] IcmpErrorBody error_body() const;
  [[nodiscard]] ConstBytes bytes() const { return bytes_; }

 private:
  explicit Icmpv6View(ConstBytes bytes) : bytes_{bytes} {}
  ConstBytes bytes_;
};

struct Echo6Fields {
  std::uint8_t type{icmp6::echo_request};
  std::uint16_t identifier{0};
  std::uint16_t sequence{0};
};
/// Writes type, code 0, identifier, sequence before `message[8..]` and the checksum over the whole span.
void write_echo6(MutableBytes message, const Echo6Fields& fields, const Ipv6Address& source,
                 const Ipv6Address& destination);
/// As write_echo6, but the checksum is `checksum` (0x0000-0xfffe) and the two bytes at even offset `fix_at` (>= 8) are
/// chosen to make it right.
void write_echo6_with_checksum(MutableBytes message, const Echo6Fields& fields, const Ipv6Address& source,
                               const Ipv6Address& destination, std::uint16_t checksum, std::size_t fix_at);

struct Icmpv6ErrorFields {
  std::uint8_t type{icmp6::time_exceeded};
  std::uint8_t code{0};
  std::uint32_t mtu{0};    ///< packet too big only
  ConstBytes original{};   ///< the packet to quote, as much of it as shall be quoted
  ConstBytes extension{};  ///< from ExtensionBuilder; empty for none
};
/// Writes a whole error to the front of `out` and returns the bytes written. With an extension the quote is padded to
/// 128 bytes or a multiple of 8 and the length byte is set. `original` and `extension` must not overlap `out`. Errors:
/// no_room, invalid_argument (an extension on another type than unreachable and time exceeded, or behind more than
/// 2,040 bytes).
Result<MutableBytes> write_icmpv6_error(MutableBytes out, const Icmpv6ErrorFields& fields, const Ipv6Address& source,
                                        const Ipv6Address& destination);

/// Fills the checksum of the ICMPv6 message in `message`.
void seal_icmpv6(MutableBytes message, const Ipv6Address& source, const Ipv6Address& destination);

}  // namespace utnt::wire
