// SPDX-License-Identifier: BSD-2-Clause
// A pair of hops between which a tunnel may hide, and why: the unit of work that classification hands to revelation.
// Both rule sets use it; fields that only the default set fills say so.
// Source: the TNT specification, section 6; sections 11 #2, #3, #12 for the evidence.
#pragma once

#include <cstdint>

#include "core/events.hpp"
#include "core/marks.hpp"
#include "core/reveal/hop_record.hpp"

namespace utnt::core {

/// Thresholds and switches that decide which pairs are tested.
struct RevealOptions {
  std::uint8_t frpla_min{3};
  std::uint8_t rtla_min{1};
  bool brute_force{false};
};

struct RevelationTest {
  AddressRef start{};  ///< ingress candidate, or the hop before it when that one is silent
  AddressRef next{};   ///< egress candidate (DUPIP: the hop behind it), and first target
  std::uint16_t start_index{0};
  std::uint16_t next_index{0};
  std::uint8_t first_ttl{1};  ///< of the revelation traces
  Trigger trigger{Trigger::none};
  bool ingress_is_silent{false};
  // Default rule set only:
  bool try_buddy{false};  ///< a hidden UHP egress is possible: try the buddy of `next` when all else reveals nothing
  std::uint8_t group{0};  ///< tests with the same number explain one signal: the first success settles it; 0 = alone
  bool wants_confirmation{false};  ///< probe `next` again at its TTL with the same flow before revealing
  Evidences evidence{};
  std::uint8_t estimated_lsrs{0};  ///< 0 = no estimate
  std::int16_t rtla{0};
  std::int16_t frpla{0};
  std::uint8_t mttl{0};
};

}  // namespace utnt::core
