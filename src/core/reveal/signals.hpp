// SPDX-License-Identifier: BSD-2-Clause
// The numbers that give tunnels away, computed from the reply TTLs of one hop.
// All are absolute and exact as the original computes them; refined forms stand in the utnt_* files.
// Source: the TNT specification, sections 4 and 5 (JUN).
#pragma once

#include <cstdint>

#include "core/reveal/hop_record.hpp"

namespace utnt::core {

/// The usual initial TTL at or above `reply_ttl`: 32, 64, 128 or 255.
constexpr int initial_ttl(std::uint8_t reply_ttl) {
  if (reply_ttl > 128) return 255;
  if (reply_ttl > 64) return 128;
  if (reply_ttl > 32) return 64;
  return 32;
}

/// Hops that a reply travelled, its sender counted.
constexpr int path_length(std::uint8_t reply_ttl) { return initial_ttl(reply_ttl) - reply_ttl + 1; }

/// Forward/return path length difference of a time exceeded; 0 for every other hop.
constexpr int frpla(const HopRecord& hop) {
  return hop.is_time_exceeded() ? path_length(hop.te_ttl) - hop.probe_ttl : 0;
}

/// Return path length of the reply minus that of the echo reply; 0 without a ping reply.
constexpr int uturn(const HopRecord& hop) {
  if (hop.is_silent() || hop.er_ttl == 0) return 0;
  return path_length(hop.te_ttl) - path_length(hop.er_ttl);
}

/// The same difference where only the 255-initial reply shows the return LSP: signatures <255, below 255>; otherwise 0.
constexpr int rtla(const HopRecord& hop) {
  if (hop.is_silent() || hop.er_ttl == 0) return 0;
  const bool signature_fits = initial_ttl(hop.te_ttl) == 255 && initial_ttl(hop.er_ttl) != 255;
  return signature_fits ? uturn(hop) : 0;
}

/// Signature <255,64>.
constexpr bool is_juniper(const HopRecord& hop) {
  return !hop.is_silent() && hop.er_ttl != 0 && initial_ttl(hop.te_ttl) == 255 && initial_ttl(hop.er_ttl) == 64;
}

}  // namespace utnt::core
