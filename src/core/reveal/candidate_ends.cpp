// SPDX-License-Identifier: BSD-2-Clause
// Ends of a test by position.
// Source: the TNT specification, section 6, steps 1 to 5.
#include "core/reveal/candidate_ends.hpp"

#include "core/reveal/mark_sets.hpp"

namespace utnt::core {
namespace {

constexpr std::uint8_t first_revelation_ttl(std::uint8_t start_ttl) {
  return start_ttl > 2 ? static_cast<std::uint8_t>(start_ttl - 2) : std::uint8_t{1};
}

const HopRecord* hop_before(std::span<const HopRecord> hops, std::size_t i, std::size_t back) {
  return i < back ? nullptr : &hops[i - back];
}
bool responds(const HopRecord* hop) { return hop != nullptr && !hop->is_silent(); }

}  // namespace

std::optional<CandidateEnds> find_candidate_ends(std::span<const HopRecord> hops, std::size_t i, bool may_be_lsr) {
  const HopRecord& hop = hops[i];
  const bool is_second = is_second_of_pair(hops, i);
  if (hop.is_silent() || hop.reserved || (is_lsr(hop) && !may_be_lsr)) return std::nullopt;
  if (is_second && (is_egress(hops[i - 1]) || is_lsr(hops[i - 1]))) return std::nullopt;
  const std::size_t back = is_second ? 2 : 1;
  const HopRecord* const ingress = hop_before(hops, i, back);
  const HopRecord* const before = hop_before(hops, i, back + 1);
  if (responds(ingress) && is_lsr(*ingress) && !hop.marks.has(Mark::opaque)) return std::nullopt;
  // Only one silent hop is tolerated between the anchor and the egress candidate.
  const HopRecord* const start = responds(ingress) ? ingress : before;
  if (!responds(start) || start->reserved || start->address == hop.address) return std::nullopt;
  return CandidateEnds{static_cast<std::size_t>(start - hops.data()), !responds(ingress)};
}

RevelationTest make_test(std::span<const HopRecord> hops, std::size_t i, const CandidateEnds& ends, Trigger trigger) {
  const HopRecord& start = hops[ends.start];
  RevelationTest test;
  test.start = start.address;
  test.next = hops[i].address;
  test.start_index = static_cast<std::uint16_t>(ends.start);
  test.next_index = static_cast<std::uint16_t>(i);
  test.first_ttl = first_revelation_ttl(start.probe_ttl);
  test.trigger = trigger;
  test.ingress_is_silent = ends.ingress_is_silent;
  return test;
}

}  // namespace utnt::core
