// SPDX-License-Identifier: BSD-2-Clause
// Walks the final hop list once; everything about a tunnel is read from the marks of its hops.
// Source: the TNT specification, section 9.2.
#include "core/reveal/tunnels.hpp"

#include "core/reveal/mark_sets.hpp"

namespace utnt::core {
namespace {

using Hops = std::span<const HopRecord>;

bool is_unmarked_silence(const HopRecord& hop) { return hop.is_silent() && !is_lsr(hop); }

/// A silent hop between two LSRs is one of them, unless the quoted TTL starts anew behind it: then it is an LER of
/// both.
bool silence_continues(Hops hops, std::size_t i) {
  if (!is_unmarked_silence(hops[i]) || i == 0 || i + 1 >= hops.size()) return false;
  const HopRecord& before = hops[i - 1];
  const HopRecord& after = hops[i + 1];
  if (!is_lsr(before)) return false;
  if (is_lsr(after)) return before.quoted_ttl <= 1 || after.quoted_ttl > before.quoted_ttl;
  return is_egress(after) && after.marks.has_any(implicit_marks);
}

/// True when the run that ends at egress `i` began at a hop before it.
bool has_run_before(Hops hops, std::size_t i) {
  if (i == 0) return false;
  const HopRecord& before = hops[i - 1];
  return is_lsr(before) || before.marks.has(Mark::ingress) || silence_continues(hops, i - 1);
}

/// First hop of the run that begins at `i`, or `i` + 1 when none does. A silent ingress belongs to the run.
std::size_t run_begin(Hops hops, std::size_t i) {
  const HopRecord& hop = hops[i];
  if (hop.marks.has(Mark::ingress)) return i;
  if (!is_lsr(hop) && !(is_egress(hop) && !has_run_before(hops, i))) return i + 1;
  return i > 0 && is_unmarked_silence(hops[i - 1]) ? i - 1 : i;
}

TunnelClass class_of(Marks marks) {
  if (marks.has(Mark::explicit_)) return TunnelClass::explicit_;
  if (marks.has_any(implicit_marks)) return TunnelClass::implicit;
  if (marks.has(Mark::opaque)) return TunnelClass::opaque;
  if (marks.has(Mark::invisible)) return TunnelClass::invisible_php;
  return TunnelClass::none;
}

bool bears_class(const HopRecord& end, TunnelClass wanted) {
  switch (wanted) {
    case TunnelClass::explicit_:
      return end.marks.has(Mark::explicit_);
    case TunnelClass::implicit:
      return end.marks.has_any(implicit_marks);
    case TunnelClass::opaque:
      return end.marks.has(Mark::opaque);
    case TunnelClass::invisible_php:
    case TunnelClass::invisible_uhp:
      return end.marks.has(Mark::invisible);
    case TunnelClass::none:
    case TunnelClass::inferred:
      return true;
  }
  return true;
}

void count_lsr(TunnelRun& run, const HopRecord& hop) {
  if (run.lsrs < 255) ++run.lsrs;
  if (!is_lsr(hop)) return;
  if (hop.discoveries.has(Discovery::revealed)) {
    if (run.revealed_lsrs < 255) ++run.revealed_lsrs;
    const Trigger trigger = trigger_of(hop.discoveries);
    if (run.revealed_lsrs == 1) run.trigger = trigger;
    if (trigger != run.trigger) run.several_triggers = true;
  }
  if (hop.step > run.steps) run.steps = hop.step;
  if (hop.discoveries.has(Discovery::buddy)) run.has_buddy = true;
  if (is_inferred(hop)) {
    run.has_inferred = true;
    return;
  }
  const TunnelClass seen = class_of(hop.marks);
  if (run.tunnel_class == TunnelClass::none) run.tunnel_class = seen;
  if (seen != run.tunnel_class) run.mixed = true;
}

void read_egress(TunnelRun& run, const HopRecord& hop) {
  run.egress = hop.address;
  if (hop.step > run.steps) run.steps = hop.step;
  if (hop.discoveries.has(Discovery::buddy)) run.has_buddy = true;
  if (run.lsrs == 0) {
    // An LER may bear the class of the tunnel that begins at it as well.
    run.tunnel_class = is_opaque_egress(hop) ? TunnelClass::opaque : class_of(hop.marks);
    run.trigger = trigger_of(hop.discoveries);
  }
}

/// The class, once LSRs and egress are read.
void settle_class(TunnelRun& run, const HopRecord* ingress) {
  if (run.tunnel_class == TunnelClass::none && run.has_inferred) run.tunnel_class = TunnelClass::inferred;
  if (ingress != nullptr && !bears_class(*ingress, run.tunnel_class)) run.mixed = true;
  const bool hidden_egress = run.trigger == Trigger::dupip || run.has_buddy;
  if (run.tunnel_class == TunnelClass::invisible_php && hidden_egress) run.tunnel_class = TunnelClass::invisible_uhp;
}

void settle_completeness(TunnelRun& run, Hops hops) {
  if (hops[run.first_index].discoveries.has(Discovery::incomplete)) {
    run.completeness = Completeness::incomplete;
  } else if (run.tunnel_class == TunnelClass::opaque && run.revealed_lsrs == 0) {
    run.completeness = Completeness::suspected;
  }
}

}  // namespace

std::optional<TunnelRun> next_tunnel(std::span<const HopRecord> hops, std::size_t& cursor) {
  for (; cursor < hops.size(); ++cursor) {
    const std::size_t first = run_begin(hops, cursor);
    if (first > cursor) continue;
    TunnelRun run;
    run.first_index = static_cast<std::uint16_t>(first);
    const HopRecord* const ingress = hops[first].marks.has(Mark::ingress) ? &hops[first] : nullptr;
    if (ingress != nullptr) run.ingress = ingress->address;
    std::size_t i = ingress != nullptr ? first + 1 : cursor;
    const std::size_t first_inner = i;
    while (i < hops.size() && (is_lsr(hops[i]) || silence_continues(hops, i))) count_lsr(run, hops[i++]);
    const bool has_egress = i < hops.size() && is_egress(hops[i]);
    if (has_egress) read_egress(run, hops[i]);
    if (!has_egress && i == first_inner) continue;  // an ingress of nothing
    const bool egress_is_silent = !has_egress && i < hops.size() && hops[i].is_silent();
    run.last_index = static_cast<std::uint16_t>(has_egress || egress_is_silent ? i : i - 1);
    settle_class(run, ingress);
    settle_completeness(run, hops);
    // An LER between two tunnels ends this one and begins the next; a silent one is looked at again as well.
    const bool shared_end = has_egress ? hops[i].marks.has(Mark::ingress) : egress_is_silent;
    cursor = shared_end ? i : std::size_t{run.last_index} + 1;
    return run;
  }
  return std::nullopt;
}

}  // namespace utnt::core
