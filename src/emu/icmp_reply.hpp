// SPDX-License-Identifier: BSD-2-Clause
// The bytes of what routers and hosts answer: ICMP errors with their quote and extensions, echo replies, TCP resets.
// Sources: RFC 792, RFC 1812 section 4.3.2, RFC 4884, RFC 4950, RFC 5837, RFC 9293 section 3.5.2.
#pragma once

#include <cstdint>

#include "emu/flight.hpp"
#include "emu/knobs.hpp"
#include "emu/quirks.hpp"

namespace utnt::emu {

struct ErrorSpec {
  std::uint8_t type{11};
  std::uint8_t code{0};
  std::uint8_t ttl{255};
  std::uint16_t ip_id{0};
  std::uint16_t next_hop_mtu{0};
  std::uint32_t source{0};
  bool with_labels{false};  ///< quote the cause's label stack, if the knobs allow
  ReplyFault fault{ReplyFault::none};
};

/// Writes into `reply` the ICMP error that quotes `cause` as it stands (TTL and stack as received), and parses it.
void build_error(const Flight& cause, const RouterKnobs& knobs, const ErrorSpec& spec, Flight& reply);

/// Writes the echo reply to `request` from `source`. Payload, identifier and sequence are copied.
void build_echo_reply(const Flight& request, std::uint32_t source, std::uint8_t ttl, std::uint16_t ip_id,
                      ReplyFault fault, Flight& reply);

/// Writes the RST that answers the TCP segment in `segment`.
void build_reset(const Flight& segment, std::uint8_t ttl, std::uint16_t ip_id, Flight& reply);

}  // namespace utnt::emu
