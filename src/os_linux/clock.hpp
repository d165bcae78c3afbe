// SPDX-License-Identifier: BSD-2-Clause
// The clock of the Linux programs: Instant counts from CLOCK_MONOTONIC's zero, which no clock adjustment moves.
// Wall-clock time is wanted only for people and files.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace utnt::os_linux {

[[nodiscard]] Instant monotonic_now() noexcept;

/// Nanoseconds since 1970-01-01 00:00 UTC by CLOCK_REALTIME.
[[nodiscard]] std::int64_t wall_clock_ns() noexcept;

/// What to add to an Instant to get wall-clock nanoseconds, at this moment: kept per run, it makes all stamps of the
/// run agree with each other even when the wall clock is set meanwhile.
[[nodiscard]] std::int64_t wall_clock_offset_ns() noexcept;

/// "2026-11-23T05:25:13Z" for wall-clock nanoseconds.
[[nodiscard]] std::string utc_text(std::int64_t wall_clock_nanoseconds);

}  // namespace utnt::os_linux
