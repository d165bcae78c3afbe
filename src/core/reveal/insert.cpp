// SPDX-License-Identifier: BSD-2-Clause
// Insertion of revealed LSRs into a trace, and the marks of both ends.
// Source: the TNT specification, sections 7.2 and 7.4.
#include "core/reveal/insert.hpp"

#include <optional>

#include "core/reveal/mark_sets.hpp"

namespace utnt::core {
namespace {

/// Index of the hop behind which the LSRs belong: the ingress, or the silent hop that stands for it.
std::optional<std::size_t> find_ingress(std::span<const HopRecord> hops, const Revelation& r) {
  for (std::size_t i = 0; i < hops.size(); ++i) {
    if (hops[i].address != r.start) continue;
    if (i + 1 < hops.size() && hops[i + 1].address == r.start) ++i;
    const bool has_silent_end = r.ingress_is_silent || r.egress_is_silent;
    const std::size_t before_next = i + (has_silent_end ? 1 : 0);
    if (before_next + 1 >= hops.size() || hops[before_next + 1].address != r.next) return std::nullopt;
    if (has_silent_end && !hops[before_next].is_silent()) return std::nullopt;
    return r.egress_is_silent ? i : before_next;
  }
  return std::nullopt;
}

Attempts outcome_attempt(Outcome outcome) {
  switch (outcome) {
    case Outcome::revealed:
      return {};
    case Outcome::nothing_revealed:
      return Attempt::nothing_revealed;
    case Outcome::ingress_not_found:
      return Attempt::ingress_not_found;
    case Outcome::target_not_reached:
      return Attempt::target_not_reached;
  }
  return {};
}

void mark_ends(std::span<HopRecord> hops, std::size_t ingress, std::size_t egress, const Revelation& r) {
  const Mark tunnel_class = r.trigger == Trigger::mttl ? Mark::opaque : Mark::invisible;
  const Discoveries trigger = discovery_of(r.trigger);
  const Discoveries incomplete = r.incomplete ? Discoveries{Discovery::incomplete} : Discoveries{};
  if (r.ingress_is_silent) {
    hops[ingress - 1].discoveries.set(Discovery::silent_ingress);
    hops[ingress].discoveries.set(incomplete);
  } else {
    hops[ingress].marks.set(Marks{Mark::ingress} | tunnel_class);
    hops[ingress].discoveries.set(trigger | incomplete);
  }
  HopRecord& end = hops[egress];
  if (r.egress_is_hidden) end.marks.clear(Mark::lsr);
  end.marks.set(Marks{Mark::egress} | tunnel_class);
  end.discoveries.set(trigger);
}

}  // namespace

InsertResult insert_lsp(HopList& list, const Revelation& revelation, std::span<const HopRecord> lsp) {
  UTNT_ASSERT(!lsp.empty());
  const auto ingress = find_ingress(list.hops(), revelation);
  if (!ingress) return {InsertOutcome::path_differs, 0, 0};
  if (list.storage.size() - list.count < lsp.size()) return {InsertOutcome::no_room, 0, 0};
  const std::size_t at = *ingress + 1;
  for (std::size_t i = list.count; i-- > at;) list.storage[i + lsp.size()] = list.storage[i];
  for (std::size_t i = 0; i < lsp.size(); ++i) list.storage[at + i] = lsp[i];
  list.count += lsp.size();
  const std::size_t egress = *ingress + lsp.size() + (revelation.egress_is_hidden ? 0 : 1);
  mark_ends(list.hops(), *ingress, egress, revelation);
  return {InsertOutcome::inserted, static_cast<std::uint16_t>(*ingress), static_cast<std::uint16_t>(egress)};
}

void report_failure(HopRecord& next, const Revelation& revelation) {
  next.attempts = attempt_of(revelation.trigger) | outcome_attempt(revelation.last);
  if (revelation.on_buddy) next.attempts.set(Attempt::buddy);
}

}  // namespace utnt::core
