// SPDX-License-Identifier: BSD-2-Clause
// The start of an instance, step by step, on one clock: that of the launcher. A process shares it. A machine has its
// own, which is laid over the launcher's at the one event that both have seen: the program stamps its end just before
// it hands over the last frame of its records, and the launcher stamps that frame's arrival. So every time of the
// machine is late by what the frame took, never early; how late it can be at most follows from the machine's first
// instruction, which cannot be older than its monitor.
#pragma once

#include <array>
#include <optional>

#include "tender/tender.hpp"

namespace utnt::apps {

struct StartupStep {
  const char* name;
  std::optional<Instant> at;  ///< by the launcher's clock; nothing when it did not happen, or nobody saw it
};

struct StartupTimes {
  static constexpr std::size_t step_count = 12;
  std::array<StartupStep, step_count> steps;
  Duration late_max{};  ///< of the times that come from the image; 0 when the clock is shared
};

/// In the order in which they happen.
StartupTimes startup_times(const tender::RunOutcome& outcome, bool shares_clock);

}  // namespace utnt::apps
