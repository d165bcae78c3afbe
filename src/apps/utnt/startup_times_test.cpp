// SPDX-License-Identifier: BSD-2-Clause
// Clocks made up here: one that is shared, and one of a machine that is a known distance away.
#include "apps/utnt/startup_times.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace utnt::apps {
namespace {

std::optional<std::int64_t> step(const StartupTimes& times, std::string_view name) {
  for (const auto& one : times.steps) {
    if (one.name == name && one.at) return one.at->ns();
  }
  return std::nullopt;
}

/// A start at 1,000,000 on the launcher's clock; the image's clock reads `ahead` less.
tender::RunOutcome outcome_with(std::uint64_t ahead, std::int64_t frame_took) {
  tender::RunOutcome outcome;
  outcome.measured.spawned = Instant{1'000'000};
  outcome.measured.executed = Instant{1'100'000};
  outcome.measured.first_bytes = Instant{1'600'000};
  outcome.measured.ended = Instant{3'000'000};
  abi::Trailer trailer;
  trailer.boot = {.entry_ns = 1'200'000 - ahead,
                  .paging_ns = 1'210'000 - ahead,
                  .clock_ns = 1'220'000 - ahead,
                  .devices_ns = 1'300'000 - ahead};
  trailer.started_ns = 1'310'000 - ahead;
  trailer.first_frame_ns = 1'400'000 - ahead;
  trailer.finished_ns = 2'500'000 - ahead;
  outcome.trailer = trailer;
  outcome.measured.last_bytes = Instant{2'500'000 + frame_took};
  return outcome;
}

TEST(StartupTimes, takes_the_times_of_a_process_as_they_are) {
  const auto times = startup_times(outcome_with(0, 40'000), true);
  EXPECT_EQ(times.late_max.ns(), 0);
  EXPECT_EQ(step(times, "exec"), 1'100'000);
  EXPECT_EQ(step(times, "entry"), 1'200'000);
  EXPECT_EQ(step(times, "devices"), 1'300'000);
  EXPECT_EQ(step(times, "program"), 1'310'000);
  EXPECT_EQ(step(times, "first_frame"), 1'400'000);
  EXPECT_EQ(step(times, "last_record"), 2'540'000);
  EXPECT_EQ(step(times, "exit"), 3'000'000);
  EXPECT_FALSE(step(times, "first_reply")) << "none came";
}

TEST(StartupTimes, lays_the_clock_of_a_machine_over_ours_late_by_the_last_frame_and_within_the_bound) {
  const auto times = startup_times(outcome_with(900'000, 40'000), false);
  EXPECT_EQ(step(times, "entry"), 1'240'000);
  EXPECT_EQ(step(times, "first_frame"), 1'440'000);
  EXPECT_EQ(step(times, "exec"), 1'100'000) << "ours";
  // The machine cannot have begun before its monitor: so far the times may be late, and no further.
  EXPECT_EQ(times.late_max.ns(), 140'000);
  EXPECT_GE(times.late_max.ns(), 40'000) << "what the frame really took";
}

TEST(StartupTimes, knows_nothing_of_a_machine_that_left_no_trailer) {
  auto outcome = outcome_with(900'000, 40'000);
  outcome.trailer.reset();
  const auto times = startup_times(outcome, false);
  EXPECT_FALSE(step(times, "entry"));
  EXPECT_FALSE(step(times, "program"));
  EXPECT_EQ(step(times, "exit"), 3'000'000);
}

}  // namespace
}  // namespace utnt::apps
