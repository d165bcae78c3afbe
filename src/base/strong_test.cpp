// SPDX-License-Identifier: BSD-2-Clause
#include "base/strong.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <type_traits>

#include "base/units.hpp"

namespace utnt {
namespace {

TEST(Strong, HoldsItsValueAndCompares) {
  EXPECT_EQ(Ttl{64}.value(), 64);
  EXPECT_EQ(Ttl{}.value(), 0);
  EXPECT_LT(Port{80}, Port{443});
  EXPECT_EQ(MplsLabel{16}, MplsLabel{16});
  EXPECT_NE(MplsLabel{16}, MplsLabel{17});
}

TEST(Strong, IsNoIntegerAndNoOtherStrongType) {
  static_assert(!std::is_convertible_v<int, Ttl>);
  static_assert(!std::is_convertible_v<Ttl, int>);
  static_assert(!std::is_constructible_v<Port, Ttl>);
  static_assert(!std::equality_comparable_with<Port, Ttl>);
  static_assert(sizeof(Ttl) == 1 && sizeof(Port) == 2 && sizeof(MplsLabel) == 4);
}

}  // namespace
}  // namespace utnt
