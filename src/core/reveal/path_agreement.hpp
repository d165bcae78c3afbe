// SPDX-License-Identifier: BSD-2-Clause
// Whether a revelation trace may be believed: it must have come the way of the original trace up to the ingress, and
// its target must have answered from where it answered before. Otherwise routes changed, or the flow took another
// branch, and merging the two would print a path that never was. Source: the TNT specification, section 11 #4, #5.
#pragma once

#include <cstdint>
#include <span>

#include "core/reveal/revelation.hpp"

namespace utnt::core {

enum class Agreement : std::uint8_t {
  agrees = 0,
  prefix_differs,  ///< another router answered at a TTL before the ingress
  start_moved,     ///< the ingress stands at another TTL
  target_moved,    ///< the target's echo reply has another TTL than the one to its fingerprint ping
};

/// Compares `path`, a trace to `revelation.target` in which start and target were found, with the initial trace
/// `original` (revealed hops not inserted). `target_er_ttl` is the fingerprint of the target, 0 = none.
Agreement compare_with_original(std::span<const HopRecord> original, const Revelation& revelation,
                                std::span<const HopRecord> path, std::uint8_t target_er_ttl);

}  // namespace utnt::core
