// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <stdexcept>

#include "support/property.hpp"

namespace utnt::fleet {
namespace {

// Times by Python's datetime.
constexpr std::int64_t monday_12_34_56 = 1'795'437'296;  // 2026-11-23 12:34:56 UTC

std::int64_t next(std::string_view text, std::int64_t after) { return Schedule::parse(text).next(after); }

TEST(Schedule, ComesAgainEveryFewMinutes) {
  EXPECT_EQ(next("*/5 * * * *", monday_12_34_56), 1'795'437'300);
  EXPECT_EQ(next("*/5 * * * *", 1'795'437'300), 1'795'437'600);
  EXPECT_EQ(next("* * * * *", monday_12_34_56), 1'795'437'300);
  EXPECT_EQ(next("  35,40   12  * * * ", 1'795'437'300), 1'795'437'600);
}

TEST(Schedule, GoesOverTheEndOfAYear) {
  EXPECT_EQ(next("0 0 1 1 *", 1'795'437'296), 1'798'761'600);
  EXPECT_EQ(next("* * * * *", 1'798'761'599), 1'798'761'600);
  EXPECT_EQ(next("0 * * * *", -30), 0);
}

TEST(Schedule, WaitsForLeapDaysEvenThroughACentury) {
  EXPECT_EQ(next("0 0 29 2 *", monday_12_34_56), 1'835'395'200);
  EXPECT_EQ(next("0 0 29 2 *", 3'981'312'000), 4'233'686'400);
}

TEST(Schedule, KnowsDaysOfTheWeekAndTakesEitherKindOfDayWhenBothAreNamed) {
  EXPECT_EQ(next("30 6 * * 5", monday_12_34_56), 1'795'761'000);
  EXPECT_EQ(next("30 6 1 * *", monday_12_34_56), 1'796'106'600);
  EXPECT_EQ(next("30 6 1 * 5", monday_12_34_56), 1'795'761'000);
  EXPECT_EQ(next("30 6 1 * 5", 1'795'761'000), 1'796'106'600);
  EXPECT_EQ(next("30 6 * * 0", 1), next("30 6 * * 7", 1));
}

TEST(Schedule, ThatIsWrongIsRefusedWithTheNameOfTheField) {
  const std::pair<const char*, const char*> cases[]{{"", "schedule"},
                                                    {"* * * *", "schedule"},
                                                    {"* * * * * *", "schedule"},
                                                    {"60 * * * *", "minute"},
                                                    {"*/0 * * * *", "minute"},
                                                    {"5/2 * * * *", "minute"},
                                                    {"5-3 * * * *", "minute"},
                                                    {"1,,2 * * * *", "minute"},
                                                    {"* 24 * * *", "hour"},
                                                    {"* * 0 * *", "day of month"},
                                                    {"* * * 13 *", "month"},
                                                    {"* * * jan *", "month"},
                                                    {"* * * * 8", "day of week"},
                                                    {"0 0 30 2 *", "day of month"},
                                                    {"-1 * * * *", "minute"}};
  for (const auto& [text, field] : cases) {
    try {
      (void)Schedule::parse(text);
      ADD_FAILURE() << text;
    } catch (const std::invalid_argument& problem) {
      EXPECT_THAT(problem.what(), testing::StartsWith(field)) << text;
    }
  }
}

/// Judged by the C library's calendar, minute by minute.
PROPERTY("a schedule's next time is the first that the calendar agrees with", prng) {
  const auto minute = prng.below(60);
  const auto hour = prng.below(24);
  const auto weekday = prng.below(7);
  const auto start = static_cast<std::int64_t>(prng.below(4'000'000'000));
  const auto text = std::to_string(minute) + " " + std::to_string(hour) + " * * " + std::to_string(weekday);
  const auto found = next(text, start);
  EXPECT_GT(found, start);
  EXPECT_LE(found - start, 7 * 86'400);
  for (auto t = (start / 60 + 1) * 60; t <= found; t += 60) {
    const std::time_t seconds = t;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    const bool agrees = utc.tm_min == static_cast<int>(minute) && utc.tm_hour == static_cast<int>(hour) &&
                        utc.tm_wday == static_cast<int>(weekday);
    EXPECT_EQ(agrees, t == found) << text << " at " << t;
  }
}

PROPERTY("a schedule of a month's day falls on it", prng) {
  const auto day = 1 + prng.below(31);
  const auto start = static_cast<std::int64_t>(prng.below(4'000'000'000));
  const std::time_t found = next("0 0 " + std::to_string(day) + " * *", start);
  std::tm utc{};
  gmtime_r(&found, &utc);
  EXPECT_EQ(utc.tm_mday, static_cast<int>(day));
  EXPECT_EQ(utc.tm_hour + utc.tm_min + utc.tm_sec, 0);
  EXPECT_LE(found - start, 62 * 86'400);
}

}  // namespace
}  // namespace utnt::fleet
