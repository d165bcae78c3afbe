// SPDX-License-Identifier: BSD-2-Clause
// Groups of marks that the passes set and test together, and the bits by which triggers and outcomes are recorded.
// Source: the TNT specification, sections 5 (INF) and 7.2 (recording of the reasons).
#pragma once

#include "core/marks.hpp"
#include "core/reveal/hop_record.hpp"

namespace utnt::core {

inline constexpr Marks role_marks = Marks{Mark::ingress} | Mark::egress | Mark::lsr;
inline constexpr Marks end_marks = Marks{Mark::ingress} | Mark::egress;
inline constexpr Marks implicit_marks = Marks{Mark::implicit_qttl} | Mark::implicit_uturn;
inline constexpr Marks class_marks = implicit_marks | Mark::explicit_ | Mark::opaque | Mark::invisible;
inline constexpr Discoveries technique_discoveries = Discoveries{Discovery::dpr} | Discovery::brpr | Discovery::buddy;
inline constexpr Discoveries stop_discoveries =
    Discoveries{Discovery::nothing_revealed} | Discovery::ingress_not_found | Discovery::target_not_reached;

constexpr bool is_lsr(const HopRecord& hop) { return hop.marks.has(Mark::lsr); }
constexpr bool is_egress(const HopRecord& hop) { return hop.marks.has(Mark::egress); }
constexpr bool is_opaque_egress(const HopRecord& hop) { return hop.marks.has(Mark::opaque) && is_egress(hop); }
/// A plain LSR guessed between two tunnels that touch: printed INF.
constexpr bool is_inferred(const HopRecord& hop) { return is_lsr(hop) && !hop.marks.has_any(class_marks); }

/// Replaces the roles of a hop and keeps its classes.
constexpr void set_role(HopRecord& hop, Mark role) {
  hop.marks.clear(role_marks);
  hop.marks.set(role);
}

constexpr Discoveries discovery_of(Trigger trigger) {
  switch (trigger) {
    case Trigger::none:
      return {};
    case Trigger::frpla:
      return Discovery::frpla;
    case Trigger::rtla:
      return Discovery::rtla;
    case Trigger::dupip:
      return Discovery::dupip;
    case Trigger::mttl:
      return Discovery::mttl;
    case Trigger::uhp_suspect:
      return {};
  }
  return {};
}

/// The first trigger recorded in `discoveries`, by the order of precedence.
constexpr Trigger trigger_of(Discoveries discoveries) {
  if (discoveries.has(Discovery::mttl)) return Trigger::mttl;
  if (discoveries.has(Discovery::dupip)) return Trigger::dupip;
  if (discoveries.has(Discovery::rtla)) return Trigger::rtla;
  if (discoveries.has(Discovery::frpla)) return Trigger::frpla;
  return Trigger::none;
}

/// The trigger bits of `Attempts` have the values of those of `Discoveries`.
constexpr Attempts attempt_of(Trigger trigger) {
  return Attempts::from_bits(static_cast<Attempts::Rep>(discovery_of(trigger).bits()));
}
static_assert(static_cast<unsigned>(Attempt::frpla) == static_cast<unsigned>(Discovery::frpla));
static_assert(static_cast<unsigned>(Attempt::rtla) == static_cast<unsigned>(Discovery::rtla));
static_assert(static_cast<unsigned>(Attempt::dupip) == static_cast<unsigned>(Discovery::dupip));
static_assert(static_cast<unsigned>(Attempt::mttl) == static_cast<unsigned>(Discovery::mttl));

}  // namespace utnt::core
