// SPDX-License-Identifier: BSD-2-Clause
// A reply is the request with its addresses exchanged, which no checksum notices, and another type, which the checksum
// is told of.
#include "unikernel/net/echo_responder.hpp"

#include <cstring>

#include "wire/checksum.hpp"
#include "wire/icmpv4.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"

namespace utnt::unikernel {
namespace {

constexpr Ttl reply_ttl{64};
constexpr std::size_t checksum_at = 2;

/// Where things are in a packet of one family, and what its echoes look like.
struct Layout {
  std::size_t source, address_bytes, message;
  std::uint8_t request, reply;
  std::uint16_t type_change;  ///< of the sum, by the change of type
};
constexpr Layout layout4{12, 4, wire::ipv4_header_bytes, wire::icmp4::echo_request, wire::icmp4::echo_reply, 0xf7ff};
constexpr Layout layout6{8, 16, wire::ipv6_header_bytes, wire::icmp6::echo_request, wire::icmp6::echo_reply, 0x0100};

/// An echo's headers: no options, no fragment, and a source that is one host.
bool is_plain4(ConstBytes packet) {
  constexpr std::uint8_t no_options = 0x45;
  constexpr std::uint16_t fragment_bits = 0x3fff;
  const auto top = load_u8(packet, layout4.source);
  return load_u8(packet, 0) == no_options && load_u8(packet, 9) == wire::protocol::icmp &&
         (load_be16(packet, 6) & fragment_bits) == 0 && top != 0 && top != 127 && top < 224;
}

bool is_plain6(ConstBytes packet) {
  const auto top = load_u8(packet, layout6.source);
  return load_u8(packet, 6) == wire::protocol::icmpv6 && top != 0xff &&
         wire::load_ipv6(packet, 8) != wire::Ipv6Address{};
}

}  // namespace

std::optional<ConstBytes> echo_reply(const wire::EthernetView& frame, ConstBytes packet, MutableBytes out) {
  const bool is_v4 = load_u8(packet, 0) >> 4 == 4;
  const auto& at = is_v4 ? layout4 : layout6;
  if (packet.size() < at.message + wire::icmpv4_header_bytes ||
      wire::ethernet_header_bytes + packet.size() > out.size() || !(is_v4 ? is_plain4(packet) : is_plain6(packet)) ||
      frame.destination().is_multicast() || frame.source().is_multicast()) {
    return std::nullopt;
  }
  const auto message = packet.subspan(at.message);
  const auto destination = at.source + at.address_bytes;
  // The pseudo header of ICMPv6 is what stands before the message, its length and its number.
  const auto start = is_v4 ? std::uint16_t{0} : static_cast<std::uint16_t>(message.size() + wire::protocol::icmpv6);
  const auto sum = wire::ones_sum(is_v4 ? message : packet.subspan(at.source), start);
  if (load_be16(message, 0) != at.request << 8 || sum != 0xffff ||
      std::memcmp(packet.data() + at.source, packet.data() + destination, at.address_bytes) == 0) {
    return std::nullopt;
  }
  const auto reply = out.subspan(wire::ethernet_header_bytes, packet.size());
  copy_bytes(reply, packet);
  copy_bytes(reply.subspan(at.source), packet.subspan(destination, at.address_bytes));
  copy_bytes(reply.subspan(destination), packet.subspan(at.source, at.address_bytes));
  store_u8(reply, at.message, at.reply);
  const auto old_sum = static_cast<std::uint16_t>(~load_be16(message, checksum_at));
  store_be16(reply, at.message + checksum_at, static_cast<std::uint16_t>(~wire::ones_add(old_sum, at.type_change)));
  if (is_v4) {
    wire::set_ipv4_ttl(reply, reply_ttl);
  } else {
    wire::set_ipv6_hop_limit(reply, reply_ttl);
  }
  wire::write_ethernet_header(
      out, {.destination = frame.source(), .source = frame.destination(), .ethertype = frame.ethertype()});
  return out.first(wire::ethernet_header_bytes + packet.size());
}

}  // namespace utnt::unikernel
