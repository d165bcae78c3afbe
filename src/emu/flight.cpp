// SPDX-License-Identifier: BSD-2-Clause
// Parsing of packets into flights and the flow hashes that equal-cost paths are chosen by.
// The hash covers what load balancers look at: RFC 2992 names addresses and ports; Paris traceroute adds ICMP's first
// words.
#include "emu/flight.hpp"

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "base/prng.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"
#include "wire/udp.hpp"

namespace utnt::emu {

namespace {

PacketKind icmp_kind(std::uint8_t type) {
  if (type == wire::icmp4::echo_request) return PacketKind::echo_request;
  if (type == wire::icmp4::echo_reply) return PacketKind::echo_reply;
  constexpr std::uint8_t source_quench = 4, redirect = 5, parameter_problem = 12;
  const bool error = type == wire::icmp4::unreachable || type == wire::icmp4::time_exceeded || type == source_quench ||
                     type == redirect || type == parameter_problem;
  return error ? PacketKind::icmp_error : PacketKind::other;
}

/// What the flow of an ICMP message or of ports is, as one number.
void parse_transport(ConstBytes payload, Flight& f, std::uint64_t& ports, std::uint64_t& fields) {
  if (f.later_fragment) return;
  if (f.protocol == wire::protocol::icmp && payload.size() >= wire::icmpv4_header_bytes) {
    f.kind = icmp_kind(load_u8(payload, 0));
    const bool echo = f.kind == PacketKind::echo_request || f.kind == PacketKind::echo_reply;
    // The checksum of an error differs from reply to reply; hashing it would scatter one flow's answers over all paths.
    fields = echo ? load_be64(payload, 0) >> 16 : std::uint64_t{load_be16(payload, 0)} << 32;
  } else if (f.protocol == wire::protocol::udp && payload.size() >= wire::udp_header_bytes) {
    f.kind = PacketKind::udp;
    ports = fields = load_be32(payload, 0);
  } else if (f.protocol == wire::protocol::tcp && payload.size() >= 20) {
    f.kind = PacketKind::tcp;
    ports = fields = load_be32(payload, 0);
  }
}

}  // namespace

bool parse_flight(Flight& f) {
  const auto view = wire::Ipv4View::parse(f.packet());
  if (!view) return false;
  f.size = view->total_length();
  f.source = view->source().value();
  f.destination = view->destination().value();
  f.ttl = view->ttl().value();
  f.protocol = view->protocol();
  f.header_bytes = static_cast<std::uint8_t>(view->header_bytes());
  f.later_fragment = view->fragment_offset() != 0;
  f.kind = PacketKind::other;
  std::uint64_t ports = 0, fields = 0;
  parse_transport(f.packet().subspan(f.header_bytes), f, ports, fields);
  f.flow_id = mix64(fields ^ std::uint64_t{f.protocol} << 56);
  f.address_hash = mix64((std::uint64_t{f.source} << 32 | f.destination) ^ std::uint64_t{f.protocol} << 24);
  f.port_hash = mix64(f.address_hash ^ ports);
  f.flow_hash = mix64(f.address_hash ^ fields);
  return true;
}

bool load_flight(wire::Packet packet, Flight& f) {
  if (packet.size() > f.bytes.size()) return false;
  copy_bytes(f.bytes, packet);
  f.size = static_cast<std::uint32_t>(packet.size());
  f.steps = 0;
  f.depth = 0;
  f.in_address = 0;
  f.reply = ReplyClass::none;
  f.pipe = false;
  f.made_here = true;
  return parse_flight(f);
}

void seal_flight(Flight& f) { wire::set_ipv4_ttl(f.packet(), Ttl{f.ttl}); }

void copy_flight(const Flight& from, Flight& to) {
  static_assert(std::is_trivially_copyable_v<Flight>);
  std::memcpy(static_cast<void*>(&to), static_cast<const void*>(&from), offsetof(Flight, bytes) + from.size);
}

}  // namespace utnt::emu
