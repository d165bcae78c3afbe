// SPDX-License-Identifier: BSD-2-Clause
// First marking pass of the original: explicit, opaque and quoted-TTL implicit tunnels that the trace shows by itself.
// Kept exactly, oddities included: the implicit egress lies one hop late, and an inferred hop keeps its trigger bits.
// Source: the TNT specification, section 5.
#pragma once

#include <span>

#include "core/reveal/hop_record.hpp"

namespace utnt::core {

/// Marks the hops of an initial trace in place. Shorter paths than classified_hops_min are left alone. O(hops).
void tnt_label_pass(std::span<HopRecord> hops);

/// Turns a hop into a plain LSR between two tunnels: roles and classes dropped, only the trigger bits survive.
void tnt_mark_inferred(HopRecord& hop);

}  // namespace utnt::core
