// SPDX-License-Identifier: BSD-2-Clause
// Victims, killed at one place after another, in a world of its own each time; and the figures of it all.
// UTNT_FAULT_WALK=all walks every place under both policies, otherwise every n-th under both in turn.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kill_world.hpp"

namespace utnt::fleet::test {

struct KillTarget {
  Victim victim{Victim::controller};
  std::uint64_t stride{10};
};
/// `worker`: numbers those that go on side by side, from 0.
using KillOnce = std::function<KillOutcome(const KillPlan& plan, unsigned worker)>;

/// `workers`: worlds side by side; most of their time is waiting. Failures are reported to GoogleTest.
void walk_kills(const std::vector<KillTarget>& targets, unsigned workers, const KillOnce& kill_once);

}  // namespace utnt::fleet::test
