// SPDX-License-Identifier: BSD-2-Clause
// The transport in memory does the damage that was asked for, and no other.
#include "fleet/transport/memory_link.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace utnt::fleet {
namespace {

Message numbered(std::uint64_t number) { return {.kind = MessageKind::beat, .total = number}; }

std::vector<std::uint64_t> all_received(Link& link) {
  std::vector<std::uint64_t> numbers;
  while (const auto message = link.receive()) numbers.push_back(message->total);
  return numbers;
}

std::vector<std::uint64_t> received_of(std::uint64_t count, const MemoryFaults& faults, MemoryCounts& counts) {
  Instant now;
  MemoryPair pair{now, faults};
  for (std::uint64_t i = 0; i < count; ++i) EXPECT_TRUE(pair.near().send(numbered(i)));
  now = now + Duration{1'000'000'000'000};
  counts = pair.counts();
  return all_received(pair.far());
}

TEST(MemoryLink, without_faults_messages_arrive_in_order_after_the_delay) {
  Instant now;
  MemoryPair pair{now, {.delay = 5_ms}};
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(pair.near().send(numbered(i)));
  EXPECT_FALSE(pair.far().receive());
  ASSERT_EQ(pair.far().wake_at(), now + 5_ms);
  now = now + 5_ms;
  EXPECT_EQ(all_received(pair.far()), (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_FALSE(pair.far().wake_at());
  EXPECT_FALSE(pair.near().receive());
}

TEST(MemoryLink, the_asked_share_is_lost_and_repeated) {
  MemoryCounts counts;
  auto numbers = received_of(900, {.lost_permille = 100, .repeated_permille = 100}, counts);
  EXPECT_NEAR(static_cast<double>(counts.lost), 90, 40);
  EXPECT_NEAR(static_cast<double>(counts.repeated), 81, 40);
  EXPECT_EQ(numbers.size(), 900 - counts.lost + counts.repeated);
  EXPECT_TRUE(std::ranges::is_sorted(numbers));
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  EXPECT_EQ(numbers.size(), 900 - counts.lost);
}

TEST(MemoryLink, late_messages_are_overtaken_and_none_is_missing) {
  MemoryCounts counts;
  auto numbers = received_of(500, {.late_permille = 300, .late_max = 10_ms}, counts);
  EXPECT_GT(counts.late, 50U);
  EXPECT_FALSE(std::ranges::is_sorted(numbers));
  std::ranges::sort(numbers);
  for (std::uint64_t i = 0; i < 500; ++i) EXPECT_EQ(numbers.at(i), i);
}

TEST(MemoryLink, the_same_seed_does_the_same_damage) {
  MemoryCounts counts;
  const MemoryFaults faults{
      .seed = 7, .lost_permille = 200, .repeated_permille = 200, .late_permille = 200, .late_max = 5_ms};
  auto other = faults;
  other.seed = 8;
  EXPECT_EQ(received_of(200, faults, counts), received_of(200, faults, counts));
  EXPECT_NE(received_of(200, faults, counts), received_of(200, other, counts));
}

TEST(MemoryLink, a_planned_cut_closes_both_ends_and_loses_what_is_under_way) {
  Instant now;
  MemoryPair pair{now, {.cut_at = 2}};
  EXPECT_TRUE(pair.near().send(numbered(0)));
  EXPECT_TRUE(pair.far().send(numbered(1)));
  EXPECT_TRUE(pair.near().is_open());
  EXPECT_FALSE(pair.near().send(numbered(2)));
  for (Link* end : {&pair.near(), &pair.far()}) {
    EXPECT_FALSE(end->is_open());
    EXPECT_EQ(end->why(), "cut by the fault plan");
    EXPECT_FALSE(end->receive());
    EXPECT_FALSE(end->send(numbered(3)));
  }
}

}  // namespace
}  // namespace utnt::fleet
