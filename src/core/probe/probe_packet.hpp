// SPDX-License-Identifier: BSD-2-Clause
// Builds the packets that the engine sends: Paris probes of both methods and fingerprint pings, complete with
// checksums. Layout of a Paris probe: 20 bytes IPv4 (DF set, ToS 0), 8 bytes ICMP or UDP header, then the attribution
// text with its terminating zero if there is one, then the two bytes that fix the checksum, at least 16 bytes of
// payload in all. Sources: RFC 792, RFC 768, RFC 9511 section 4 (in-band probe attribution).
#pragma once

#include <cstdint>
#include <string_view>

#include "core/probe/flow_fields.hpp"
#include "wire/address.hpp"
#include "wire/packet.hpp"

namespace utnt::core {

inline constexpr std::size_t paris_payload_bytes_min = 16;
inline constexpr std::size_t ping_payload_bytes_min = 56;
inline constexpr std::size_t attribution_bytes_max = 255;
inline constexpr std::uint8_t ping_ttl = 64;

/// IP total length of a Paris probe and of a ping, given the attribution text.
std::uint16_t paris_probe_bytes(std::string_view attribution);
std::uint16_t ping_probe_bytes(std::string_view attribution);

struct ProbeRequest {
  wire::IpAddress source{};
  wire::IpAddress destination{};
  FlowFields flow{};
  std::uint8_t ttl{0};
  std::uint16_t token{0};
  std::string_view attribution{};
};
wire::Packet build_probe(wire::PacketBuffer out, const ProbeRequest& request);

struct PingRequest {
  wire::IpAddress source{};
  wire::IpAddress destination{};
  std::uint16_t ip_id{0};
  std::uint16_t identifier{0};
  std::uint16_t sequence{0};
  std::uint64_t tag{0};  ///< keyed check, in the last 8 payload bytes
  std::string_view attribution{};
};
wire::Packet build_ping(wire::PacketBuffer out, const PingRequest& request);

}  // namespace utnt::core
