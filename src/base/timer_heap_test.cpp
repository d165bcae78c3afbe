// SPDX-License-Identifier: BSD-2-Clause
#include "base/timer_heap.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/prng.hpp"

namespace utnt {
namespace {

class Heap {
 public:
  explicit Heap(std::size_t ids) : nodes_(ids), positions_(ids), heap{nodes_, positions_} {}

 private:
  std::vector<TimerHeap::Node> nodes_;
  std::vector<std::uint32_t> positions_;

 public:
  TimerHeap heap;
};

TEST(TimerHeap, GivesDeadlinesInOrderAndTiesById) {
  Heap h{4};
  h.heap.set(3, Instant{50});
  h.heap.set(1, Instant{20});
  h.heap.set(2, Instant{20});
  EXPECT_EQ(h.heap.earliest(), Instant{20});
  EXPECT_EQ(h.heap.pop_due(Instant{60}), 1U);
  EXPECT_EQ(h.heap.pop_due(Instant{60}), 2U);
  EXPECT_EQ(h.heap.pop_due(Instant{60}), 3U);
  EXPECT_EQ(h.heap.pop_due(Instant{60}), std::nullopt);
}

TEST(TimerHeap, KeepsWhatIsNotDue) {
  Heap h{1};
  h.heap.set(0, Instant{10});
  EXPECT_EQ(h.heap.pop_due(Instant{9}), std::nullopt);
  EXPECT_EQ(h.heap.pop_due(Instant{10}), 0U);
  EXPECT_EQ(h.heap.earliest(), std::nullopt);
}

TEST(TimerHeap, AgreesWithASortedMapUnderRandomChanges) {
  constexpr std::uint32_t ids = 50;
  Heap h{ids};
  std::map<std::uint32_t, Instant> expected;
  Prng prng{42};
  for (int step = 0; step < 20'000; ++step) {
    const auto id = static_cast<std::uint32_t>(prng.below(ids));
    if (prng.chance(1, 4)) {
      h.heap.cancel(id);
      expected.erase(id);
    } else if (prng.chance(1, 3) && !expected.empty()) {
      auto first = expected.begin();
      for (auto it = expected.begin(); it != expected.end(); ++it) {
        if (it->second < first->second) first = it;
      }
      EXPECT_EQ(h.heap.pop_due(Instant{INT64_MAX}), first->first);
      expected.erase(first);
    } else {
      const Instant at{static_cast<std::int64_t>(prng.below(1000))};
      h.heap.set(id, at);
      expected[id] = at;
    }
    ASSERT_EQ(h.heap.earliest().has_value(), !expected.empty());
  }
}

}  // namespace
}  // namespace utnt
