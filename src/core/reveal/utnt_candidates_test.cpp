// SPDX-License-Identifier: BSD-2-Clause
// Candidates of the default rules on the rows of the emulator's scenario table (the truth as expectation) and on random
// lines from the forwarding model: every tunnel that shows is tested, and few pairs that hide none.
// Source: the TNT specification, section 11 #2, #3, #11, #12.
#include "core/reveal/utnt_candidates.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/reveal/line_model_test_support.hpp"
#include "core/reveal/mark_sets.hpp"
#include "core/reveal/utnt_label_pass.hpp"
#include "support/property.hpp"

namespace utnt::core {
namespace {

using test::base_line;
using test::cisco;
using test::echo;
using test::juniper;
using test::labelled;
using test::LineModel;
using test::low;
using test::ModelTunnel;
using test::Path;
using test::path_from;
using test::silent;
using test::te;
using test::TtlModel;
using Texts = std::vector<std::string>;

constexpr ModelTunnel pipe_both{.forward = TtlModel::pipe, .back = TtlModel::pipe};
constexpr ModelTunnel uniform_back{.forward = TtlModel::pipe, .back = TtlModel::uniform};

std::vector<RevelationTest> all_tests(Path& hops, const RevealOptions& options = {}) {
  utnt_label_pass(hops);
  std::vector<RevelationTest> tests;
  std::size_t cursor = 0;
  while (const auto t = utnt_next_test(hops, cursor, options)) tests.push_back(*t);
  return tests;
}
/// Every test as "start>next TRIGGER(estimate)", "~" for a silent ingress.
Texts tests_of(Path hops, const RevealOptions& options = {}) {
  Texts texts;
  for (const auto& t : all_tests(hops, options)) {
    constexpr const char* names[] = {"none", "FRPLA", "RTLA", "DUPIP", "MTTL", "UHP"};
    texts.push_back(std::to_string(t.start.value()) + (t.ingress_is_silent ? "~" : ">") +
                    std::to_string(t.next.value()) + " " + names[static_cast<int>(t.trigger)] + "(" +
                    std::to_string(t.estimated_lsrs) + ")");
  }
  return texts;
}

TEST(UtntCandidates, visible_tunnels_and_plain_paths_have_no_test) {  // S1, S2, S4, S5
  EXPECT_EQ(tests_of(base_line(3, {}).trace()), Texts{});
  EXPECT_EQ(tests_of(base_line(3, {.labels_shown = false}).trace()), Texts{});
  EXPECT_EQ(tests_of(base_line(3, {.labels_shown = false, .quotes_rewritten = true}).trace()), Texts{})
      << "the original spends two tests here";
  auto plain = base_line(3, {});
  plain.tunnels.clear();
  EXPECT_EQ(tests_of(plain.trace()), Texts{});
}

TEST(UtntCandidates, an_invisible_tunnel_of_any_length_is_one_test_with_its_length) {  // S7-S12
  for (int n = 1; n <= 8; ++n) {
    const auto next = std::to_string(n + 3);
    const auto estimate = "(" + std::to_string(n) + ")";
    EXPECT_EQ(tests_of(base_line(n, pipe_both, cisco, 4).trace()), Texts{"2>" + next + " FRPLA" + estimate});
    EXPECT_EQ(tests_of(base_line(n, pipe_both, juniper, 4).trace()), Texts{"2>" + next + " RTLA" + estimate});
  }
}

TEST(UtntCandidates, rtla_that_decays_behind_a_tunnel_is_explained) {
  auto model = base_line(6, pipe_both, juniper, 4);
  for (auto& router : model.routers) router = juniper;
  EXPECT_EQ(tests_of(model.trace()), Texts{"2>9 RTLA(6)"});
}

TEST(UtntCandidates, a_uniform_return_raises_every_later_hop_and_is_one_test) {  // S13, S14
  EXPECT_EQ(tests_of(base_line(3, uniform_back, cisco, 3).trace()), Texts{"2>6 FRPLA(3)"});
  EXPECT_EQ(tests_of(base_line(3, uniform_back, juniper, 3).trace()), Texts{"2>6 FRPLA(3)"});
  EXPECT_EQ(tests_of(base_line(3, uniform_back, low, 3).trace())[0], "2>6 FRPLA(3)");
}

TEST(UtntCandidates, a_rise_behind_64_initial_hops_is_tried_on_all_of_them) {  // S15
  auto hops = base_line(3, pipe_both, low).trace();
  EXPECT_EQ(tests_of(hops), (Texts{"6>7 FRPLA(2)", "2>6 FRPLA(3)", "1>2 FRPLA(4)"}));
  const auto tests = all_tests(hops);
  EXPECT_NE(tests[0].group, 0);
  EXPECT_EQ(tests[1].group, tests[0].group);
}

TEST(UtntCandidates, a_rise_may_stay_because_64_initial_hops_hide_a_second_tunnel) {
  test::LineModel model;
  model.routers.assign(5, cisco);  // 1, 2 = PE1, 3 and 4 hidden, 5 = PE2
  model.routers.resize(10, low);   // 6 = PE3, 7 to 9 hidden, 10 = PE4
  model.routers.push_back(cisco);  // 11
  model.routers.push_back(low);    // the destination
  model.tunnels = {{.ingress = 2, .egress = 5, .forward = TtlModel::pipe, .back = TtlModel::pipe},
                   {.ingress = 6, .egress = 10, .forward = TtlModel::pipe, .back = TtlModel::pipe}};
  const auto tests = tests_of(model.trace());
  EXPECT_NE(std::find(tests.begin(), tests.end(), "2>5 FRPLA(2)"), tests.end());
  EXPECT_NE(std::find(tests.begin(), tests.end(), "6>10 FRPLA(3)"), tests.end()) << testing::PrintToString(tests);
  model.routers.insert(model.routers.begin() + 10, low);  // what arrives is less than before, more than a decay leaves
  const auto farther = tests_of(model.trace());
  EXPECT_NE(std::find(farther.begin(), farther.end(), "6>10 FRPLA(3)"), farther.end())
      << testing::PrintToString(farther);
}

TEST(UtntCandidates, asymmetry_costs_one_test_where_it_begins) {  // S33
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 248, 248), te(4, 247, 247), te(5, 246, 246),
                                   te(6, 245, 245), echo(7, 57, 57)})),
            Texts{"2>3 FRPLA(5)"});
  Path hops = path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 248, 248), te(4, 247, 247), te(5, 246, 246)});
  EXPECT_FALSE(is_suspected_tunnel(all_tests(hops)[0])) << "it does not fade as behind a tunnel";
}

TEST(UtntCandidates, a_single_odd_reply_is_noise) {
  EXPECT_EQ(
      tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 251, 251), te(4, 252, 252), te(5, 251, 251)})),
      Texts{});
  EXPECT_EQ(
      tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 245, 245), te(4, 252, 252), te(5, 251, 251)})),
      Texts{"2>3 FRPLA(8)"})
      << "large enough for the threshold, but it wants confirmation";
  Path hops = path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 245, 245), te(4, 252, 252), te(5, 251, 251)});
  EXPECT_TRUE(all_tests(hops)[0].wants_confirmation);
  EXPECT_FALSE(is_suspected_tunnel(all_tests(hops)[0]));
}

TEST(UtntCandidates, a_low_odd_reply_does_not_make_its_successor_a_candidate) {
  EXPECT_EQ(
      tests_of(path_from(1, {te(1, 250, 250), te(2, 249, 249), te(3, 252, 252), te(4, 247, 247), te(5, 246, 246)})),
      Texts{});
}

TEST(UtntCandidates, a_duplicate_pair_is_tested_only_with_the_quotes_of_a_uhp_egress) {  // S17, S35
  auto uhp = pipe_both;
  uhp.uhp = uhp.uhp_back = true;
  EXPECT_EQ(tests_of(base_line(3, uhp).trace()), Texts{"2>7 DUPIP(0)"});
  EXPECT_EQ(tests_of(path_from(
                1, {te(1, 255, 255), te(2, 254, 254), te(4, 252, 252, 0), te(4, 252, 252, 1), te(5, 251, 251)})),
            Texts{})
      << "hop 3 forwarded a TTL of 0";
  EXPECT_EQ(
      tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(7, 253, 253), te(7, 252, 252), te(8, 251, 251)})),
      Texts{})
      << "two replies by different ways";
}

TEST(UtntCandidates, an_opaque_hop_is_tested_even_at_the_end) {  // S28, S29
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, 252), te(7, 250, 250)})),
            Texts{"2>6 MTTL(3)"});
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, 252)})),
            Texts{"2>6 MTTL(3)"});
}

TEST(UtntCandidates, a_silent_ingress_is_bridged) {  // S22
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), silent(), te(6, 250, 250), te(7, 250, 250), echo(8, 60, 60)})),
            Texts{"1~6 FRPLA(3)"});
}

TEST(UtntCandidates, tunnels_in_series_are_tested_all) {  // S31
  LineModel model = base_line(3, pipe_both, juniper);
  model.routers.resize(7);
  for (int i = 0; i < 7; ++i) model.routers.push_back(juniper);
  model.routers.push_back(low);
  model.tunnels.push_back(pipe_both);
  model.tunnels[1].ingress = 8;
  model.tunnels[1].egress = 13;
  EXPECT_EQ(tests_of(model.trace()), (Texts{"2>6 RTLA(3)", "8>13 RTLA(4)"}));
}

LineModel adjacent(ModelTunnel first, ModelTunnel second, test::ModelRouter kind) {
  LineModel model;
  for (int i = 0; i < 12; ++i) model.routers.push_back(kind);
  model.routers.push_back(low);
  first.ingress = 2;
  first.egress = second.ingress = 6;
  second.egress = 10;
  model.tunnels = {first, second};
  return model;
}

TEST(UtntCandidates, an_invisible_tunnel_beside_an_explicit_one) {  // S32
  EXPECT_EQ(tests_of(adjacent(pipe_both, {}, cisco).trace()), Texts{"2>6 FRPLA(3)"});
  EXPECT_EQ(tests_of(adjacent({}, pipe_both, cisco).trace()), Texts{"6>10 FRPLA(3)"});
  EXPECT_EQ(tests_of(adjacent({}, pipe_both, juniper).trace()), Texts{"6>10 RTLA(3)"});
  EXPECT_EQ(tests_of(adjacent({.back = TtlModel::pipe}, pipe_both, cisco).trace()), Texts{"6>10 FRPLA(3)"})
      << "the excess should have fallen behind the explicit tunnel, and did not";
}

TEST(UtntCandidates, rtla_that_a_visible_tunnel_leaves_is_no_candidate) {
  for (const auto& core : {cisco, juniper, low}) {
    auto model = base_line(5, {.back = TtlModel::pipe}, core, 5);
    for (std::size_t i = 7; i < 12; ++i) model.routers[i] = juniper;
    EXPECT_EQ(tests_of(model.trace()), Texts{});
  }
}

TEST(UtntCandidates, a_tunnel_that_begins_where_another_ends_keeps_the_excess_up) {
  auto hops = adjacent(pipe_both, pipe_both, cisco).trace();
  EXPECT_EQ(tests_of(hops), (Texts{"2>6 FRPLA(3)", "6>10 FRPLA(3)"}));
}

TEST(UtntCandidates, a_labelled_hop_that_answers_twice_hides_an_egress_before_it) {
  auto uhp = pipe_both;
  uhp.uhp = uhp.uhp_back = true;
  auto hops = adjacent(uhp, {}, cisco).trace();
  EXPECT_EQ(tests_of(hops), Texts{"2>7 DUPIP(0)"});
  utnt_label_pass(hops);
  EXPECT_EQ(test::mpls_text(hops[2]), "");
  EXPECT_EQ(test::mpls_text(hops[3]), "[MPLS,EXP,LSR]");
}

TEST(UtntCandidates, a_destination_whose_own_reply_rose_is_examined) {
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), test::as_destination(echo(6, 250, 250))})),
            Texts{"2>6 UHP(3)"});
  EXPECT_EQ(tests_of(path_from(1, {te(1, 255, 255), te(2, 254, 254), test::as_destination(echo(6, 62, 62))})), Texts{});
}

TEST(UtntCandidates, a_hidden_uhp_egress_is_looked_for_where_the_return_path_fades) {  // S21
  auto uhp = pipe_both;
  uhp.uhp = true;
  uhp.uhp_pipe = test::UhpPipe::never_decrement;
  auto hops = base_line(3, uhp, cisco, 3).trace();
  const auto tests = all_tests(hops);
  // A second, at hop 10, asks why the excess stops one above where it began: the hidden egress is that one.
  ASSERT_FALSE(tests.empty());
  EXPECT_EQ(tests[0].next.value(), 7U);
  EXPECT_TRUE(tests[0].try_buddy);
}

TEST(UtntCandidates, brute_force_adds_the_pairs_without_evidence) {
  EXPECT_EQ(tests_of(base_line(3, pipe_both).trace(), {.brute_force = true}),
            (Texts{"1>2 none(0)", "2>6 FRPLA(3)", "6>7 none(0)"}));
}

TEST(UtntCandidates, what_shows_but_cannot_be_revealed_is_suspected) {  // weakness 12
  auto hops = base_line(3, pipe_both, cisco, 3).trace();
  EXPECT_TRUE(is_suspected_tunnel(all_tests(hops)[0]));
  hops = base_line(3, pipe_both, juniper, 3).trace();
  EXPECT_TRUE(is_suspected_tunnel(all_tests(hops)[0]));
  hops = path_from(1, {te(1, 255, 64), te(2, 254, 63), te(3, 251, 62), te(4, 252, 61), te(5, 251, 60)});  // S34
  for (const auto& t : all_tests(hops)) EXPECT_FALSE(is_suspected_tunnel(t));
}

PROPERTY("the default candidates cover the invisible tunnels of any line", prng) {
  for (int round = 0; round < 50; ++round) {
    LineModel model;
    const test::ModelRouter kinds[] = {cisco, juniper};
    const auto grow = [&](std::uint64_t count) {
      for (; count > 0; --count) model.routers.push_back(kinds[prng.below(2)]);
    };
    grow(1 + prng.below(3));
    const auto count = 1 + prng.below(2);
    for (std::uint64_t n = count; n > 0; --n) {
      ModelTunnel t;
      t.forward = prng.below(3) == 0 ? TtlModel::uniform : TtlModel::pipe;
      t.back = prng.below(4) == 0 ? TtlModel::uniform : TtlModel::pipe;
      t.ingress = static_cast<int>(model.routers.size());
      const auto core = kinds[prng.below(2)];
      for (std::uint64_t i = 0; i < 2 + prng.below(6); ++i) model.routers.push_back(core);
      t.egress = static_cast<int>(model.routers.size());
      model.tunnels.push_back(t);
      // Far enough for the first tunnel's decay to end: behind a longer one a shorter one is masked.
      grow(9);
    }
    model.routers.push_back(low);
    auto hops = model.trace();
    std::string listing;
    for (const auto& line : test::dump(hops)) listing += line + "\n";
    const auto tests = all_tests(hops);
    std::size_t hidden = 0;
    for (const auto& t : model.tunnels) {
      if (t.forward == TtlModel::uniform || t.egress - t.ingress < 2) continue;
      ++hidden;
      const bool found = std::any_of(tests.begin(), tests.end(), [&](const RevelationTest& test) {
        return test.start.value() == static_cast<std::uint32_t>(t.ingress) &&
               test.next.value() == static_cast<std::uint32_t>(t.egress) &&
               test.estimated_lsrs == t.egress - t.ingress - 1;
      });
      ASSERT_TRUE(found) << t.ingress << "-" << t.egress << "\n" << listing;
    }
    ASSERT_EQ(tests.size(), hidden) << listing;
  }
}

PROPERTY("the default candidates of any hop list have usable ends", prng) {
  for (int round = 0; round < 100; ++round) {
    auto hops = test::any_path([&](std::uint64_t bound) { return prng.below(bound); });
    for (const auto& t : all_tests(hops, {.brute_force = prng.below(2) == 0})) {
      ASSERT_LT(t.start_index, t.next_index);
      ASSERT_LT(t.next_index, hops.size());
      ASSERT_FALSE(hops[t.start_index].is_silent() || hops[t.start_index].reserved);
      ASSERT_FALSE(hops[t.next_index].is_silent() || hops[t.next_index].reserved || is_lsr(hops[t.next_index]));
      ASSERT_NE(t.start, t.next);
      ASSERT_GE(t.first_ttl, 1);
    }
  }
}

}  // namespace
}  // namespace utnt::core
