// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/duration_text.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace utnt::fleet {
namespace {

TEST(DurationText, ReadsNumbersWithUnits) {
  const std::pair<std::string_view, Duration> cases[]{{"0", 0_s},
                                                      {"10", 10_s},
                                                      {"2.5", 2'500_ms},
                                                      {"2.5s", 2'500_ms},
                                                      {"500ms", 500_ms},
                                                      {"5min", 300_s},
                                                      {"1h", 3'600_s},
                                                      {"0.5h", 1'800_s},
                                                      {"1.000000001", 1'000'000'001_ns},
                                                      {"8784h", 31'622'400_s},
                                                      {"0.1ms", 100_us}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(parse_duration(text), expected) << text;
}

TEST(DurationText, RefusesEverythingElse) {
  for (const std::string_view text : {"", ".", "s", ".5", "5.", "1.2.3", "-1", "+1", "1 s", "1d", "1e3", "0x10",
                                      "8785h", "99999999999999999999", "1S", "\xC2\xB5s"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

}  // namespace
}  // namespace utnt::fleet
