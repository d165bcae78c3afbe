// SPDX-License-Identifier: BSD-2-Clause
// The recursion: LSRs found by each trace go to the front of a list that fills its storage from the back.
// Source: the TNT specification, sections 7.1-7.3; 11 #7, #18, #19b.
#include "core/reveal/revelation.hpp"

#include <algorithm>
#include <optional>

#include "base/assert.hpp"
#include "core/reveal/mark_sets.hpp"

namespace utnt::core {
namespace {

/// Index of `address` in `path`; of the second hop when two adjacent ones bear it.
std::optional<std::size_t> find_start(std::span<const HopRecord> path, AddressRef address) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i].address != address) continue;
    return i + 1 < path.size() && path[i + 1].address == address ? i + 1 : i;
  }
  return std::nullopt;
}

Discoveries technique_of(std::span<const HopRecord> lsrs) {
  if (lsrs.size() == 1) return Discovery::brpr;
  const bool same_pair = lsrs.size() == 2 && !lsrs[0].is_silent() && lsrs[0].address == lsrs[1].address;
  return same_pair ? Discovery::brpr : Discovery::dpr;
}

/// After an ordinary trace that revealed nothing, a hidden egress is left as an explanation; a target that cannot be
/// reached says nothing, and the buddy of a PHP egress is an LSR.
bool uses_buddies(const Revelation& r) {
  return r.egress_is_hidden || (r.try_buddy && r.lsp_count == 0 && r.last == Outcome::nothing_revealed);
}

/// No trace can be sent to such an LSR.
bool is_mute(const HopRecord& hop) { return hop.is_silent() || hop.reserved; }

bool contains(std::span<const HopRecord> hops, AddressRef address) {
  return std::ranges::any_of(hops, [address](const HopRecord& hop) { return hop.address == address; });
}

/// How many silent LSRs stand at the front of the list, which the recursion went past.
std::size_t silent_prefix(std::span<const HopRecord> lsp) {
  std::size_t n = 0;
  while (n < lsp.size() && lsp[n].is_silent()) ++n;
  return n;
}

Discoveries stop_discovery(Outcome outcome) {
  switch (outcome) {
    case Outcome::revealed:
      return {};
    case Outcome::nothing_revealed:
      return Discovery::nothing_revealed;
    case Outcome::ingress_not_found:
      return Discovery::ingress_not_found;
    case Outcome::target_not_reached:
      return Discovery::target_not_reached;
  }
  return {};
}

Step finish(Revelation& r, std::span<HopRecord> storage) {
  const auto lsp = revealed_lsp(r, storage);
  if (!lsp.empty()) {
    lsp[0].discoveries.set(stop_discovery(r.last));
    if (r.on_buddy && r.last != Outcome::revealed) lsp[0].discoveries.set(Discovery::stopped_at_buddy);
    // A trace through an LSP of one LSR looks the same whichever way the labels are given out.
    if (lsp.size() == 1 && !lsp[0].discoveries.has(Discovery::buddy)) {
      lsp[0].discoveries.set(Discoveries{Discovery::dpr} | Discovery::brpr);
    }
  }
  return {Step::Action::done, no_address, 0};
}

Step finish_incomplete(Revelation& r, std::span<HopRecord> storage) {
  r.incomplete = true;
  return finish(r, storage);
}

HopRecord make_lsr(const HopRecord& seen, const Revelation& r, Discoveries technique) {
  HopRecord lsr = seen;
  lsr.marks = Marks{Mark::lsr} | (r.trigger == Trigger::mttl ? Mark::opaque : Mark::invisible);
  lsr.discoveries = technique | Discovery::revealed | discovery_of(r.trigger);
  lsr.attempts = {};
  lsr.step = r.step;
  lsr.is_destination = false;
  lsr.egress_ambiguous = false;
  return lsr;
}

/// Puts `lsrs` before the list; those nearest the ingress are lost when it is full.
void prepend(Revelation& r, std::span<const HopRecord> lsrs, Discoveries technique, std::span<HopRecord> storage) {
  for (std::size_t i = lsrs.size(); i-- > 0;) {
    if (r.lsp_count == storage.size() || r.lsp_count == lsp_hops_max) {
      r.list_was_full = true;
      return;
    }
    ++r.lsp_count;
    storage[storage.size() - r.lsp_count] = make_lsr(lsrs[i], r, technique);
  }
}

/// True when the trace shows the LSRs that the recursion went past, and no other.
bool shows_prefix_again(std::span<const HopRecord> prefix, std::span<const HopRecord> lsrs) {
  if (lsrs.size() != prefix.size()) return false;
  for (std::size_t i = 0; i < lsrs.size(); ++i) {
    if (lsrs[i].address != prefix[i].address) return false;
  }
  return true;
}

/// The list is as long as the evidence says, or its front was seen by a trace that shows whole LSPs.
bool front_is_trusted(const Revelation& r, std::span<const HopRecord> lsp) {
  if (lsp.empty()) return false;
  return r.lsp_count == r.estimated_lsrs || lsp.front().discoveries.has(Discovery::dpr);
}

/// Continues at the LSR nearest the ingress, or ends where none can be a target.
Step continue_at_front(Revelation& r, std::size_t new_lsrs, std::span<HopRecord> storage,
                       const RevelationRules& rules) {
  const auto lsp = revealed_lsp(r, storage);
  std::size_t front = 0;
  if (rules.pass_silent_first) {
    while (front < new_lsrs && lsp[front].is_silent()) ++front;
  }
  if (front == new_lsrs || is_mute(lsp[front])) {
    r.incomplete = !(rules.pass_silent_first && front_is_trusted(r, lsp));
    return finish(r, storage);
  }
  const AddressRef target = lsp[front].address;
  const bool seen_before = contains(lsp.subspan(new_lsrs), target);
  const bool is_end = rules.stop_at_ends && (target == r.start || target == r.next);
  if (r.list_was_full || seen_before || is_end || r.step >= rules.steps_max) return finish_incomplete(r, storage);
  r.target = target;
  ++r.step;
  r.on_buddy = false;
  return {Step::Action::trace, target, 0};
}

Step take_lsrs(Revelation& r, const Evaluation& e, std::span<const HopRecord> path, std::span<HopRecord> storage,
               const RevelationRules& rules) {
  UTNT_ASSERT(e.count > 0);
  UTNT_ASSERT(std::size_t{e.first} + e.count <= path.size());
  const auto lsrs = path.subspan(e.first, e.count);
  const auto lsp = revealed_lsp(r, storage);
  const std::size_t passed = rules.pass_silent_first ? silent_prefix(lsp) : 0;
  if (passed != 0) {
    // The trace went to the LSR behind the passed ones: it must show at least as many hops, and may show more.
    if (lsrs.size() < passed) return finish_incomplete(r, storage);
    if (shows_prefix_again(lsp.first(passed), lsrs)) {
      r.last = Outcome::nothing_revealed;
      r.incomplete = !front_is_trusted(r, lsp);
      return finish(r, storage);
    }
    r.lsp_count = static_cast<std::uint8_t>(r.lsp_count - passed);
  }
  const std::size_t before = r.lsp_count;
  if (before == 0 && e.technique.has(Discovery::buddy)) r.egress_is_hidden = true;
  prepend(r, lsrs, e.technique, storage);
  Step step = continue_at_front(r, r.lsp_count - before, storage, rules);
  step.fresh = static_cast<std::uint8_t>(r.lsp_count - before);
  return step;
}

}  // namespace

Revelation begin_revelation(const RevelationTest& test) {
  Revelation r;
  r.start = test.start;
  r.next = test.next;
  r.target = test.next;
  r.trigger = test.trigger;
  r.ingress_is_silent = test.ingress_is_silent;
  r.estimated_lsrs = test.estimated_lsrs;
  r.egress_is_hidden = test.trigger == Trigger::dupip || test.trigger == Trigger::uhp_suspect;
  r.try_buddy = test.try_buddy;
  return r;
}

void place_silent_end(Revelation& revelation, std::span<const HopRecord> path) {
  const bool is_first = revelation.step == 1 && revelation.lsp_count == 0 && revelation.target == revelation.next;
  if (!is_first || !revelation.ingress_is_silent || revelation.egress_is_hidden) return;
  const auto start = find_start(path, revelation.start);
  // start, at least one LSR, the silent egress, next
  if (!start || *start + 3 >= path.size() || path.back().address != revelation.target) return;
  if (!path[path.size() - 2].is_silent()) return;
  // Where both the first and the last hop between are silent, the way back tells: it is longer by the number of LSRs at
  // the egress and by one less at the hop behind it.
  const std::size_t between = path.size() - *start - 2;
  const bool next_is_behind = revelation.estimated_lsrs != 0 && revelation.estimated_lsrs + std::size_t{2} == between;
  if (path[*start + 1].is_silent() && !next_is_behind) return;
  revelation.ingress_is_silent = false;
  revelation.egress_is_silent = true;
}

Evaluation evaluate_ordinary(const Revelation& revelation, std::span<const HopRecord> path) {
  if (path.empty() || path.back().address != revelation.target) return {Outcome::target_not_reached, 0, 0, {}};
  const auto start = find_start(path, revelation.start);
  if (!start) return {Outcome::ingress_not_found, 0, 0, {}};
  const std::size_t ingress = *start + (revelation.ingress_is_silent ? 1 : 0);
  const bool skips_egress = revelation.egress_is_silent && revelation.target == revelation.next;
  const std::size_t last = path.size() - (skips_egress ? 2 : 1);
  if (ingress + 1 >= last) return {Outcome::nothing_revealed, 0, 0, {}};
  const std::size_t count = last - ingress - 1;
  return {Outcome::revealed, static_cast<std::uint16_t>(ingress + 1), static_cast<std::uint16_t>(count),
          technique_of(path.subspan(ingress + 1, count))};
}

Evaluation evaluate_buddy(const Revelation& revelation, std::span<const HopRecord> path, const RevelationRules& rules) {
  if (path.empty() || path.back().is_silent() || path.back().kind != ReplyKind::port_unreachable) {
    return {Outcome::target_not_reached, 0, 0, {}};
  }
  const AddressRef found = path.back().address;
  if (found == revelation.start) return {Outcome::nothing_revealed, 0, 0, {}};
  const bool is_silent_hop =
      revelation.ingress_is_silent && path.size() >= 2 && path[path.size() - 2].address == revelation.start;
  if (rules.know_silent_hop && is_silent_hop) return {Outcome::nothing_revealed, 0, 0, {}};
  const std::size_t back = revelation.ingress_is_silent ? 2 : 1;
  const std::size_t hops_min = back + (rules.accept_first_ttl ? 1 : 2);
  if (path.size() < hops_min || path[path.size() - 1 - back].address != revelation.start) {
    return {Outcome::ingress_not_found, 0, 0, {}};
  }
  if (found == revelation.buddy || found == revelation.next) return {Outcome::nothing_revealed, 0, 0, {}};
  return {Outcome::revealed, static_cast<std::uint16_t>(path.size() - 1), 1, Discovery::buddy};
}

Step advance(Revelation& revelation, const Evaluation& evaluation, std::span<const HopRecord> path,
             std::span<HopRecord> lsp_storage, const RevelationRules& rules) {
  revelation.last = evaluation.outcome;
  if (evaluation.outcome == Outcome::revealed) return take_lsrs(revelation, evaluation, path, lsp_storage, rules);
  if (uses_buddies(revelation) && !revelation.on_buddy) {
    revelation.on_buddy = true;
    return {Step::Action::buddy, revelation.target, 0};
  }
  const bool inconclusive = evaluation.outcome != Outcome::nothing_revealed;
  if (inconclusive && revelation.lsp_count > 0 && !revelation.on_buddy) revelation.incomplete = true;
  return finish(revelation, lsp_storage);
}

std::span<HopRecord> revealed_lsp(const Revelation& revelation, std::span<HopRecord> lsp_storage) {
  UTNT_ASSERT(revelation.lsp_count <= lsp_storage.size());
  return lsp_storage.last(revelation.lsp_count);
}

}  // namespace utnt::core
