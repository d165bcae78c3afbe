// SPDX-License-Identifier: BSD-2-Clause
// Spans of time as people write them in event lists: 10, 2.5s, 500ms, 5min, 1h; a bare number is seconds. Decimal
// fractions are exact, down to a nanosecond.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace utnt::fleet {

/// Of nothing else than digits with at most one point, and a unit; from 0 to 366 days.
std::optional<Duration> parse_duration(std::string_view text);

/// For people: "0.4 s", "12 s", "9 min 50 s", "3 h 20 min".
std::string duration_words(Duration duration);

}  // namespace utnt::fleet
