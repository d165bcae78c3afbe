// SPDX-License-Identifier: BSD-2-Clause
// Third marking pass of the original: implicit tunnels seen by the detour of their LSRs' time exceeded messages.
// Runs once, on the final hop list with the revealed hops in it.
// Source: the TNT specification, section 8.
#pragma once

#include <span>

#include "core/reveal/hop_record.hpp"

namespace utnt::core {

/// Marks in place. Shorter paths than classified_hops_min are left alone. O(hops).
void tnt_uturn_pass(std::span<HopRecord> hops);

}  // namespace utnt::core
