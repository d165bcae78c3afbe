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

}  // namespace
}  // namespace utnt::unikernel
