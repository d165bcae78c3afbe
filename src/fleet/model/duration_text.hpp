// SPDX-License-Identifier: BSD-2-Clause
// Spans of time as people write them in event lists: 10, 2.5s, 500ms, 5min, 1h; a bare number is seconds. Decimal
// fractions are exact, down to a nanosecond.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace utnt::fleet {

/// Of nothing else than digits with at most one point, and a unit; from 0 to 366 days.
std::optional<Duration> parse_duration(std::string_view text);

}  // namespace utnt::fleet
