// SPDX-License-Identifier: BSD-2-Clause
// The second pass: TNT specification section 6, and the trigger columns of the emulator's scenario table.
#include "core/reveal/tnt_candidates.hpp"

#include <gtest/gtest.h>

#include "core/reveal/mark_sets.hpp"
#include "core/reveal/reveal_test_support.hpp"
#include "core/reveal/signals.hpp"
#include "core/reveal/tnt_label_pass.hpp"
#include "support/property.hpp"

namespace utnt::core {
namespace {

using test::as_reserved;
using test::echo;
using test::labelled;
using test::Path;
using test::path_from;
using test::silent;
using test::te;

/// Every test of a trace as "start>next TRIGGER", with "~" for a silent ingress.
std::vector<std::string> tests_of(Path hops, const RevealOptions& options = {}) {
  tnt_label_pass(hops);
  std::vector<std::string> texts;
  std::size_t cursor = 0;
  while (const auto t = tnt_next_test(hops, cursor, options)) {
    constexpr const char* names[] = {"none", "FRPLA", "RTLA", "DUPIP", "MTTL", "UHP"};
    texts.push_back(std::to_string(t->start.value()) + (t->ingress_is_silent ? "~" : ">") +
                    std::to_string(t->next.value()) + " " + names[static_cast<int>(t->trigger)]);
  }
  return texts;
}
using Texts = std::vector<std::string>;

TEST(TntCandidates, a_plain_path_has_no_test) {  // scenario S1
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 253, 253), te(4, 252, 252), te(5, 251, 251),
                                   te(6, 250, 250), te(7, 249, 249), echo(8, 57, 57)})),
            Texts{});
}

TEST(TntCandidates, explicit_tunnels_have_no_test) {  // scenario S2
  EXPECT_EQ(
      tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(3, 247, 253, 1, 1), labelled(4, 248, 252, 2, 1),
                             labelled(5, 249, 251, 3, 1), te(6, 250, 250), te(7, 249, 249), echo(8, 57, 57)})),
      Texts{});
}

TEST(TntCandidates, frpla_triggers_at_the_threshold) {  // scenarios S7 and S10
  const auto path = path_from(1, {te(1, 255, 255), te(2, 254, 254), te(6, 250, 250), te(7, 250, 250), echo(8, 60, 60)});
  EXPECT_EQ(tests_of(path), Texts{"2>6 FRPLA"});
  EXPECT_EQ(tests_of(path, {.frpla_min = 4}), Texts{});
  EXPECT_EQ(tests_of(path, {.frpla_min = 2}), (Texts{"2>6 FRPLA", "6>7 FRPLA"}));
}

TEST(TntCandidates, rtla_goes_before_frpla) {  // scenario S8
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 63), te(6, 250, 62), te(7, 250, 250), echo(8, 60, 60)})),
            Texts{"2>6 RTLA"});
}

TEST(TntCandidates, frpla_triggers_on_a_255_64_router_whose_rtla_is_0) {  // scenario S14
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 63), te(6, 250, 59), te(7, 249, 249), echo(8, 57, 57)})),
            (Texts{"2>6 FRPLA", "6>7 FRPLA"}));
}

TEST(TntCandidates, every_later_hop_with_a_large_frpla_is_a_test_of_its_own) {  // scenario S12
  EXPECT_EQ(
      tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(9, 247, 247), te(10, 247, 247), te(11, 247, 247),
                             te(12, 247, 247), te(13, 247, 247), te(14, 247, 247), echo(15, 54, 54)})),
      (Texts{"2>9 FRPLA", "9>10 FRPLA", "10>11 FRPLA", "11>12 FRPLA"}));
}

TEST(TntCandidates, a_64_64_egress_shows_nothing) {  // scenario S15
  const auto path = path_from(1, {te(1, 64, 64), te(2, 63, 63), te(6, 62, 62), te(7, 250, 250), echo(8, 60, 60)});
  EXPECT_EQ(tests_of(path), Texts{});
  EXPECT_EQ(tests_of(path, {.brute_force = true}), (Texts{"1>2 none", "2>6 none", "6>7 none"}));
}

TEST(TntCandidates, the_second_of_a_duplicate_pair_is_the_test_and_the_first_is_not) {  // scenario S17
  EXPECT_EQ(
      tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(7, 252, 252), te(7, 252, 252), echo(8, 61, 61)})),
      Texts{"2>7 DUPIP"});
}

TEST(TntCandidates, a_duplicate_pair_behind_an_lsr_is_not_tested) {
  EXPECT_EQ(tests_of(path_from(
                1, {te(2, 255, 255), labelled(3, 253, 254, 1, 1), te(7, 252, 252), te(7, 252, 252), te(8, 251, 251)})),
            Texts{})
      << "the first of the pair is the egress of the explicit tunnel";
}

TEST(TntCandidates, an_opaque_egress_is_tested_by_its_label_ttl) {  // scenario S28
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, 252), te(7, 250, 250),
                                   echo(8, 60, 60)})),
            Texts{"2>6 MTTL"});
}

TEST(TntCandidates, an_opaque_hop_at_the_end_is_not_tested) {  // scenario S29
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, 252)})), Texts{});
}

TEST(TntCandidates, one_silent_ingress_is_tolerated_and_two_are_not) {  // scenarios S22 and S23
  const auto one = path_from(1, {te(1, 255, 255), silent(), te(6, 250, 250), te(7, 250, 250), echo(8, 60, 60)});
  EXPECT_EQ(tests_of(one), Texts{"1~6 FRPLA"});
  EXPECT_EQ(tests_of(path_from(1, {silent(), silent(), te(6, 250, 250), te(7, 250, 250), echo(8, 60, 60)})), Texts{});
}

TEST(TntCandidates, reserved_ends_are_not_tested) {  // scenario S40
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), as_reserved(te(2, 254, 0)), te(6, 250, 250), te(7, 251, 251)})),
            Texts{});
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), as_reserved(te(6, 250, 0)), te(7, 251, 251)})),
            Texts{});
  EXPECT_EQ(tests_of(path_from(1, {as_reserved(te(1, 255, 0)), silent(), te(6, 250, 250), te(7, 251, 251)})), Texts{});
}

TEST(TntCandidates, replies_of_the_destination_never_trigger) {  // scenario S44
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), echo(6, 250, 62)})), Texts{});
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), test::port_unreachable(6, 250, 62)})), Texts{});
}

TEST(TntCandidates, rewritten_quotes_cost_two_frpla_tests) {  // scenario S5
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 247, 253), te(4, 248, 252), te(5, 249, 251),
                                   te(6, 250, 250), te(7, 249, 249), echo(8, 57, 57)})),
            (Texts{"2>3 FRPLA", "3>4 FRPLA"}));
}

TEST(TntCandidates, revelation_starts_two_hops_before_the_ingress) {
  auto path = path_from(1, {te(1, 255, 255), te(2, 254, 254), te(6, 250, 250), te(7, 250, 250)});
  std::size_t cursor = 0;
  EXPECT_EQ(tnt_next_test(path, cursor, {})->first_ttl, 1);
  path = path_from(7, {te(1, 249, 249), te(2, 248, 248), te(6, 244, 244), te(7, 244, 244)});
  cursor = 0;
  const auto t = tnt_next_test(path, cursor, {});
  ASSERT_TRUE(t.has_value());
  EXPECT_EQ(t->first_ttl, 6);
  EXPECT_EQ(t->start_index, 1);
  EXPECT_EQ(t->next_index, 2);
}

TEST(TntCandidates, paths_of_less_than_three_hops_are_not_tested) {
  EXPECT_EQ(tests_of(path_from(1, {te(2, 255, 255), te(6, 240, 62)}), {.brute_force = true}), Texts{});
}

PROPERTY("the original rules find usable ends in any hop list", prng) {
  for (int round = 0; round < 100; ++round) {
    auto hops = test::any_path([&](std::uint64_t bound) { return prng.below(bound); });
    tnt_label_pass(hops);
    const RevealOptions options{.brute_force = prng.below(2) == 0};
    std::size_t cursor = 0;
    std::size_t previous = 0;
    while (const auto t = tnt_next_test(hops, cursor, options)) {
      ASSERT_LT(t->next_index, hops.size());
      ASSERT_LT(t->start_index, t->next_index);
      ASSERT_TRUE(previous == 0 || t->next_index > previous);
      previous = t->next_index;
      const auto& start = hops[t->start_index];
      const auto& next = hops[t->next_index];
      ASSERT_FALSE(start.is_silent() || start.reserved);
      ASSERT_FALSE(next.is_silent() || next.reserved || is_lsr(next));
      ASSERT_NE(start.address, next.address);
      ASSERT_GE(t->first_ttl, 1);
      ASSERT_LE(t->first_ttl, start.probe_ttl);
      if (t->trigger == Trigger::rtla) {
        ASSERT_GE(rtla(next), options.rtla_min);
      }
      if (t->trigger == Trigger::frpla) {
        ASSERT_GE(frpla(next), options.frpla_min);
      }
    }
  }
}

}  // namespace
}  // namespace utnt::core
