// SPDX-License-Identifier: BSD-2-Clause
// Candidates of the default rules: every pair of hops that may hide a tunnel, each with its evidence and an estimate.
// Rises of the return path over what the hops before let expect replace absolute thresholds, so that asymmetric routes
// cost one test and the decay behind a tunnel costs none.
// Source: the TNT specification, section 11 #1-#4, #11, #12; the decision table in docs/design/reveal-rules.md.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "core/reveal/revelation_test.hpp"

namespace utnt::core {

/// Hops before a rise that may hold the egress because their own replies hide return LSPs.
inline constexpr std::size_t low_initial_run_max = 4;

/// The next test at or after `cursor`, an opaque position that moves past it; start with 0, empty at the end. `hops` is
/// an initial trace after the label pass and must not change between calls. Tests of one `group` explain the same rise:
/// the first that reveals LSRs settles it. frpla_min applies to rises whose shape contradicts a tunnel; others trigger
/// from 1 on. O(hops) per test.
std::optional<RevelationTest> utnt_next_test(std::span<const HopRecord> hops, std::size_t& cursor,
                                             const RevealOptions& options);

/// True when the evidence stands although nothing could be revealed: reported as suspected, with test.estimated_lsrs.
bool is_suspected_tunnel(const RevelationTest& test);

}  // namespace utnt::core
