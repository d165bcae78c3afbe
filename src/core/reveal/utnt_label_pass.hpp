// SPDX-License-Identifier: BSD-2-Clause
// Marking pass of the default rules: explicit, opaque and implicit tunnels with both ends in their place.
// Differs from the original where that is known to err: ends of implicit and UHP tunnels, odd quoted TTLs, opaque hops
// by more than their label TTL, inferred hops only where the replies leave no other reading.
// Source: the TNT specification, section 11 #9, #10, #13, #22, #24; the decision table in docs/design/reveal-rules.md.
#pragma once

#include <span>

#include "core/reveal/hop_record.hpp"

namespace utnt::core {

/// Marks the hops of an initial trace in place. Shorter paths than classified_hops_min are left alone. O(hops) for each
/// tunnel found.
void utnt_label_pass(std::span<HopRecord> hops);

/// Second part of the label pass, for tests: implicit tunnels that only detours show.
void utnt_detour_pass(std::span<HopRecord> hops);

}  // namespace utnt::core
