// SPDX-License-Identifier: BSD-2-Clause
// The table of link mates, TNT specification section 7.3 (and emulator scenario S20).
#include "core/reveal/buddy.hpp"

#include <gtest/gtest.h>

namespace utnt::core {
namespace {

using wire::Ipv4Address;

constexpr Ipv4Address at(std::uint8_t last) { return {20, 0, 7, last}; }

TEST(Buddy, positions_0_and_3_must_be_on_a_31_and_need_no_ping) {
  EXPECT_FALSE(buddy_base(at(0)).has_value());
  EXPECT_FALSE(buddy_base(at(3)).has_value());
  for (const bool answered : {false, true}) {
    EXPECT_EQ(buddy_of(at(0), answered), at(1));
    EXPECT_EQ(buddy_of(at(3), answered), at(2));
    EXPECT_FALSE(other_buddy(at(0), answered).has_value());
    EXPECT_FALSE(other_buddy(at(3), answered).has_value());
  }
}

TEST(Buddy, positions_1_and_2_depend_on_the_ping_of_the_base) {
  EXPECT_EQ(buddy_base(at(1)), at(0));
  EXPECT_EQ(buddy_base(at(2)), at(0));
  EXPECT_EQ(buddy_of(at(1), false), at(2));
  EXPECT_EQ(buddy_of(at(1), true), at(0));
  EXPECT_EQ(buddy_of(at(2), false), at(1));
  EXPECT_EQ(buddy_of(at(2), true), at(3));
}

TEST(Buddy, the_other_candidate_is_the_choice_of_the_other_ping_result) {
  for (std::uint8_t last = 40; last < 60; ++last) {
    for (const bool answered : {false, true}) {
      const auto other = other_buddy(at(last), answered);
      if (other) {
        EXPECT_EQ(*other, buddy_of(at(last), !answered));
      }
      EXPECT_NE(buddy_of(at(last), answered), at(last));
    }
  }
}

TEST(Buddy, arithmetic_stays_inside_the_30_at_the_ends_of_the_address_space) {
  EXPECT_EQ(buddy_of(Ipv4Address{0xffffffffU}, false), Ipv4Address{0xfffffffeU});
  EXPECT_EQ(buddy_of(Ipv4Address{0xfffffffeU}, false), Ipv4Address{0xfffffffdU});
  EXPECT_EQ(buddy_of(Ipv4Address{0U}, false), Ipv4Address{1U});
}

}  // namespace
}  // namespace utnt::core
