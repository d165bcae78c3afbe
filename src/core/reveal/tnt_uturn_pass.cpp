// SPDX-License-Identifier: BSD-2-Clause
// Third marking pass of the original: sums the detours of consecutive hops and marks the sequences that reach three.
// Source: the TNT specification, section 8.
#include "core/reveal/tnt_uturn_pass.hpp"

#include "core/reveal/mark_sets.hpp"
#include "core/reveal/signals.hpp"
#include "core/reveal/tnt_label_pass.hpp"

namespace utnt::core {
namespace {

constexpr int uturn_sum_min = 3;

constexpr int magnitude(int value) { return value < 0 ? -value : value; }

/// A detour that the return LSP of an invisible tunnel does not explain.
bool takes_detour(const HopRecord& hop) { return uturn(hop) != 0 && uturn(hop) != rtla(hop); }
bool is_tagged(const HopRecord& hop) { return is_lsr(hop) || hop.discoveries.has(Discovery::revealed); }

void mark_uturn(HopRecord& hop, Mark role) {
  set_role(hop, role);
  hop.marks.set(Mark::implicit_uturn);
}

/// From the hop before the end of the sequence back to the ingress.
void mark_backwards(std::span<HopRecord> hops, std::size_t end) {
  for (std::size_t i = end; i-- > 0;) {
    HopRecord& hop = hops[i];
    if (hop.is_silent() || is_tagged(hop)) return;
    if (takes_detour(hop)) {
      mark_uturn(hop, Mark::lsr);
      continue;
    }
    if (is_egress(hop) && !hop.marks.has(Mark::opaque) && is_juniper(hop)) {
      tnt_mark_inferred(hop);
    } else {
      hop.marks.set(Marks{Mark::ingress} | Mark::implicit_uturn);
    }
    return;
  }
}

/// Behind the end of the sequence: repeats of its address are LSRs, the first other hop may be the egress.
void mark_egress(std::span<HopRecord> hops, std::size_t end) {
  for (std::size_t i = end + 1; i < hops.size(); ++i) {
    HopRecord& hop = hops[i];
    if (hop.is_silent() || is_tagged(hop)) return;
    if (hop.address == hops[i - 1].address) {
      mark_uturn(hop, Mark::lsr);
      continue;
    }
    if (magnitude(uturn(hop)) >= uturn_sum_min && uturn(hop) != rtla(hop)) return;
    if (hop.marks.has(Mark::ingress) && is_juniper(hop)) {
      tnt_mark_inferred(hop);
    } else {
      hop.marks.set(Marks{Mark::egress} | Mark::implicit_uturn);
    }
    return;
  }
}

void end_sequence(std::span<HopRecord> hops, std::size_t end, int sum) {
  HopRecord& hop = hops[end];
  const bool was_tagged = is_tagged(hop);
  if (sum >= uturn_sum_min) {
    if (!hop.is_silent() && !was_tagged && !is_opaque_egress(hop)) {
      mark_uturn(hop, hop.is_destination ? Mark::egress : Mark::lsr);
    }
    mark_backwards(hops, end);
    if (!was_tagged) mark_egress(hops, end);
    return;
  }
  const bool is_last = end + 1 == hops.size();
  if (is_last && magnitude(uturn(hop)) >= uturn_sum_min && takes_detour(hop) && !hop.is_destination && !is_lsr(hop)) {
    hop.marks.set(Marks{Mark::lsr} | Mark::implicit_uturn);
  }
}

}  // namespace

void tnt_uturn_pass(std::span<HopRecord> hops) {
  if (hops.size() < classified_hops_min) return;
  int sum = 0;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    const HopRecord& hop = hops[i];
    const bool ends = !takes_detour(hop) || i + 1 == hops.size() || is_tagged(hop) || is_opaque_egress(hop);
    if (!ends) {
      sum += magnitude(uturn(hop));
      continue;
    }
    end_sequence(hops, i, sum);
    sum = 0;
  }
}

}  // namespace utnt::core
