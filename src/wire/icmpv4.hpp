// SPDX-License-Identifier: BSD-2-Clause
// ICMPv4 messages: echo, and the errors that quote a packet. Sources: RFC 792, RFC 1191 (next-hop MTU), RFC 4884.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/icmp_extension.hpp"

namespace utnt::wire {

namespace icmp4 {
inline constexpr std::uint8_t echo_reply = 0, unreachable = 3, echo_request = 8, time_exceeded = 11;
inline constexpr std::uint8_t code_net_unreachable = 0, code_host_unreachable = 1, code_port_unreachable = 3,
                              code_fragmentation_needed = 4, code_admin_prohibited = 13;
}  // namespace icmp4

inline constexpr std::size_t icmpv4_header_bytes = 8;

class Icmpv4View {
 public:
  /// Errors: truncated (under 8 bytes). A wrong checksum is no error: see checksum_ok().
  static Result<Icmpv4View> parse(ConstBytes message);
  [[nodiscard]] std::uint8_t type() const { return load_u8(bytes_, 0); }
  [[nodiscard]] std::uint8_t code() const { return load_u8(bytes_, 1); }
  [[nodiscard]] std::uint16_t checksum() const { return load_be16(bytes_, 2); }
  [[nodiscard]] bool checksum_ok() const;
  [[nodiscard]] bool is_error() const { return type() == icmp4::time_exceeded || type() == icmp4::unreachable; }
  // echo only
  [[nodiscard]] std::uint16_t identifier() const { return load_be16(bytes_, 4); }
  [[nodiscard]] std::uint16_t sequence() const { return load_be16(bytes_, 6); }
  [[nodiscard]] ConstBytes echo_data() const { return bytes_.subspan(icmpv4_header_bytes); }
  // errors only
  [[nodiscard]] std::uint16_t next_hop_mtu() const { return load_be16(bytes_, 6); }
  /// Original datagram and extension objects, told apart as RFC 4884 sections 4-5 say (see icmp_extension.hpp).
  [[nodiscard]] IcmpErrorBody error_body() const;

 private:
  explicit Icmpv4View(ConstBytes bytes) : bytes_{bytes} {}
  ConstBytes bytes_;
};

struct EchoFields {
  std::uint8_t type{icmp4::echo_request};
  std::uint16_t identifier{0};
  std::uint16_t sequence{0};
};
/// Writes type, code 0, identifier, sequence before `message[8..]` and the checksum over the whole span.
void write_echo(MutableBytes message, const EchoFields& fields);
/// As write_echo, but the checksum is `checksum` and the two bytes at even offset `fix_at` (>= 8) are chosen to make it
/// right. A checksum of 0xffff cannot be reached by every message (one's complement): use values 0x0000-0xfffe.
void write_echo_with_checksum(MutableBytes message, const EchoFields& fields, std::uint16_t checksum,
                              std::size_t fix_at);

struct Icmpv4ErrorFields {
  std::uint8_t type{icmp4::time_exceeded};
  std::uint8_t code{0};
  std::uint16_t next_hop_mtu{0};  ///< unreachable, fragmentation needed
  ConstBytes original{};          ///< the packet to quote, as much of it as shall be quoted
  ConstBytes extension{};         ///< from ExtensionBuilder; empty for none
};
/// Writes a whole error to the front of `out` and returns the bytes written. With an extension the quote is padded to
/// 128 bytes or a multiple of 4 and the length byte is set. `original` and `extension` must not overlap `out`. Errors:
/// no_room, invalid_argument (an extension behind more than 1,020 bytes).
Result<MutableBytes> write_icmpv4_error(MutableBytes out, const Icmpv4ErrorFields& fields);

/// Fills the checksum of the ICMP message in `message`.
void seal_icmpv4(MutableBytes message);

}  // namespace utnt::wire
