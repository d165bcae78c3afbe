// SPDX-License-Identifier: BSD-2-Clause
// The ends that a test of one hop would have, or none: the same for both rule sets.
// Source: the TNT specification, section 6, steps 1 to 5.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "core/reveal/revelation_test.hpp"

namespace utnt::core {

struct CandidateEnds {
  std::size_t start{0};  ///< index of the ingress, or of the hop before it when that one is silent
  bool ingress_is_silent{false};
};

/// True when hops[i] repeats the address of the hop before it.
inline bool is_second_of_pair(std::span<const HopRecord> hops, std::size_t i) {
  return i > 0 && hops[i - 1].address == hops[i].address && !hops[i].is_silent();
}

/// The ends for hops[i] as egress candidate; none when it is silent, reserved, an LSR, or no usable hop stands before
/// it.
/// With `may_be_lsr` it may be an LSR of the tunnel that begins at a hidden egress.
std::optional<CandidateEnds> find_candidate_ends(std::span<const HopRecord> hops, std::size_t i,
                                                 bool may_be_lsr = false);

/// A test of hops[i] with these ends; evidence is the caller's.
RevelationTest make_test(std::span<const HopRecord> hops, std::size_t i, const CandidateEnds& ends, Trigger trigger);

}  // namespace utnt::core
