// SPDX-License-Identifier: BSD-2-Clause
// What earlier hops let expect of the return path: TNT specification section 4 (ideal values) and 11 #2.
#include "core/reveal/return_level.hpp"

#include <gtest/gtest.h>

#include "core/reveal/line_model_test_support.hpp"
#include "core/reveal/utnt_label_pass.hpp"

namespace utnt::core {
namespace {

using test::base_line;
using test::path_from;
using test::te;
using test::TtlModel;

ReturnLevel level_at(const LevelledPath& path, std::size_t i) { return path.level(i); }

TEST(ReturnLevel, nothing_is_known_before_the_first_reply) {
  const auto hops = path_from(1, {te(1, 255, 255), te(2, 254, 254)});
  EXPECT_FALSE(level_at(hops, 0).known);
  EXPECT_TRUE(level_at(hops, 1).known);
  EXPECT_EQ(level_at(hops, 1).expected, 0);
}

TEST(ReturnLevel, asymmetry_that_was_there_before_is_expected) {
  const auto hops = path_from(3, {te(1, 248, 248), te(2, 247, 247), te(3, 246, 246)});
  EXPECT_EQ(level_at(hops, 2).expected, 5);
}

TEST(ReturnLevel, decay_behind_a_tunnel_is_expected_to_go_on_to_its_floor) {
  const auto hops = base_line(3, {.forward = TtlModel::pipe, .back = TtlModel::pipe}, test::cisco, 4).trace();
  EXPECT_EQ(level_at(hops, 2).expected, 0) << "PE2";
  EXPECT_EQ(level_at(hops, 3).expected, 3) << "CE2: the shape is not known yet";
  EXPECT_EQ(level_at(hops, 4).expected, 1);
  EXPECT_EQ(level_at(hops, 5).expected, 0);
  EXPECT_EQ(level_at(hops, 6).expected, 0);
}

TEST(ReturnLevel, a_single_low_reply_does_not_lower_it) {
  const auto hops = path_from(1, {te(1, 250, 250), te(2, 249, 249), te(3, 252, 252), te(4, 247, 247)});
  EXPECT_EQ(level_at(hops, 3).expected, 5);
}

TEST(ReturnLevel, lsrs_of_visible_tunnels_do_not_count_but_tell_of_the_decay_behind_them) {
  auto hops = base_line(3, {}, test::cisco, 3).trace();
  utnt_label_pass(hops);
  EXPECT_EQ(level_at(hops, 6).expected, 0) << "uniform: no decay";
  EXPECT_FALSE(level_at(hops, 6).decaying);
  hops = base_line(3, {.back = TtlModel::pipe}, test::cisco, 3).trace();
  utnt_label_pass(hops);
  EXPECT_EQ(level_at(hops, 6).expected, -1);
  EXPECT_EQ(level_at(hops, 6).floor, -3);
}

TEST(ReturnLevel, rtla_is_carried_behind_a_tunnel) {
  auto model = base_line(4, {.forward = TtlModel::pipe, .back = TtlModel::pipe}, test::juniper, 4);
  const auto hops = model.trace();
  EXPECT_EQ(level_at(hops, 2).hidden_carry, 0);
  EXPECT_EQ(level_at(hops, 3).hidden_carry, 3);
  EXPECT_EQ(level_at(hops, 4).hidden_carry, 2);
}

TEST(ReturnLevel, what_a_visible_tunnel_may_leave_fades_behind_its_egress) {
  auto hops = base_line(3, {}, test::cisco, 3).trace();
  utnt_label_pass(hops);
  EXPECT_EQ(level_at(hops, 5).visible_carry, 3) << "PE2";
  EXPECT_EQ(level_at(hops, 6).visible_carry, 2);
  EXPECT_EQ(level_at(hops, 8).visible_carry, 0);
}

TEST(ReturnLevel, a_first_reply_above_zero_may_be_a_rise_already) {
  const auto hops = path_from(3, {te(1, 248, 248), te(2, 248, 248)});
  EXPECT_EQ(level_at(hops, 1).expected, 5);
  EXPECT_EQ(level_at(hops, 1).if_decaying, 4);
  EXPECT_EQ(level_at(hops, 1).floor, 0);
}

TEST(ReturnLevel, the_shape_of_a_rise_is_read_from_the_next_hop) {
  const auto shape = [](test::Path hops) { return rise_shape(hops, 1, level_at(hops, 1)); };
  EXPECT_EQ(shape(path_from(1, {te(1, 255, 255), te(2, 251, 251), te(3, 251, 251)})), RiseShape::decay);
  EXPECT_EQ(shape(path_from(1, {te(1, 255, 255), te(2, 251, 251), te(3, 250, 250)})), RiseShape::step);
  EXPECT_EQ(shape(path_from(1, {te(1, 255, 255), te(2, 251, 251), te(3, 253, 253)})), RiseShape::noise);
  EXPECT_EQ(shape(path_from(1, {te(1, 255, 255), te(2, 251, 251), te(3, 60, 60)})), RiseShape::unknown);
  EXPECT_EQ(shape(path_from(1, {te(1, 255, 255), te(2, 253, 253), te(3, 253, 253)})), RiseShape::decay) << "one LSR";
}

TEST(ReturnLevel, the_first_of_a_pair_shows_no_level) {
  const auto hops = path_from(1, {te(1, 255, 255), te(7, 252, 252), te(7, 252, 252)});
  EXPECT_TRUE(is_first_of_pair(hops, 1));
  EXPECT_FALSE(is_first_of_pair(hops, 2));
  EXPECT_FALSE(shows_level(hops, 1, signals_of(hops[1])));
  EXPECT_TRUE(shows_level(hops, 2, signals_of(hops[2])));
}

}  // namespace
}  // namespace utnt::core
