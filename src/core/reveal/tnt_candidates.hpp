// SPDX-License-Identifier: BSD-2-Clause
// Second pass of the original: which pairs of hops are worth a revelation, in the order of the trace.
// Precedence at one hop: MTTL, DUPIP, RTLA, FRPLA, none (brute force).
// Source: the TNT specification, section 6.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "core/reveal/revelation_test.hpp"

namespace utnt::core {

/// The next test at or after hop `cursor`, which moves past it; start with 0, empty at the end. `hops` is an initial
/// trace after the label pass and must not change between calls. A hop yields at most one test.
std::optional<RevelationTest> tnt_next_test(std::span<const HopRecord> hops, std::size_t& cursor,
                                            const RevealOptions& options);

}  // namespace utnt::core
