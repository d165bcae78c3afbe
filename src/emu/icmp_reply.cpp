// SPDX-License-Identifier: BSD-2-Clause
// Layout of an ICMP error here: 8 bytes of header, the quote (padded with zeros to 128 bytes or more when an extension
// follows, RFC 4884 section 4), the extension structure.
#include "emu/icmp_reply.hpp"

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "wire/checksum.hpp"
#include "wire/icmp_extension.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::emu {

namespace {

constexpr std::size_t icmp_at = wire::ipv4_header_bytes;
constexpr std::size_t quote_at = icmp_at + wire::icmpv4_header_bytes;
constexpr std::size_t extension_quote_min = 128;
constexpr std::size_t quote_max = 548;  // an error of at most 576 bytes, RFC 1812 section 4.3.2.3

void write_ip(Flight& reply, std::uint8_t tos, const ErrorSpec& spec, std::uint32_t destination) {
  wire::write_ipv4_header(reply.packet(), {.tos = tos,
                                           .total_length = static_cast<std::uint16_t>(reply.size),
                                           .id = spec.ip_id,
                                           .ttl = Ttl{spec.ttl},
                                           .protocol = wire::protocol::icmp,
                                           .source = wire::Ipv4Address{spec.source},
                                           .destination = wire::Ipv4Address{destination}});
}

void reset_flight(Flight& reply) {
  reply.steps = 0;
  reply.depth = 0;
  reply.in_address = 0;
  reply.pipe = false;
  reply.made_here = true;
}

bool wants_extension(const Flight& cause, const RouterKnobs& knobs, const ErrorSpec& spec) {
  const bool labels = spec.with_labels && cause.depth > 0 && knobs.rfc4950 != Rfc4950::off;
  const bool broken = spec.fault == ReplyFault::unknown_class || spec.fault == ReplyFault::object_length_0 ||
                      spec.fault == ReplyFault::object_length_3 || spec.fault == ReplyFault::object_length_big;
  return labels || broken || knobs.multi_object;
}

std::size_t quote_bytes(const Flight& cause, const RouterKnobs& knobs, bool extension) {
  std::size_t wanted = cause.header_bytes + 8U;
  switch (knobs.quote_length) {
    case QuoteLength::automatic:
      wanted = extension ? extension_quote_min : wanted;
      break;
    case QuoteLength::header_and_8:
      break;
    case QuoteLength::bytes_128:
      wanted = extension_quote_min;
      break;
    case QuoteLength::full:
      wanted = extension ? quote_max - 128 : quote_max;
      break;
  }
  return std::min<std::size_t>({wanted, cause.size, quote_max});
}

void add_label_object(wire::ExtensionBuilder& builder, const Flight& cause, const RouterKnobs& knobs) {
  std::array<wire::LabelStackEntry, stack_depth_max> stack;
  for (std::size_t i = 0; i < cause.depth; ++i) {
    const auto& entry = cause.stack[cause.depth - 1U - i];
    std::uint8_t ttl = entry.ttl;
    if (i == 0 && knobs.rfc4950 == Rfc4950::on_quote_ttl255) ttl = 255;
    if (i == 0 && knobs.rfc4950 == Rfc4950::on_quote_ttl0) ttl = 0;
    stack[i] = wire::LabelStackEntry{MplsLabel{entry.label}, 0, i + 1U == cause.depth, Ttl{ttl}};
  }
  UTNT_ASSERT(builder.add_label_stack(std::span{stack}.first(cause.depth)).has_value());
}

void add_objects(wire::ExtensionBuilder& builder, const Flight& cause, const RouterKnobs& knobs,
                 const ErrorSpec& spec) {
  if (spec.with_labels && cause.depth > 0 && knobs.rfc4950 != Rfc4950::off) add_label_object(builder, cause, knobs);
  if (knobs.multi_object) {
    wire::InterfaceInfo info;
    info.if_index = 1;
    if (cause.in_address != 0) info.address = wire::Ipv4Address{cause.in_address};
    info.name = "ge-0/0/1";
    info.mtu = 1500;
    UTNT_ASSERT(builder.add_interface(info).has_value());
  }
  constexpr std::uint8_t nobody = 200;
  const std::array<std::byte, 8> filler{};
  if (spec.fault == ReplyFault::unknown_class) UTNT_ASSERT(builder.add(nobody, 7, filler).has_value());
}

/// Appends an object whose length field lies: 0, 3 or far past the end.
std::size_t add_broken_object(MutableBytes room, std::size_t used, ReplyFault fault) {
  std::uint16_t length = 0;
  if (fault == ReplyFault::object_length_0)
    length = 0;
  else if (fault == ReplyFault::object_length_3)
    length = 3;
  else if (fault == ReplyFault::object_length_big)
    length = 4000;
  else
    return used;
  if (used == 0) {
    store_be32(room, 0, 0x2000'0000U);
    used = 4;
  }
  store_be16(room, used, length);
  store_be16(room, used + 2, 0x0101);
  store_be32(room, used + 4, 0x0001'0101U);
  used += 8;
  store_be16(room, 2, 0);
  store_be16(room, 2, wire::internet_checksum(ConstBytes{room}.first(used)));
  return used;
}

std::size_t write_extension(const Flight& cause, const RouterKnobs& knobs, const ErrorSpec& spec, MutableBytes room) {
  wire::ExtensionBuilder builder{room};
  add_objects(builder, cause, knobs, spec);
  std::size_t used = add_broken_object(room, builder.finish().size(), spec.fault);
  if (used == 0) return 0;
  if (knobs.extension_version_swapped) {
    store_u8(room, 0, 0x02);
    store_be16(room, 2, 0);
    store_be16(room, 2, wire::internet_checksum(ConstBytes{room}.first(used)));
  }
  if (knobs.extension_checksum == ExtensionChecksum::zero) store_be16(room, 2, 0);
  if (knobs.extension_checksum == ExtensionChecksum::wrong)
    store_be16(room, 2, static_cast<std::uint16_t>(load_be16(room, 2) ^ 0x5a5a));
  return used;
}

void quote(const Flight& cause, const RouterKnobs& knobs, std::size_t bytes, MutableBytes out) {
  copy_bytes(out, cause.packet().first(bytes));
  std::uint8_t ttl = cause.ttl;
  if (knobs.qttl_quote == QuotedTtl::rewritten_1) ttl = 1;
  if (knobs.qttl_quote == QuotedTtl::zero) ttl = 0;
  wire::set_ipv4_ttl(out, Ttl{ttl});
}

void spoil_quote(ReplyFault fault, MutableBytes quoted, std::size_t header) {
  if (fault == ReplyFault::foreign_quote && quoted.size() >= header + 8) {
    // Identifier and sequence for ICMP, length and checksum for UDP: either way another probe's.
    store_be32(quoted, header + 4, load_be32(quoted, header + 4) ^ 0x1357'2468U);
  }
  if (fault == ReplyFault::rewritten_destination) {
    store_be32(quoted, 16, 0x0a00'0001U);
    store_be16(quoted, 10, 0);
    store_be16(quoted, 10, wire::internet_checksum(ConstBytes{quoted}.first(header)));
  }
}

}  // namespace

void build_error(const Flight& cause, const RouterKnobs& knobs, const ErrorSpec& spec, Flight& reply) {
  const bool extension = wants_extension(cause, knobs, spec);
  std::size_t quoted = quote_bytes(cause, knobs, extension);
  if (spec.fault == ReplyFault::truncated_quote) quoted = std::min<std::size_t>(quoted, 12);
  std::size_t room = quoted;
  const bool pad_128 = knobs.quote_length == QuoteLength::bytes_128 && knobs.quote_padded;
  if ((extension || pad_128) && room < extension_quote_min) room = extension_quote_min;
  if (extension) room = (room + 3) / 4 * 4;
  if (extension && knobs.extension_length == ExtensionLength::zero) room = std::min(room, extension_quote_min);
  quoted = std::min(quoted, room);

  const auto body = MutableBytes{reply.bytes}.subspan(quote_at);
  if (quoted >= wire::ipv4_header_bytes) {
    quote(cause, knobs, quoted, body);
    spoil_quote(spec.fault, body.first(quoted), cause.header_bytes);
  } else {
    copy_bytes(body, cause.packet().first(quoted));
  }
  fill_zero(body.subspan(quoted, room - quoted));
  const std::size_t added = extension ? write_extension(cause, knobs, spec, body.subspan(room, 256)) : 0;

  reply.size = static_cast<std::uint32_t>(quote_at + room + added);
  const auto message = reply.packet().subspan(icmp_at);
  store_u8(message, 0, spec.type);
  store_u8(message, 1, spec.code);
  store_be32(message, 4, spec.next_hop_mtu);
  if (added > 0 && knobs.extension_length == ExtensionLength::correct)
    store_u8(message, 5, static_cast<std::uint8_t>(room / 4));
  wire::seal_icmpv4(message);
  if (spec.fault == ReplyFault::bad_icmp_checksum)
    store_be16(message, 2, static_cast<std::uint16_t>(load_be16(message, 2) ^ 0x0101));
  const std::uint8_t tos = knobs.copies_tos ? load_u8(cause.packet(), 1) : std::uint8_t{0xc0};
  write_ip(reply, tos, spec, cause.source);
  reset_flight(reply);
  UTNT_ASSERT(parse_flight(reply));
}

void build_echo_reply(const Flight& request, std::uint32_t source, std::uint8_t ttl, std::uint16_t ip_id,
                      ReplyFault fault, Flight& reply) {
  const auto message = request.packet().subspan(request.header_bytes);
  reply.size = static_cast<std::uint32_t>(icmp_at + message.size());
  const auto out = reply.packet().subspan(icmp_at);
  copy_bytes(out, message);
  wire::write_echo(
      out, {.type = wire::icmp4::echo_reply, .identifier = load_be16(message, 4), .sequence = load_be16(message, 6)});
  if (fault == ReplyFault::bad_icmp_checksum)
    store_be16(out, 2, static_cast<std::uint16_t>(load_be16(out, 2) ^ 0x0101));
  write_ip(reply, load_u8(request.packet(), 1), {.ttl = ttl, .ip_id = ip_id, .source = source}, request.source);
  reset_flight(reply);
  UTNT_ASSERT(parse_flight(reply));
}

void build_reset(const Flight& segment, std::uint8_t ttl, std::uint16_t ip_id, Flight& reply) {
  constexpr std::size_t tcp_bytes = 20;
  const auto in = segment.packet().subspan(segment.header_bytes);
  reply.size = static_cast<std::uint32_t>(icmp_at + tcp_bytes);
  const auto out = reply.packet().subspan(icmp_at);
  fill_zero(out);
  store_be16(out, 0, load_be16(in, 2));
  store_be16(out, 2, load_be16(in, 0));
  const std::uint8_t flags = load_u8(in, 13);
  constexpr std::uint8_t ack = 0x10, rst = 0x04, syn = 0x02;
  if ((flags & ack) != 0) {
    store_be32(out, 4, load_be32(in, 8));
    store_u8(out, 13, rst);
  } else {
    store_be32(out, 8, load_be32(in, 4) + ((flags & syn) != 0 ? 1U : 0U));
    store_u8(out, 13, rst | ack);
  }
  store_u8(out, 12, 5U << 4U);
  const auto pseudo = wire::pseudo_header_sum(wire::Ipv4Address{segment.destination}, wire::Ipv4Address{segment.source},
                                              wire::protocol::tcp, tcp_bytes);
  store_be16(out, 16, static_cast<std::uint16_t>(~wire::ones_sum(out, pseudo)));
  wire::write_ipv4_header(reply.packet(), {.total_length = static_cast<std::uint16_t>(reply.size),
                                           .id = ip_id,
                                           .dont_fragment = true,
                                           .ttl = Ttl{ttl},
                                           .protocol = wire::protocol::tcp,
                                           .source = wire::Ipv4Address{segment.destination},
                                           .destination = wire::Ipv4Address{segment.source}});
  reset_flight(reply);
  UTNT_ASSERT(parse_flight(reply));
}

}  // namespace utnt::emu
