// SPDX-License-Identifier: BSD-2-Clause
// The order of destinations: every one once, different from seed to seed, the same for the same seed.
#include "apps/utnt/permutation.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace utnt::apps {
namespace {

std::vector<std::uint64_t> order(std::uint64_t size, std::uint64_t seed) {
  const Permutation permutation{size, seed};
  std::vector<std::uint64_t> out;
  for (std::uint64_t i = 0; i < size; ++i) out.push_back(permutation.at(i));
  return out;
}

TEST(Permutation, visits_every_element_exactly_once_for_every_small_size) {
  for (std::uint64_t size = 1; size <= 300; ++size) {
    std::vector<int> seen(size, 0);
    for (const auto value : order(size, size * 7)) {
      ASSERT_LT(value, size);
      ++seen[value];
    }
    for (const auto times : seen) ASSERT_EQ(times, 1) << "size " << size;
  }
}

TEST(Permutation, visits_every_element_of_a_large_range_exactly_once) {
  constexpr std::uint64_t size = 100'003;
  std::vector<bool> seen(size, false);
  for (const auto value : order(size, 1)) {
    ASSERT_LT(value, size);
    ASSERT_FALSE(seen[value]);
    seen[value] = true;
  }
}

TEST(Permutation, depends_on_the_seed_and_on_nothing_else) {
  EXPECT_EQ(order(1000, 5), order(1000, 5));
  EXPECT_NE(order(1000, 5), order(1000, 6));
}

TEST(Permutation, rarely_keeps_neighbours_together) {
  const auto values = order(10'000, 3);
  int neighbours = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const auto a = values[i - 1];
    const auto b = values[i];
    if ((a > b ? a - b : b - a) < 10) ++neighbours;
  }
  // A random order has about 2 * 9 / 10,000 per pair: 18 in all. 60 is more than nine standard deviations away.
  EXPECT_LT(neighbours, 60);
}

}  // namespace
}  // namespace utnt::apps
