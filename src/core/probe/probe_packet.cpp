// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/probe_packet.hpp"

#include <algorithm>

#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"
#include "wire/udp.hpp"

namespace utnt::core {
namespace {

constexpr std::size_t transport_header_bytes = 8;
static_assert(wire::icmpv4_header_bytes == transport_header_bytes);
static_assert(wire::udp_header_bytes == transport_header_bytes);

/// Bytes of text and zero, rounded up so that the checksum-fixing bytes stand at an even offset.
constexpr std::size_t attribution_room(std::string_view attribution) {
  return attribution.empty() ? 0 : (attribution.size() + 2) / 2 * 2;
}

void put_attribution(MutableBytes payload, std::string_view attribution) {
  copy_bytes(payload, std::as_bytes(std::span{attribution}));
}

}  // namespace

std::uint16_t paris_probe_bytes(std::string_view attribution) {
  const auto payload = std::max(paris_payload_bytes_min, attribution_room(attribution) + 2);
  return static_cast<std::uint16_t>(wire::ipv4_header_bytes + transport_header_bytes + payload);
}

std::uint16_t ping_probe_bytes(std::string_view attribution) {
  const auto payload = std::max(ping_payload_bytes_min, attribution_room(attribution) + 8);
  return static_cast<std::uint16_t>(wire::ipv4_header_bytes + transport_header_bytes + payload);
}

wire::Packet build_probe(wire::PacketBuffer out, const ProbeRequest& request) {
  const auto bytes = paris_probe_bytes(request.attribution);
  const auto packet = out.first(bytes);
  fill_zero(packet);
  const auto datagram = packet.subspan(wire::ipv4_header_bytes);
  put_attribution(datagram.subspan(transport_header_bytes), request.attribution);
  const auto fix_at = transport_header_bytes + attribution_room(request.attribution);
  const bool icmp = request.flow.method == Method::icmp_paris;
  if (icmp) {
    wire::write_echo_with_checksum(datagram, {.identifier = request.flow.id, .sequence = request.token},
                                   request.flow.constant, fix_at);
  } else {
    wire::write_udp_with_checksum(
        datagram, {.source = Port{request.flow.id}, .destination = Port{request.flow.constant}}, request.source,
        request.destination, udp_checksum_of(request.flow, request.token), fix_at);
  }
  wire::write_ipv4_header(packet, {.total_length = bytes,
                                   .id = ip_id_of(request.flow, request.token),
                                   .dont_fragment = true,
                                   .ttl = Ttl{request.ttl},
                                   .protocol = icmp ? wire::protocol::icmp : wire::protocol::udp,
                                   .source = request.source.v4(),
                                   .destination = request.destination.v4()});
  return packet;
}

wire::Packet build_ping(wire::PacketBuffer out, const PingRequest& request) {
  const auto bytes = ping_probe_bytes(request.attribution);
  const auto packet = out.first(bytes);
  fill_zero(packet);
  const auto message = packet.subspan(wire::ipv4_header_bytes);
  put_attribution(message.subspan(transport_header_bytes), request.attribution);
  store_be64(message, message.size() - 8, request.tag);
  wire::write_echo(message, {.identifier = request.identifier, .sequence = request.sequence});
  wire::write_ipv4_header(packet, {.total_length = bytes,
                                   .id = request.ip_id,
                                   .dont_fragment = true,
                                   .ttl = Ttl{ping_ttl},
                                   .protocol = wire::protocol::icmp,
                                   .source = request.source.v4(),
                                   .destination = request.destination.v4()});
  return packet;
}

}  // namespace utnt::core
