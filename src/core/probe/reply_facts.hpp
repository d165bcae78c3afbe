// SPDX-License-Identifier: BSD-2-Clause
// What a received packet says, before anyone asks whether it answers a probe of ours.
// Sources: RFC 792, RFC 4884; the TNT specification, section 3.1 (which fields name the probe).
#pragma once

#include <cstdint>
#include <optional>

#include "core/types.hpp"
#include "wire/icmp_extension.hpp"
#include "wire/packet.hpp"

namespace utnt::core {

enum class QuotedProtocol : std::uint8_t { none, icmp_echo, udp };

struct ReplyFacts {
  ReplyKind kind{ReplyKind::none};
  bool checksum_ok{true};
  std::uint8_t icmp_type{0};
  std::uint8_t icmp_code{0};
  wire::IpAddress from{};
  std::uint8_t ttl{0};
  std::uint8_t tos{0};
  std::uint16_t ip_id{0};
  std::uint16_t bytes{0};
  // what names the probe: from the echo reply itself, or from the quoted packet
  QuotedProtocol quoted{QuotedProtocol::none};
  wire::IpAddress probe_source{};       ///< as quoted; none for an echo reply
  wire::IpAddress probe_destination{};  ///< as quoted; the sender for an echo reply
  std::uint16_t id{0};                  ///< ICMP identifier or UDP source port
  std::uint16_t constant{0};            ///< ICMP checksum of the request, or UDP destination port
  std::uint16_t sequence{0};            ///< ICMP
  std::uint16_t udp_checksum{0};
  std::uint16_t probe_ip_id{0};
  std::uint8_t quoted_ttl{0};
  std::uint8_t quoted_tos{0};
  std::uint16_t quoted_bytes{0};
  wire::IcmpErrorBody error;
  ConstBytes echo_data;  ///< echo reply only
};

/// Empty when the packet is malformed, or is no reply to an echo request or UDP probe.
std::optional<ReplyFacts> read_reply(wire::Packet packet);

}  // namespace utnt::core
