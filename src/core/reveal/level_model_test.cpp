// SPDX-License-Identifier: BSD-2-Clause
// The model by itself, fed with replies whose excess the test chooses: TNT specification, section 4 (a uniform return
// is a step, a pipe return decays by one per hop) and 11 #2.
#include "core/reveal/level_model.hpp"

#include <gtest/gtest.h>

#include "core/reveal/reveal_test_support.hpp"

namespace utnt::core {
namespace {

/// A 255-initial router at `ttl` whose replies travel `excess` hops more than the probe did.
HopRecord hop_with(int ttl, int excess) {
  HopRecord hop;
  hop.address = AddressRef{static_cast<std::uint32_t>(ttl)};
  hop.kind = ReplyKind::time_exceeded;
  hop.probe_ttl = static_cast<std::uint8_t>(ttl);
  hop.te_ttl = static_cast<std::uint8_t>(256 - ttl - excess);
  hop.er_ttl = hop.te_ttl;
  return hop;
}

class Model {
 public:
  Model& see(int ttl, int excess) {
    const auto hop = hop_with(ttl, excess);
    model_.take(hop, signals_of(hop));
    return *this;
  }
  [[nodiscard]] ReturnLevel at(int ttl) const { return model_.at(ttl); }

 private:
  LevelModel model_;
};

TEST(LevelModel, knows_nothing_before_the_first_hop) { EXPECT_FALSE(Model{}.at(1).known); }

TEST(LevelModel, a_step_stays_where_it_is) {
  Model model;
  model.see(1, 0).see(2, 3).see(3, 3);
  EXPECT_EQ(model.at(4).expected, 3);
  EXPECT_FALSE(model.at(4).decaying);
}

TEST(LevelModel, a_decay_goes_on_by_one_per_hop_down_to_the_level_before_the_rise) {
  Model model;
  model.see(1, 1).see(2, 4).see(3, 3);
  EXPECT_TRUE(model.at(4).decaying);
  EXPECT_EQ(model.at(4).expected, 2);
  EXPECT_EQ(model.at(5).expected, 1);
  EXPECT_EQ(model.at(9).expected, 1);
  EXPECT_EQ(model.at(9).floor, 1);
}

TEST(LevelModel, behind_a_fresh_rise_both_readings_are_open) {
  Model model;
  model.see(1, 0).see(2, 3);
  EXPECT_EQ(model.at(3).expected, 3) << "a step";
  EXPECT_EQ(model.at(3).if_decaying, 2) << "a decay";
}

TEST(LevelModel, a_single_drop_that_no_decay_explains_leaves_the_level_allowed_for_one_hop) {
  Model model;
  model.see(1, 4).see(2, 4).see(3, 0);
  EXPECT_EQ(model.at(4).expected, 4);
  model.see(4, 0);
  EXPECT_EQ(model.at(5).expected, 0);
}

}  // namespace
}  // namespace utnt::core
