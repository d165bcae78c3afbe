// SPDX-License-Identifier: BSD-2-Clause
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>

namespace utnt {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return Fail{Error::invalid_argument};
  return n / 2;
}

Result<int> quarter(int n) {
  UTNT_TRY(const auto once, half(n));
  UTNT_TRY(const auto twice, half(once));
  return twice;
}

Result<void> check_even(int n) {
  if (n % 2 != 0) return Fail{Error::malformed};
  return {};
}

Result<int> even_only(int n) {
  UTNT_CHECK(check_even(n));
  return n;
}

TEST(Result, HoldsAValue) {
  const auto r = half(8);
  ASSERT_TRUE(r);
  EXPECT_TRUE(r.has_value());
  EXPECT_EQ(*r, 4);
  EXPECT_EQ(r.value_or(-1), 4);
}

TEST(Result, HoldsAnError) {
  const auto r = half(7);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), Error::invalid_argument);
  EXPECT_EQ(r.value_or(-1), -1);
}

TEST(Result, PassesTheFirstErrorOn) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(7).error(), Error::invalid_argument);
  EXPECT_EQ(quarter(6).error(), Error::invalid_argument);
}

TEST(Result, OfVoidIsSuccessByDefault) {
  EXPECT_TRUE(check_even(2));
  EXPECT_EQ(check_even(3).error(), Error::malformed);
  EXPECT_EQ(*even_only(4), 4);
  EXPECT_EQ(even_only(5).error(), Error::malformed);
}

TEST(Result, LetsTheValueBeChangedInPlace) {
  struct Point {
    int x, y;
  };
  Result<Point> r{Point{1, 2}};
  r->x = 5;
  EXPECT_EQ(r->x, 5);
  EXPECT_EQ((*r).y, 2);
}

TEST(Result, WorksAtCompileTime) {
  constexpr Result<int> r{3};
  static_assert(*r == 3);
  constexpr Result<int> bad{Fail{Error::no_room}};
  static_assert(bad.error() == Error::no_room);
}

TEST(ResultDeathTest, StopsTheProgramWhenTheWrongSideIsRead) {
  EXPECT_DEATH(static_cast<void>(*half(7)), "has_value_");
  EXPECT_DEATH(static_cast<void>(half(8).error()), "has_value_");
  EXPECT_DEATH(static_cast<void>(check_even(2).error()), "has_value_");
}

TEST(Error, HasADescriptionOfItsOwnForEveryValue) {
  std::set<std::string> seen;
  for (std::uint8_t i = 1; i <= static_cast<std::uint8_t>(Error::not_found); ++i) {
    const std::string text = describe(static_cast<Error>(i));
    EXPECT_NE(text, "unknown error") << int{i};
    EXPECT_TRUE(seen.insert(text).second) << text;
  }
}

TEST(Error, DescribesAByteThatNamesNothing) { EXPECT_STREQ(describe(static_cast<Error>(200)), "unknown error"); }

}  // namespace
}  // namespace utnt
