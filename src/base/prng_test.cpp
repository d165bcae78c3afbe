// SPDX-License-Identifier: BSD-2-Clause
// Reference outputs: the first five numbers of SplitMix64 from seed 1234567, as published with the algorithm's
// implementations (Rosetta Code, "Pseudo-random numbers/Splitmix64").
#include "base/prng.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "support/property.hpp"

namespace utnt {
namespace {

TEST(Prng, GivesThePublishedNumbersOfSplitMix64) {
  Prng prng{1234567};
  for (const auto expected : {6457827717110365317U, 3203168211198807973U, 9817491932198370423U, 4593380528125082431U,
                              16408922859458223821U}) {
    EXPECT_EQ(prng.next(), expected);
  }
}

TEST(Prng, CanBeUsedAtCompileTime) {
  constexpr auto first = [] { return Prng{1234567}.next(); }();
  static_assert(first == 6457827717110365317U);
}

TEST(Prng, FillsEveryBucketAboutEquallyOften) {
  Prng prng{42};
  std::array<int, 10> count{};
  for (int i = 0; i < 100'000; ++i) ++count[prng.below(10)];
  // Standard deviation 95: 600 away is more than six of them.
  for (const int n : count) EXPECT_NEAR(n, 10'000, 600);
}

TEST(Prng, ChanceIsRightAtItsEnds) {
  Prng prng{7};
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_FALSE(prng.chance(0, 10));
    EXPECT_TRUE(prng.chance(10, 10));
  }
}

TEST(PrngDeathTest, RefusesAnEmptyRange) {
  Prng prng{7};
  EXPECT_DEATH(static_cast<void>(prng.below(0)), "bound > 0");
}

PROPERTY("below stays below its bound, small or large", prng) {
  const auto bound = 1 + (prng.next() >> prng.below(64));
  for (int i = 0; i < 100; ++i) EXPECT_LT(prng.below(bound == 0 ? 1 : bound), bound == 0 ? 1 : bound);
}

PROPERTY("mix64 maps neighbours to different numbers", prng) {
  const auto start = prng.next();
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < 1'000; ++i) seen.insert(mix64(start + i));
  EXPECT_EQ(seen.size(), 1'000U);
}

}  // namespace
}  // namespace utnt
