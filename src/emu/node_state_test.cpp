// SPDX-License-Identifier: BSD-2-Clause
// Token buckets count exactly, and time that runs backwards does them no harm.
#include "emu/node_state.hpp"

#include <gtest/gtest.h>

namespace utnt::emu {
namespace {

int taken(TokenBucket& bucket, const RateLimit& limit, Instant at, int tries = 100) {
  int n = 0;
  for (int i = 0; i < tries; ++i) n += bucket.take(limit, at) ? 1 : 0;
  return n;
}

TEST(TokenBucket, HoldsItsBurstAndFillsAtItsRate) {
  const RateLimit limit{10, 5, false};
  TokenBucket bucket;
  EXPECT_EQ(taken(bucket, limit, Instant{0}), 5);
  EXPECT_EQ(taken(bucket, limit, Instant{99'999'999}), 0);
  EXPECT_EQ(taken(bucket, limit, Instant{100'000'000}), 1);
  EXPECT_EQ(taken(bucket, limit, Instant{400'000'000}), 3);
  EXPECT_EQ(taken(bucket, limit, Instant{std::int64_t{1} << 62}), 5);
}

TEST(TokenBucket, IgnoresTimeThatRunsBackwards) {
  const RateLimit limit{10, 5, false};
  TokenBucket bucket;
  EXPECT_EQ(taken(bucket, limit, Instant{1'000'000'000}), 5);
  EXPECT_EQ(taken(bucket, limit, Instant{0}), 0);
  EXPECT_EQ(taken(bucket, limit, Instant{1'100'000'000}), 1);
}

TEST(AnswerLimiter, KeepsSourcesApartWhenAskedTo) {
  AnswerLimiter limiter;
  const RateLimit limit{1, 1, true};
  EXPECT_TRUE(limiter.allow(limit, 1, Instant{}));
  EXPECT_FALSE(limiter.allow(limit, 1, Instant{}));
  EXPECT_TRUE(limiter.allow(limit, 2, Instant{}));
  EXPECT_TRUE(limiter.allow({}, 1, Instant{}));
}

}  // namespace
}  // namespace utnt::emu
