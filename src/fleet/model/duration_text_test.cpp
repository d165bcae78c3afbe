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

TEST(DurationWords, TellPeopleTwoUnitsAtTheMost) {
  const auto words = [](std::int64_t milliseconds) { return duration_words(Duration{milliseconds * 1'000'000}); };
  EXPECT_EQ(words(-5), "0.0 s");
  EXPECT_EQ(words(440), "0.4 s");
  EXPECT_EQ(words(12'400), "12 s");
  EXPECT_EQ(words(59'600), "1 min");
  EXPECT_EQ(words(590'000), "9 min 50 s");
  EXPECT_EQ(words(12'000'000), "3 h 20 min");
  EXPECT_EQ(words(7'200'000), "2 h");
}

}  // namespace
}  // namespace utnt::fleet
