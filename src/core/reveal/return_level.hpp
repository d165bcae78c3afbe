// SPDX-License-Identifier: BSD-2-Clause
// What the return paths of the hops so far let expect at the next hop. A tunnel shows as a rise over it; asymmetry that
// was there before, and the decay behind an earlier tunnel, do not.
// Source: the TNT specification, sections 4 (table of ideal values) and 11 #2.
#pragma once

#include <cstddef>
#include <span>

#include "core/reveal/hop_record.hpp"
#include "core/reveal/utnt_signals.hpp"

namespace utnt::core {

struct ReturnLevel {
  int expected{0};       ///< largest excess at this hop that needs no new tunnel
  int floor{0};          ///< where a decay in progress ends
  int if_decaying{0};    ///< expected, should the last rise turn out to decay
  int hidden_carry{0};   ///< RTLA that an earlier tunnel leaves at this hop
  int visible_carry{0};  ///< RTLA that the last visible tunnel leaves here if its return LSP runs in the pipe model
  bool known{false};     ///< an earlier hop shows the return path
  bool decaying{false};  ///< the excess still falls behind an earlier tunnel
};

/// The level at hops[i], from the marked hops before it. O(i).
ReturnLevel return_level_at(std::span<const HopRecord> hops, std::size_t i);

/// How the rise at hops[i] over `level` goes on behind it.
enum class RiseShape : std::uint8_t {
  unknown = 0,  ///< no later hop tells
  decay,        ///< one less per hop: the return LSP of a tunnel, pipe model
  step,         ///< it stays: uniform return LSP, or an asymmetric route
  noise,        ///< gone faster than any tunnel explains
};
RiseShape rise_shape(std::span<const HopRecord> hops, std::size_t i, const ReturnLevel& level);

/// A hop whose return path tells about tunnels: a time exceeded of a 255-initial router outside visible tunnels.
bool shows_level(std::span<const HopRecord> hops, std::size_t i, const HopSignals& signals);
/// The first of two adjacent time exceeded messages from one address: its TTL is that of a hop that hides.
bool is_first_of_pair(std::span<const HopRecord> hops, std::size_t i);

}  // namespace utnt::core
