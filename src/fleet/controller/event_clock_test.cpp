// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/event_clock.hpp"

#include <gtest/gtest.h>

namespace utnt::fleet {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr Instant start{5 * second};

Instant after(double seconds) { return start + Duration{static_cast<std::int64_t>(seconds * 1e9)}; }

TEST(EventClock, gives_each_event_once_when_its_time_has_come) {
  EventClock clock{parse_event_list("1 targets=192.0.2.1\n3 targets=192.0.2.2\n", "list"), {}, start, 0};
  EXPECT_TRUE(clock.take_due(start).empty());
  EXPECT_EQ(clock.next_at(), after(1));
  ASSERT_EQ(clock.take_due(after(1)).size(), 1U);
  EXPECT_TRUE(clock.take_due(after(2.9)).empty());
  EXPECT_FALSE(clock.is_over());
  const auto last = clock.take_due(after(10));
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].number, 2U);
  EXPECT_TRUE(clock.is_over());
  EXPECT_EQ(clock.next_at(), std::nullopt);
}

TEST(EventClock, passes_over_what_an_earlier_run_has_had) {
  EventClock clock{parse_event_list("1 targets=192.0.2.1\n2 targets=192.0.2.2\n", "list"), {1}, start, 0};
  const auto due = clock.take_due(after(5));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].number, 2U);
}

TEST(EventClock, turns_calendar_times_into_monotonic_ones) {
  // 1970-01-01 00:00:30: the next fifth minute is 270 s away, whatever the wall clock is set to meanwhile.
  EventClock clock{parse_event_list("schedule */5 * * * * targets=192.0.2.1\n", "list"), {}, start, 30 * second};
  EXPECT_EQ(clock.next_at(), after(270));
  const auto first = clock.take_due(after(270));
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(clock.next_at(), after(570));
  const auto second_one = clock.take_due(after(570));
  ASSERT_EQ(second_one.size(), 1U);
  EXPECT_NE(first[0].number, second_one[0].number);
  EXPECT_FALSE(clock.is_over());
}

}  // namespace
}  // namespace utnt::fleet
