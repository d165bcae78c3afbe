// SPDX-License-Identifier: BSD-2-Clause
// Names and numbers that requests, events and records share.
#pragma once

#include <cstdint>

#include "base/strong.hpp"

namespace utnt::core {

using TraceId = Strong<struct TraceIdTag, std::uint32_t>;  ///< one destination of the run, from 1
using PathId = Strong<struct PathIdTag, std::uint32_t>;    ///< one traceroute (initial, revelation, buddy ...), from 1
using TunnelId =
    Strong<struct TunnelIdTag, std::uint32_t>;  ///< one revelation of a (start, next) pair, from 1; 0 = none

enum class Method : std::uint8_t { icmp_paris = 1, udp_paris = 2 };
enum class RuleSet : std::uint8_t { tnt = 1, utnt = 2 };

/// Why a path was probed.
enum class PathKind : std::uint8_t {
  initial = 1,
  revelation = 2,
  buddy = 3,
  confirmation = 4,
  signature = 5,  ///< one UDP probe to an address that is mute to echo, for the TTL of its port unreachable
};

/// Numbers as in warts.
enum class StopReason : std::uint8_t {
  none = 0,
  completed = 1,
  unreachable = 2,
  icmp = 3,
  loop = 4,
  gap_limit = 5,
  error = 6,
  hop_limit = 7,
  global_stop = 8,
  halted = 9,
};

/// What kind of packet answered a probe.
enum class ReplyKind : std::uint8_t {
  none = 0,
  time_exceeded = 1,
  echo_reply = 2,
  port_unreachable = 3,
  unreachable = 4,  ///< any other ICMP unreachable
  packet_too_big = 5,
  tcp_reset = 6,
};

/// What a probe was spent on; trace_end and counters count by these.
enum class ProbeUse : std::uint8_t {
  initial = 0,
  ping,
  revealed,
  nothing_revealed,
  target_not_reached,
  ingress_not_found,
  buddy,
  brute_force,
  confirmation,
};
inline constexpr unsigned probe_uses = 9;

}  // namespace utnt::core
