// SPDX-License-Identifier: BSD-2-Clause
// Probes and their answers, one at a time, in a network where nothing is lost.
#include "emu/witness.hpp"

#include <array>

#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"
#include "wire/udp.hpp"

namespace utnt::emu {

namespace {

constexpr int ttl_max = 64;
constexpr int silent_max = 8;  // consecutive silent TTLs after which a trace is given up

std::vector<std::byte> packet_to(std::uint32_t source, std::uint32_t destination, std::uint8_t protocol) {
  constexpr std::size_t bytes = 44;
  std::vector<std::byte> packet(bytes);
  wire::write_ipv4_header(packet, {.total_length = bytes,
                                   .dont_fragment = true,
                                   .ttl = Ttl{64},
                                   .protocol = protocol,
                                   .source = wire::Ipv4Address{source},
                                   .destination = wire::Ipv4Address{destination}});
  return packet;
}

bool arrived(const Observation& o, std::uint32_t destination) {
  return o.answered && (o.type == wire::icmp4::echo_reply || o.type == wire::icmp4::unreachable ||
                        (o.type == wire::icmp4::time_exceeded && o.source == destination));
}

}  // namespace

std::vector<std::byte> udp_probe(std::uint32_t source, std::uint32_t destination, std::uint16_t flow) {
  auto packet = packet_to(source, destination, wire::protocol::udp);
  constexpr std::uint16_t closed_port = 33'435;
  wire::write_udp_header(MutableBytes{packet}.subspan(wire::ipv4_header_bytes), {Port{flow}, Port{closed_port}},
                         wire::Ipv4Address{source}, wire::Ipv4Address{destination});
  return packet;
}

std::vector<std::byte> redirect(wire::Packet model, std::uint32_t destination, std::uint16_t flow) {
  const auto view = wire::Ipv4View::parse(model);
  UTNT_ASSERT(view.has_value());
  const std::uint32_t source = view->source().value();
  if (view->protocol() == wire::protocol::udp) return udp_probe(source, destination, flow);
  auto packet = packet_to(source, destination, wire::protocol::icmp);
  // Any identifier may come from outside, but no message sums up to a checksum of all ones.
  const auto checksum = static_cast<std::uint16_t>(flow % 0xffff);
  wire::write_echo_with_checksum(MutableBytes{packet}.subspan(wire::ipv4_header_bytes), {.identifier = flow}, checksum,
                                 wire::icmpv4_header_bytes);
  return packet;
}

Observation Witness::ask(wire::Packet packet) {
  Observation out;
  out.probe_ttl = load_u8(packet, 8);
  forwarder_.send(packet, Instant{});
  std::array<std::byte, wire::packet_bytes_max> room{};
  const Instant end{std::int64_t{1} << 60};
  while (const auto got = forwarder_.arrivals().take(room, end)) {
    if (out.answered) continue;
    const auto ip = wire::Ipv4View::parse(got->packet);
    if (!ip || ip->protocol() != wire::protocol::icmp) continue;
    const auto icmp = wire::Icmpv4View::parse(ip->payload());
    if (!icmp) continue;
    out.answered = true;
    out.source = ip->source().value();
    out.reply_ttl = ip->ttl().value();
    out.type = icmp->type();
    out.code = icmp->code();
    if (!icmp->is_error()) continue;
    auto body = icmp->error_body();
    if (const auto quoted = wire::Ipv4View::parse_quoted(body.original)) out.quoted_ttl = quoted->ttl().value();
    while (const auto object = body.objects.next()) {
      if (object->object_class != wire::extension_class_mpls || out.top_label_ttl >= 0) continue;
      const wire::LabelStackView stack{*object};
      if (stack.size() > 0) out.top_label_ttl = stack[0].ttl().value();
    }
  }
  return out;
}

std::vector<Observation> Witness::trace(wire::Packet model) {
  std::vector<Observation> out;
  std::vector<std::byte> packet{model.begin(), model.end()};
  const std::uint32_t to = load_be32(packet, 16);
  int silent = 0;
  for (int ttl = 1; ttl <= ttl_max && silent < silent_max; ++ttl) {
    wire::set_ipv4_ttl(packet, Ttl{static_cast<std::uint8_t>(ttl)});
    out.push_back(ask(packet));
    silent = out.back().answered ? 0 : silent + 1;
    if (arrived(out.back(), to)) break;
  }
  return out;
}

int Witness::ping(std::uint32_t source, std::uint32_t address) {
  auto packet = packet_to(source, address, wire::protocol::icmp);
  wire::write_echo(MutableBytes{packet}.subspan(wire::ipv4_header_bytes), {.identifier = 1});
  const auto seen = ask(packet);
  return seen.answered && seen.type == wire::icmp4::echo_reply ? seen.reply_ttl : 0;
}

}  // namespace utnt::emu
