// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/reply_facts.hpp"

#include "wire/checksum.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::core {
namespace {

constexpr std::size_t quoted_transport_bytes_min = 8;

ReplyKind kind_of_error(std::uint8_t type, std::uint8_t code) {
  if (type == wire::icmp4::time_exceeded) return code == 0 ? ReplyKind::time_exceeded : ReplyKind::none;
  return code == wire::icmp4::code_port_unreachable ? ReplyKind::port_unreachable : ReplyKind::unreachable;
}

/// The checksum that the request had, if the echoed bytes are the ones we sent: the reply differs by its type only.
std::uint16_t request_checksum(const wire::Icmpv4View& reply) {
  const auto type_word = static_cast<std::uint16_t>(wire::icmp4::echo_request << 8 | reply.code());
  auto sum = wire::ones_add(type_word, reply.identifier());
  sum = wire::ones_add(sum, reply.sequence());
  return static_cast<std::uint16_t>(~wire::ones_sum(reply.echo_data(), sum));
}

bool read_quoted_transport(ReplyFacts& facts, const wire::Ipv4View& probe) {
  const auto bytes = probe.payload();
  if (bytes.size() < quoted_transport_bytes_min || probe.fragment_offset() != 0) return false;
  if (probe.protocol() == wire::protocol::icmp) {
    if (load_u8(bytes, 0) != wire::icmp4::echo_request) return false;
    facts.quoted = QuotedProtocol::icmp_echo;
    facts.constant = load_be16(bytes, 2);
    facts.id = load_be16(bytes, 4);
    facts.sequence = load_be16(bytes, 6);
    return true;
  }
  if (probe.protocol() != wire::protocol::udp) return false;
  facts.quoted = QuotedProtocol::udp;
  facts.id = load_be16(bytes, 0);
  facts.constant = load_be16(bytes, 2);
  facts.udp_checksum = load_be16(bytes, 6);
  return true;
}

bool read_error(ReplyFacts& facts, const wire::Icmpv4View& icmp) {
  facts.kind = kind_of_error(icmp.type(), icmp.code());
  if (facts.kind == ReplyKind::none) return false;
  facts.error = icmp.error_body();
  const auto probe = wire::Ipv4View::parse_quoted(facts.error.original);
  if (!probe) return false;
  facts.probe_source = probe->source();
  facts.probe_destination = probe->destination();
  facts.probe_ip_id = probe->id();
  facts.quoted_ttl = probe->ttl().value();
  facts.quoted_tos = probe->tos();
  facts.quoted_bytes = probe->total_length();
  return read_quoted_transport(facts, *probe);
}

void read_echo_reply(ReplyFacts& facts, const wire::Icmpv4View& icmp) {
  facts.kind = ReplyKind::echo_reply;
  facts.quoted = QuotedProtocol::icmp_echo;
  facts.probe_destination = facts.from;
  facts.id = icmp.identifier();
  facts.sequence = icmp.sequence();
  facts.constant = request_checksum(icmp);
  facts.echo_data = icmp.echo_data();
}

}  // namespace

std::optional<ReplyFacts> read_reply(wire::Packet packet) {
  const auto ip = wire::Ipv4View::parse(packet);
  if (!ip || ip->protocol() != wire::protocol::icmp || ip->fragment_offset() != 0 || ip->more_fragments()) {
    return std::nullopt;
  }
  const auto icmp = wire::Icmpv4View::parse(ip->payload());
  if (!icmp) return std::nullopt;
  ReplyFacts facts;
  facts.checksum_ok = icmp->checksum_ok();
  facts.icmp_type = icmp->type();
  facts.icmp_code = icmp->code();
  facts.from = ip->source();
  facts.ttl = ip->ttl().value();
  facts.tos = ip->tos();
  facts.ip_id = ip->id();
  facts.bytes = ip->total_length();
  if (icmp->type() == wire::icmp4::echo_reply) {
    read_echo_reply(facts, *icmp);
    return facts;
  }
  if (!icmp->is_error() || !read_error(facts, *icmp)) return std::nullopt;
  return facts;
}

}  // namespace utnt::core
