// SPDX-License-Identifier: BSD-2-Clause
// Evidence for hidden tunnels, hop by hop, in the order MTTL, DUPIP, RTLA, FRPLA, suspected UHP, brute force.
// Source: the TNT specification, section 11 #2, #3, #4, #11, #12.
#include "core/reveal/utnt_candidates.hpp"

#include <algorithm>

#include "core/reveal/candidate_ends.hpp"
#include "core/reveal/mark_sets.hpp"
#include "core/reveal/return_level.hpp"
#include "core/reveal/utnt_signals.hpp"

namespace utnt::core {
namespace {

using Hops = const LevelledPath&;

constexpr std::uint8_t to_count(int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

/// What speaks for a tunnel that ends at one hop.
struct Finding {
  Trigger trigger{Trigger::none};
  Evidences evidence;
  int estimate{0};
  int rtla{0};
  int rise{0};
  bool wants_confirmation{false};
  bool try_buddy{false};
};

/// A zero-TTL forwarder makes the hop behind it answer twice as well, but the first of the two quotes 0.
bool is_uhp_pair(const HopRecord& first, const HopRecord& second) {
  return first.is_time_exceeded() && second.is_time_exceeded() && first.quoted_ttl == 1 && second.quoted_ttl == 1 &&
         first.te_ttl == second.te_ttl;
}

/// The rise of the return path at hops[i] over what is expected there; also for the destination's own reply.
int rise_at(const HopRecord& hop, const HopSignals& signals, const ReturnLevel& level) {
  return return_excess(hop, signals) - level.expected;
}

/// Rises of replies that hide LSPs show uniform return LSPs only; compared among themselves.
int low_rise_at(Hops hops, std::size_t i, const HopSignals& signals) {
  const int excess = return_excess(hops[i], signals);
  for (std::size_t j = i; j-- > 0;) {
    const auto before = signals_of(hops[j]);
    if (!hops[j].is_time_exceeded() || is_lsr(hops[j]) || is_first_of_pair(hops, j)) continue;
    return excess - return_excess(hops[j], before);
  }
  return excess;
}

std::optional<Finding> find_opaque(const HopRecord& hop) {
  if (!is_opaque_egress(hop)) return std::nullopt;
  Finding f;
  f.trigger = Trigger::mttl;
  f.evidence = Evidences{Evidence::label_stack} | Evidence::mpls_ttl;
  f.estimate = hop.mttl() >= 2 ? 255 - hop.mttl() : 0;
  return f;
}

/// For the second hop of a pair.
std::optional<Finding> find_pair(Hops hops, std::size_t i) {
  if (!is_uhp_pair(hops[i - 1], hops[i])) return std::nullopt;
  Finding f;
  f.trigger = Trigger::dupip;
  f.evidence = Evidence::duplicate_address;
  if (is_lsr(hops[i])) return f;  // its own detour hides the rise
  f.estimate = std::max(rise_at(hops[i], signals_of(hops[i]), hops.level(i)), 0);
  return f;
}

bool hides_return_lsps(const HopRecord& hop) {
  return hop.is_time_exceeded() && !is_lsr(hop) && !is_egress(hop) && !signals_of(hop).shows_return_lsp();
}

/// Hops directly before hops[i] whose replies hide return LSPs: the egress of a rise at hops[i] may be among them.
std::size_t low_run_before(Hops hops, std::size_t i) {
  std::size_t n = 0;
  while (n < low_initial_run_max && n < i && hides_return_lsps(hops[i - 1 - n])) ++n;
  return n;
}

/// RTLA and FRPLA of one time exceeded.
std::optional<Finding> find_rise(Hops hops, std::size_t i, const RevealOptions& options) {
  const HopRecord& hop = hops[i];
  const auto signals = signals_of(hop);
  const auto level = hops.level(i);
  const bool is_high = signals.shows_return_lsp();
  int rise = is_high ? rise_at(hop, signals, level) : low_rise_at(hops, i, signals);
  const int rtla = rtla_of(signals);
  const bool rtla_counts = rtla >= options.rtla_min && rtla > level.hidden_carry && !signals.ambiguous;
  const int rise_if_decaying = rise + level.expected - level.if_decaying;
  const bool may_be_decay = is_high && rise <= 0 && rise_if_decaying > 0;
  if (rise < 1 && !rtla_counts && !may_be_decay) return std::nullopt;
  const auto shape = is_high ? rise_shape(hops, i, level) : RiseShape::unknown;
  // It stays for one hop, then decays: a second tunnel begins where the first ends. Less than the last rise left, and
  // more than its decay across hops that hide it would leave, is explained by a second tunnel alone; the same as before
  // may be, where no hop behind tells.
  const bool is_second =
      rise < 0 || shape == RiseShape::decay || (shape == RiseShape::unknown && low_run_before(hops, i) > 0);
  if (may_be_decay && is_second) rise = rise_if_decaying;
  Finding f;
  f.rise = rise;
  // A hidden tunnel lengthens the way back only, so the excess rises; behind a visible one RTLA alone remains.
  const bool is_left_by_visible = rise <= 0 && rtla <= level.visible_carry;
  if (rtla_counts && !is_left_by_visible) {
    f.trigger = Trigger::rtla;
    f.evidence = Evidence::rtla;
    f.rtla = rtla;
    f.estimate = rtla;
    if (rise > 0) f.evidence.set(Evidence::frpla);
  } else {
    // A rise that the next hop takes back at once is a single odd reply, unless it is large.
    const int rise_min = shape == RiseShape::noise ? std::max<int>(options.frpla_min, 1) : 1;
    if (rise < rise_min) return std::nullopt;
    f.trigger = Trigger::frpla;
    f.evidence = Evidence::frpla;
    f.estimate = is_high ? return_excess(hop, signals) - level.floor : rise;
  }
  if (shape == RiseShape::decay && rise > 0) f.evidence.set(Evidence::frpla_shape);
  f.wants_confirmation = shape == RiseShape::noise || shape == RiseShape::unknown;
  f.try_buddy = shape == RiseShape::decay && rise >= 2;
  return f;
}

/// The destination's own reply rose: it, or a hidden UHP egress before it, is the tail of an LSP.
std::optional<Finding> find_at_destination(Hops hops, std::size_t i) {
  const HopRecord& hop = hops[i];
  if (!hop.is_destination || hop.is_time_exceeded()) return std::nullopt;
  const auto signals = signals_of(hop);
  if (!signals.shows_return_lsp()) return std::nullopt;
  const auto level = hops.level(i);
  const int rise = rise_at(hop, signals, level);
  if (rise < 1) return std::nullopt;
  Finding f;
  f.trigger = Trigger::uhp_suspect;
  f.evidence = Evidence::frpla;
  f.estimate = return_excess(hop, signals) - level.floor;
  f.rise = rise;
  f.wants_confirmation = true;
  f.try_buddy = true;
  return f;
}

std::optional<Finding> find_at(Hops hops, std::size_t i, const RevealOptions& options) {
  const HopRecord& hop = hops[i];
  if (auto f = find_opaque(hop)) return f;
  if (is_egress(hop)) return std::nullopt;
  if (!hop.is_time_exceeded()) return find_at_destination(hops, i);
  if (is_first_of_pair(hops, i)) return std::nullopt;
  if (is_second_of_pair(hops, i)) {
    if (auto f = find_pair(hops, i)) return f;
  }
  auto f = find_rise(hops, i, options);
  if (!f && options.brute_force) return Finding{};
  return f;
}

RevelationTest test_of(Hops hops, std::size_t i, const CandidateEnds& ends, const Finding& f) {
  RevelationTest test = make_test(hops, i, ends, f.trigger);
  test.wants_confirmation = f.wants_confirmation;
  test.try_buddy = f.try_buddy;
  test.evidence = f.evidence;
  test.estimated_lsrs = to_count(f.estimate);
  test.rtla = static_cast<std::int16_t>(f.rtla);
  test.frpla = static_cast<std::int16_t>(f.rise);
  test.mttl = hops[i].mttl();
  return test;
}

bool is_rise(const Finding& f) { return f.trigger == Trigger::frpla || f.trigger == Trigger::rtla; }

/// The test of the pair that ends `back` hops before hops[i], whose replies rose.
std::optional<RevelationTest> test_in_run(Hops hops, std::size_t i, std::size_t back, Finding f,
                                          const RevealOptions& options) {
  const std::size_t egress = i - back;
  // It has a test of its own where its own replies rise.
  if (is_first_of_pair(hops, egress) || find_at(hops, egress, options)) return std::nullopt;
  const auto ends = find_candidate_ends(hops, egress);
  if (!ends) return std::nullopt;
  f.estimate += static_cast<int>(back);
  f.try_buddy = false;
  auto test = test_of(hops, egress, *ends, f);
  test.group = to_count(static_cast<int>(i) + 1);
  return test;
}

/// The test of the pair that ends at hops[i].
std::optional<RevelationTest> test_at(Hops hops, std::size_t i, const RevealOptions& options) {
  // Behind a hidden UHP egress, the first LSR of the next tunnel is the hop that answers twice.
  const bool is_lsr_of_next = is_lsr(hops[i]) && is_second_of_pair(hops, i);
  const auto ends = find_candidate_ends(hops, i, is_lsr_of_next);
  if (!ends) return std::nullopt;
  const auto f = is_lsr_of_next ? find_pair(hops, i) : find_at(hops, i, options);
  if (!f) return std::nullopt;
  auto test = test_of(hops, i, *ends, *f);
  if (is_rise(*f) && low_run_before(hops, i) > 0) test.group = to_count(static_cast<int>(i) + 1);
  return test;
}

/// The next test of a pair that ends `back` or more hops before hops[i]; `back` moves past it.
std::optional<RevelationTest> next_test_in_run(Hops hops, std::size_t i, std::size_t& back,
                                               const RevealOptions& options) {
  if (is_lsr(hops[i])) return std::nullopt;
  const std::size_t run = low_run_before(hops, i);
  if (back > run) return std::nullopt;
  const auto f = find_at(hops, i, options);
  if (!f || !is_rise(*f)) return std::nullopt;
  while (back <= run) {
    if (const auto test = test_in_run(hops, i, back++, *f, options)) return test;
  }
  return std::nullopt;
}

}  // namespace

std::optional<RevelationTest> utnt_next_test(std::span<const HopRecord> hops, std::size_t& cursor,
                                             const RevealOptions& options) {
  constexpr std::size_t places = low_initial_run_max + 1;
  if (hops.size() < classified_hops_min) return std::nullopt;
  const LevelledPath path{hops};
  while (cursor < hops.size() * places) {
    const std::size_t i = cursor / places;
    std::size_t back = cursor % places;
    if (back == 0) {
      ++cursor;
      if (const auto test = test_at(path, i, options)) return test;
      back = 1;
    }
    const auto test = next_test_in_run(path, i, back, options);
    cursor = i * places + (test ? back : places);
    if (test) return test;
  }
  return std::nullopt;
}

bool is_suspected_tunnel(const RevelationTest& test) {
  switch (test.trigger) {
    case Trigger::mttl:
    case Trigger::dupip:
      return true;
    case Trigger::rtla:
    case Trigger::frpla:
      // A single odd reply, one hop longer than usual, has the shape of a tunnel of one LSR.
      return test.evidence.has(Evidence::frpla_shape) && test.estimated_lsrs >= 2;
    case Trigger::uhp_suspect:
    case Trigger::none:
      return false;
  }
  return false;
}

}  // namespace utnt::core
