// SPDX-License-Identifier: BSD-2-Clause
#include "wire/mpls.hpp"

#include <gtest/gtest.h>

#include "support/property.hpp"

namespace utnt::wire {
namespace {

TEST(LabelStackEntry, PlacesItsFieldsAsRfc3032Draws) {
  // 24011 << 12 | 5 << 9 | 1 << 8 | 254
  const LabelStackEntry entry{MplsLabel{24011}, 5, true, Ttl{254}};
  EXPECT_EQ(entry.word(), 0x05dcbbfeU);
  static_assert(LabelStackEntry{MplsLabel{0xfffff}, 7, true, Ttl{255}}.word() == 0xffffffffU);
  static_assert(LabelStackEntry{MplsLabel{1}, 0, false, Ttl{0}}.word() == 0x1000U);
  static_assert(LabelStackEntry{MplsLabel{0}, 1, false, Ttl{0}}.word() == 0x200U);
  static_assert(LabelStackEntry{MplsLabel{0}, 0, true, Ttl{0}}.word() == 0x100U);
}

TEST(LabelStackEntry, KeepsOnlyTheBitsThatFit) {
  const LabelStackEntry entry{MplsLabel{0x100001}, 9, false, Ttl{1}};
  EXPECT_EQ(entry.label(), MplsLabel{1});
  EXPECT_EQ(entry.traffic_class(), 1);
}

PROPERTY("a label stack entry gives back what it was made of", prng) {
  const MplsLabel label{static_cast<std::uint32_t>(prng.below(1U << 20))};
  const auto traffic_class = static_cast<std::uint8_t>(prng.below(8));
  const bool bottom = prng.chance(1, 2);
  const Ttl ttl{static_cast<std::uint8_t>(prng.below(256))};
  const LabelStackEntry entry{LabelStackEntry{label, traffic_class, bottom, ttl}.word()};
  EXPECT_EQ(entry.label(), label);
  EXPECT_EQ(entry.traffic_class(), traffic_class);
  EXPECT_EQ(entry.bottom(), bottom);
  EXPECT_EQ(entry.ttl(), ttl);
}

}  // namespace
}  // namespace utnt::wire
