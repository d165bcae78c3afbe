// SPDX-License-Identifier: BSD-2-Clause
#include "base/time.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace utnt {
namespace {

using namespace literals;

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};

TEST(Time, LiteralsAreNanoseconds) {
  EXPECT_EQ((7_ns).ns(), 7);
  EXPECT_EQ((7_us).ns(), 7'000);
  EXPECT_EQ((7_ms).ns(), 7'000'000);
  EXPECT_EQ((7_s).ns(), 7'000'000'000);
}

TEST(Time, DurationsAddSubtractScaleAndCompare) {
  EXPECT_EQ(1_s + 500_ms, 1'500_ms);
  EXPECT_EQ(1_s - 1'500_ms, Duration{-500'000'000});
  EXPECT_EQ(30_ms * 3, 90_ms);
  EXPECT_EQ(1_s / 4, 250_ms);
  EXPECT_LT(999_us, 1_ms);
  EXPECT_LT(Duration{-1}, Duration{});
}

TEST(Time, InstantsDifferByADuration) {
  const Instant start{1'000};
  EXPECT_EQ(start + 5_us, Instant{6'000});
  EXPECT_EQ(start - 1_us, Instant{0});
  EXPECT_EQ((start + 3_s) - start, 3_s);
  EXPECT_LT(start, start + 1_ns);
}

TEST(Time, TwoInstantsDoNotAddAndDoNotMixWithDurations) {
  static_assert(!Addable<Instant, Instant>);
  static_assert(!Addable<Duration, Instant>);
  static_assert(!Comparable<Instant, Duration>);
  static_assert(!std::is_convertible_v<std::int64_t, Duration>);
  static_assert(std::is_same_v<decltype(Instant{} - Instant{}), Duration>);
}

}  // namespace
}  // namespace utnt
