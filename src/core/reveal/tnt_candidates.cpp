// SPDX-License-Identifier: BSD-2-Clause
// Second pass of the original: the conditions of the specification in their order.
// Source: the TNT specification, section 6, steps 1 to 12.
#include "core/reveal/tnt_candidates.hpp"

#include "core/reveal/candidate_ends.hpp"
#include "core/reveal/mark_sets.hpp"
#include "core/reveal/signals.hpp"

namespace utnt::core {
namespace {

/// The trigger of a hop with usable ends, or nothing.
std::optional<Trigger> find_trigger(std::span<const HopRecord> hops, std::size_t i, bool is_second,
                                    const RevealOptions& options) {
  const HopRecord& hop = hops[i];
  if (is_opaque_egress(hop)) return Trigger::mttl;
  if (is_egress(hop) || !hop.is_time_exceeded()) return std::nullopt;
  if (is_second) return Trigger::dupip;
  const bool is_first_of_pair =
      i + 1 < hops.size() && hops[i + 1].is_time_exceeded() && hops[i + 1].address == hop.address;
  if (is_first_of_pair) return std::nullopt;
  if (rtla(hop) >= options.rtla_min) return Trigger::rtla;
  if (frpla(hop) >= options.frpla_min) return Trigger::frpla;
  // The original adds a brute-force test behind a FRPLA test of the same pair; its answer comes from the cache, so one
  // test here says the same.
  if (options.brute_force) return Trigger::none;
  return std::nullopt;
}

}  // namespace

std::optional<RevelationTest> tnt_next_test(std::span<const HopRecord> hops, std::size_t& cursor,
                                            const RevealOptions& options) {
  if (hops.size() < classified_hops_min) return std::nullopt;
  while (cursor < hops.size()) {
    const std::size_t i = cursor++;
    const HopRecord& hop = hops[i];
    const bool is_second = is_second_of_pair(hops, i);
    const auto ends = find_candidate_ends(hops, i);
    if (!ends) continue;
    const auto trigger = find_trigger(hops, i, is_second, options);
    if (!trigger) continue;
    RevelationTest test = make_test(hops, i, *ends, *trigger);
    test.rtla = static_cast<std::int16_t>(rtla(hop));
    test.frpla = static_cast<std::int16_t>(frpla(hop));
    test.mttl = hop.mttl();
    return test;
  }
  return std::nullopt;
}

}  // namespace utnt::core
