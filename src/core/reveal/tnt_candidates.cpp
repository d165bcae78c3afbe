// SPDX-License-Identifier: BSD-2-Clause
// Second pass of the original: the conditions of the specification in their order.
// Source: the TNT specification, section 6, steps 1 to 12.
#include "core/reveal/tnt_candidates.hpp"

#include "core/reveal/mark_sets.hpp"
#include "core/reveal/signals.hpp"

namespace utnt::core {
namespace {

constexpr std::uint8_t first_revelation_ttl(std::uint8_t start_ttl) {
  return start_ttl > 2 ? static_cast<std::uint8_t>(start_ttl - 2) : std::uint8_t{1};
}

const HopRecord* hop_before(std::span<const HopRecord> hops, std::size_t i, std::size_t back) {
  return i < back ? nullptr : &hops[i - back];
}
bool responds(const HopRecord* hop) { return hop != nullptr && !hop->is_silent(); }

struct Ends {
  const HopRecord* start;
  bool ingress_is_silent;
};

/// The ingress candidate of hops[i], by steps 1 to 5; a null start when the hop cannot be tested.
Ends find_ends(std::span<const HopRecord> hops, std::size_t i, bool is_second_of_pair) {
  constexpr Ends none{nullptr, false};
  const HopRecord& hop = hops[i];
  if (hop.is_silent() || hop.reserved || is_lsr(hop)) return none;
  if (is_second_of_pair && (is_egress(hops[i - 1]) || is_lsr(hops[i - 1]))) return none;
  const std::size_t back = is_second_of_pair ? 2 : 1;
  const HopRecord* const ingress = hop_before(hops, i, back);
  const HopRecord* const before = hop_before(hops, i, back + 1);
  if (responds(ingress) && is_lsr(*ingress) && !hop.marks.has(Mark::opaque)) return none;
  // Only one silent hop is tolerated between the anchor and the egress candidate.
  const HopRecord* const start = responds(ingress) ? ingress : before;
  if (!responds(start) || start->reserved || start->address == hop.address) return none;
  return {start, !responds(ingress)};
}

/// The trigger of a hop with usable ends, or nothing.
std::optional<Trigger> find_trigger(std::span<const HopRecord> hops, std::size_t i, bool is_second_of_pair,
                                    const RevealOptions& options) {
  const HopRecord& hop = hops[i];
  if (is_opaque_egress(hop)) return Trigger::mttl;
  if (is_egress(hop) || !hop.is_time_exceeded()) return std::nullopt;
  if (is_second_of_pair) return Trigger::dupip;
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
    const bool is_second_of_pair = i > 0 && !hop.is_silent() && hops[i - 1].address == hop.address;
    const Ends ends = find_ends(hops, i, is_second_of_pair);
    if (ends.start == nullptr) continue;
    const auto trigger = find_trigger(hops, i, is_second_of_pair, options);
    if (!trigger) continue;
    RevelationTest test;
    test.start = ends.start->address;
    test.next = hop.address;
    test.start_index = static_cast<std::uint16_t>(ends.start - hops.data());
    test.next_index = static_cast<std::uint16_t>(i);
    test.first_ttl = first_revelation_ttl(ends.start->probe_ttl);
    test.trigger = *trigger;
    test.ingress_is_silent = ends.ingress_is_silent;
    test.rtla = static_cast<std::int16_t>(rtla(hop));
    test.frpla = static_cast<std::int16_t>(frpla(hop));
    test.mttl = hop.mttl();
    return test;
  }
  return std::nullopt;
}

}  // namespace utnt::core
