// SPDX-License-Identifier: BSD-2-Clause
// Deadlines live on the monotonic clock while a controller runs, and must survive its end: they are stored as
// wall-clock times together with how the two clocks stood to each other. After a restart on the same boot they are
// turned back by that same relation, so that setting the wall clock moves no deadline; after a reboot the wall clock is
// all there is.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace utnt::fleet {

struct Clocks {
  Instant now;              ///< CLOCK_MONOTONIC
  std::int64_t wall_ns{0};  ///< the same moment, nanoseconds since 1970-01-01 UTC
  std::string domain;       ///< two monotonic times compare when this is equal: boot and time namespace

  [[nodiscard]] std::int64_t to_wall_ns(Instant t) const { return wall_ns + (t - now).ns(); }
  [[nodiscard]] Instant to_instant(std::int64_t wall) const { return now + Duration{wall - wall_ns}; }
};

/// As they stand now.
[[nodiscard]] Clocks read_clocks();

}  // namespace utnt::fleet
