// SPDX-License-Identifier: BSD-2-Clause
// The clock against counters of known speed; what it must show follows from ticks / frequency.
#include "unikernel/tsc_clock.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/prng.hpp"

namespace utnt::unikernel {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t day = 86'400 * second;

/// Both clocks of an imagined machine.
struct Machine {
  double hz;
  std::uint64_t tsc_zero{123'456'789};
  std::uint64_t mono_zero{17 * second};
  [[nodiscard]] std::uint64_t tsc(std::uint64_t ns) const {
    return tsc_zero + static_cast<std::uint64_t>(static_cast<double>(ns) * hz / 1e9);
  }
  [[nodiscard]] std::uint64_t mono(std::uint64_t ns) const { return mono_zero + ns; }
};

std::int64_t error_at(const TscClock& clock, const Machine& machine, std::uint64_t ns) {
  return clock.at(machine.tsc(ns)).ns() - static_cast<std::int64_t>(machine.mono(ns));
}

TEST(TscClock, shows_ticks_over_frequency_when_the_frequency_is_given) {
  for (const double hz : {0.5e9, 1e9, 2.6e9, 8e9}) {
    const Machine machine{hz};
    TscClock clock;
    clock.start(static_cast<std::uint64_t>(hz), machine.tsc(0), machine.mono(0));
    ASSERT_TRUE(clock.is_calibrated());
    for (const std::uint64_t ns : {std::uint64_t{0}, std::uint64_t{1000}, second, 3600 * second, day})
      EXPECT_LE(std::abs(error_at(clock, machine, ns)), static_cast<std::int64_t>(ns / second) + 2) << hz << " " << ns;
  }
}

TEST(TscClock, does_not_believe_impossible_frequencies) {
  for (const std::uint64_t hz :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{499'999'999}, std::uint64_t{8'000'000'001}}) {
    TscClock clock;
    clock.start(hz, 0, 0);
    EXPECT_FALSE(clock.is_calibrated()) << hz;
    EXPECT_TRUE(clock.wants_pair(0));
  }
}

TEST(TscClock, finds_the_speed_from_pairs_20_ms_apart) {
  const Machine machine{2.603e9};
  TscClock clock;
  clock.start(0, machine.tsc(0), machine.mono(0));
  for (std::uint64_t ns = 0; ns < 20'000'000; ns += 100'000) {
    clock.add_pair(machine.tsc(ns), machine.mono(ns));
    EXPECT_FALSE(clock.is_calibrated()) << ns;
  }
  clock.add_pair(machine.tsc(20'000'000), machine.mono(20'000'000));
  ASSERT_TRUE(clock.is_calibrated());
  EXPECT_LE(std::abs(error_at(clock, machine, 20'000'000)), 1);
  EXPECT_LE(std::abs(error_at(clock, machine, second)), 50);
}

TEST(TscClock, keeps_in_step_with_pairs_that_are_a_little_wrong_and_never_goes_back) {
  const Machine machine{2.1e9};
  Prng random{0x7e57};
  TscClock clock;
  clock.start(0, machine.tsc(0), machine.mono(0));
  std::int64_t last = 0;
  std::uint64_t pairs = 0;
  for (std::uint64_t ns = 0; ns < 60 * second; ns += 50'000) {
    const auto tsc = machine.tsc(ns);
    if (clock.wants_pair(tsc)) {
      // The two readings lie up to 2 us apart.
      clock.add_pair(tsc, machine.mono(ns) + random.below(2000));
      ++pairs;
    }
    if (!clock.is_calibrated()) continue;
    const auto shown = clock.at(tsc).ns();
    ASSERT_GE(shown, last) << ns;
    last = shown;
    if (ns > 3 * second) {
      ASSERT_LE(std::abs(error_at(clock, machine, ns)), 5000) << ns;
    }
  }
  // 20 ms at every look, then one a second.
  EXPECT_LE(pairs, 20'000'000 / 50'000 + 1 + 60);
}

TEST(TscClock, comes_back_in_step_from_a_wrong_frequency_without_going_back) {
  for (const double wrong : {0.9, 0.999, 1.0005, 1.1}) {
    const Machine machine{3e9};
    TscClock clock;
    clock.start(static_cast<std::uint64_t>(3e9 * wrong), machine.tsc(0), machine.mono(0));
    std::int64_t last = 0;
    for (std::uint64_t ns = 0; ns < 20 * second; ns += 1'000'000) {
      const auto tsc = machine.tsc(ns);
      if (clock.wants_pair(tsc)) clock.add_pair(tsc, machine.mono(ns));
      const auto shown = clock.at(tsc).ns();
      ASSERT_GE(shown, last) << wrong << " " << ns;
      last = shown;
    }
    EXPECT_LE(std::abs(error_at(clock, machine, 20 * second)), 1000) << wrong;
  }
}

TEST(TscClock, stands_still_for_a_counter_that_lags_behind) {
  TscClock clock;
  clock.start(1'000'000'000, 1000, 5000);
  EXPECT_EQ(clock.at(1000).ns(), 5000);
  EXPECT_EQ(clock.at(900).ns(), 5000);
  EXPECT_EQ(clock.at(1100).ns(), 5100);
}

struct Jump {
  std::int64_t ticks;
  std::int64_t monotonic_ns;
};

/// Runs for 20 s with pairs as the platform takes them, jumps, runs on; the largest error from a second after the jump.
std::int64_t error_after(const Jump& jump) {
  const Machine machine{2e9};
  TscClock clock;
  clock.start(2'000'000'000, machine.tsc(0) + (std::uint64_t{1} << 62), machine.mono(0));
  std::int64_t last = 0, worst = 0;
  for (std::uint64_t ns = 0; ns < 60 * second; ns += 1'000'000) {
    const bool is_after = ns >= 20 * second;
    const auto tsc = machine.tsc(ns) + (std::uint64_t{1} << 62) + static_cast<std::uint64_t>(is_after ? jump.ticks : 0);
    const auto mono = machine.mono(ns) + static_cast<std::uint64_t>(is_after ? jump.monotonic_ns : 0);
    if (clock.wants_pair(tsc)) clock.add_pair(tsc, mono);
    const auto shown = clock.at(tsc).ns();
    EXPECT_GE(shown, last) << ns;
    last = shown;
    if (ns >= 21 * second) worst = std::max(worst, std::abs(shown - static_cast<std::int64_t>(mono)));
  }
  return worst;
}

TEST(TscClock, survives_a_counter_that_jumps_and_a_machine_that_was_stopped) {
  constexpr std::int64_t hour_ticks = std::int64_t{3600} * 2'000'000'000, hour_ns = std::int64_t{3600} * 1'000'000'000;
  constexpr std::int64_t microsecond = 1000;
  EXPECT_LT(error_after({0, 0}), microsecond);
  EXPECT_LT(error_after({hour_ticks, 0}), microsecond) << "forwards";
  EXPECT_LT(error_after({-hour_ticks, 0}), microsecond) << "backwards";
  EXPECT_LT(error_after({-10 * std::int64_t{2'000'000'000}, 0}), microsecond) << "to where it has been";
  EXPECT_LT(error_after({-(std::int64_t{1} << 62), 0}), microsecond) << "to its beginning";
  EXPECT_LT(error_after({0, hour_ns}), microsecond) << "the counter stood still for an hour";
  EXPECT_LT(error_after({hour_ticks, hour_ns}), microsecond) << "an hour in which nobody looked";
}

TEST(TscClock, goes_on_alone_when_its_counter_jumps_back) {
  TscClock clock;
  clock.start(1'000'000'000, 5'000'000'000, 0);
  EXPECT_EQ(clock.follow(6'000'000'000).ns(), 1'000'000'000);
  EXPECT_EQ(clock.follow(100).ns(), 1'000'000'000);
  EXPECT_EQ(clock.follow(1'000'100).ns(), 1'001'000'000);
  EXPECT_EQ(clock.follow(500'000'100).ns(), 1'500'000'000);
  EXPECT_EQ(clock.follow(7'000'000'000).ns(), 7'999'999'900) << "forwards: the time in which it was stopped";
}

}  // namespace
}  // namespace utnt::unikernel
