// SPDX-License-Identifier: BSD-2-Clause
// Judging single revelation traces and the transitions between them: TNT specification sections 7.1-7.3, and the rules
// of section 11 that only the default set has.
#include "core/reveal/revelation.hpp"

#include <gtest/gtest.h>

#include "core/reveal/reveal_test_support.hpp"
#include "support/property.hpp"

namespace utnt::core {
namespace {

using test::as_reserved;
using test::echo;
using test::Path;
using test::path_from;
using test::play;
using test::port_unreachable;
using test::silent;
using test::te;
constexpr auto to_target = Step::Action::trace;
constexpr auto to_buddy = Step::Action::buddy;

RevelationTest test_of(std::uint32_t start, std::uint32_t next, Trigger trigger = Trigger::frpla,
                       bool ingress_is_silent = false) {
  RevelationTest t;
  t.start = AddressRef{start};
  t.next = AddressRef{next};
  t.trigger = trigger;
  t.ingress_is_silent = ingress_is_silent;
  return t;
}
Revelation revelation_of(std::uint32_t start, std::uint32_t next, bool ingress_is_silent = false) {
  return begin_revelation(test_of(start, next, Trigger::frpla, ingress_is_silent));
}
const HopRecord ce1 = te(1, 255, 255);
const HopRecord pe1 = te(2, 254, 254);

TEST(EvaluateOrdinary, a_silent_or_foreign_last_hop_means_target_not_reached) {
  const auto r = revelation_of(2, 6);
  EXPECT_EQ(evaluate_ordinary(r, {}).outcome, Outcome::target_not_reached);
  EXPECT_EQ(evaluate_ordinary(r, path_from(1, {ce1, pe1, silent()})).outcome, Outcome::target_not_reached);
  EXPECT_EQ(evaluate_ordinary(r, path_from(1, {ce1, pe1, te(9, 250, 250)})).outcome, Outcome::target_not_reached);
}

// A silent hop stands between start (2) and next (6) on the trace. Behind a tunnel of N LSRs with a pipe return, RTLA
// is N at the egress and N - 1 one hop further: section 4.
TEST(PlaceSilentEnd, the_way_back_tells_an_egress_from_an_ingress_where_both_ends_of_the_gap_are_silent) {
  const auto path = path_from(1, {ce1, pe1, silent(), te(4, 0, 0), te(5, 0, 0), silent(), echo(6, 0, 0)});
  const auto placed = [&](std::uint8_t estimate, const Path& seen) {
    auto r = revelation_of(2, 6, true);
    r.estimated_lsrs = estimate;
    place_silent_end(r, seen);
    EXPECT_NE(r.egress_is_silent, r.ingress_is_silent);
    return r.egress_is_silent;
  };
  EXPECT_TRUE(placed(2, path)) << "three LSRs and the egress";
  EXPECT_FALSE(placed(3, path)) << "the ingress and three LSRs";
  EXPECT_FALSE(placed(0, path)) << "nothing is known";
  const auto answered = path_from(1, {ce1, pe1, te(3, 0, 0), te(4, 0, 0), te(5, 0, 0), silent(), echo(6, 0, 0)});
  EXPECT_TRUE(placed(3, answered)) << "an ingress that answers is none of the silent";
  const auto last_answers = path_from(1, {ce1, pe1, silent(), te(4, 0, 0), te(5, 0, 0), te(7, 0, 0), echo(6, 0, 0)});
  EXPECT_FALSE(placed(2, last_answers));
}

TEST(EvaluateOrdinary, a_path_without_the_start_means_ingress_not_found) {
  EXPECT_EQ(evaluate_ordinary(revelation_of(2, 6), path_from(1, {ce1, te(9, 254, 254), te(5, 0, 0), echo(6, 250, 250)}))
                .outcome,
            Outcome::ingress_not_found);
}

TEST(EvaluateOrdinary, start_next_to_the_target_means_nothing_revealed) {
  EXPECT_EQ(evaluate_ordinary(revelation_of(2, 6), path_from(1, {ce1, pe1, echo(6, 250, 250)})).outcome,
            Outcome::nothing_revealed);
  EXPECT_EQ(evaluate_ordinary(revelation_of(1, 6, true), path_from(1, {ce1, silent(), echo(6, 250, 250)})).outcome,
            Outcome::nothing_revealed);
  EXPECT_EQ(evaluate_ordinary(revelation_of(1, 6, true), path_from(1, {ce1, echo(6, 250, 250)})).outcome,
            Outcome::nothing_revealed);
}

TEST(EvaluateOrdinary, the_second_of_two_equal_hops_is_the_start) {
  const auto path = path_from(1, {ce1, pe1, pe1, te(5, 251, 251), echo(6, 250, 250)});
  const auto e = evaluate_ordinary(revelation_of(2, 6), path);
  EXPECT_EQ(e.outcome, Outcome::revealed);
  EXPECT_EQ(e.first, 3);
  EXPECT_EQ(e.count, 1);
}

TEST(EvaluateOrdinary, the_number_of_new_hops_names_the_technique) {
  const auto r = revelation_of(2, 6);
  const auto technique = [&](Path lsrs) {
    lsrs.insert(lsrs.begin(), pe1);
    lsrs.push_back(echo(6, 250, 250));
    return evaluate_ordinary(r, path_from(2, lsrs)).technique;
  };
  EXPECT_EQ(technique({te(5, 0, 0)}), Discoveries{Discovery::brpr});
  EXPECT_EQ(technique({silent()}), Discoveries{Discovery::brpr});
  EXPECT_EQ(technique({te(4, 0, 0), te(5, 0, 0)}), Discoveries{Discovery::dpr});
  EXPECT_EQ(technique({te(5, 0, 0), te(5, 0, 0)}), Discoveries{Discovery::brpr});
  EXPECT_EQ(technique({silent(), silent()}), Discoveries{Discovery::dpr});
  EXPECT_EQ(technique({te(3, 0, 0), te(3, 0, 0), te(5, 0, 0)}), Discoveries{Discovery::dpr});
}

Evaluation buddy_evaluation(Path path, bool ingress_is_silent = false,
                            const RevelationRules& rules = tnt_revelation_rules) {
  auto r = begin_revelation(test_of(ingress_is_silent ? 1 : 2, 7, Trigger::dupip, ingress_is_silent));
  r.buddy = AddressRef{107};
  r.on_buddy = true;
  return evaluate_buddy(r, path_from(1, std::move(path)), rules);
}

TEST(EvaluateBuddy, only_a_port_unreachable_reaches_the_buddy) {
  EXPECT_EQ(buddy_evaluation({}).outcome, Outcome::target_not_reached);
  EXPECT_EQ(buddy_evaluation({ce1, pe1, silent()}).outcome, Outcome::target_not_reached);
  EXPECT_EQ(buddy_evaluation({ce1, pe1, te(6, 253, 253)}).outcome, Outcome::target_not_reached);
  EXPECT_EQ(buddy_evaluation({ce1, pe1, echo(6, 253, 253)}).outcome, Outcome::target_not_reached);
}

TEST(EvaluateBuddy, the_start_answering_is_judged_before_the_length_of_the_path) {
  EXPECT_EQ(buddy_evaluation({ce1, port_unreachable(2, 254, 254)}).outcome, Outcome::nothing_revealed);
}

TEST(EvaluateBuddy, the_start_must_stand_directly_before_the_answer) {
  EXPECT_EQ(buddy_evaluation({ce1, te(9, 254, 254), port_unreachable(6, 253, 253)}).outcome,
            Outcome::ingress_not_found);
  EXPECT_EQ(buddy_evaluation({pe1, te(9, 254, 254), port_unreachable(6, 253, 253)}).outcome,
            Outcome::ingress_not_found);
  EXPECT_EQ(buddy_evaluation({te(9, 255, 255), ce1, silent(), port_unreachable(6, 253, 253)}, true).outcome,
            Outcome::revealed);
  EXPECT_EQ(buddy_evaluation({te(9, 255, 255), silent(), ce1, port_unreachable(6, 253, 253)}, true).outcome,
            Outcome::ingress_not_found);
}

TEST(EvaluateBuddy, an_ingress_at_the_first_ttl_is_not_enough_for_the_original) {  // scenario S50
  EXPECT_EQ(buddy_evaluation({pe1, port_unreachable(6, 253, 253)}).outcome, Outcome::ingress_not_found);
  EXPECT_EQ(buddy_evaluation({pe1, port_unreachable(6, 253, 253)}, false, utnt_revelation_rules).outcome,
            Outcome::revealed);
  EXPECT_EQ(buddy_evaluation({ce1, silent(), port_unreachable(6, 253, 253)}, true).outcome, Outcome::ingress_not_found);
  EXPECT_EQ(buddy_evaluation({ce1, silent(), port_unreachable(6, 253, 253)}, true, utnt_revelation_rules).outcome,
            Outcome::revealed);
}

TEST(EvaluateBuddy, who_answers_where_the_trace_is_silent_is_the_silent_hop_and_hides_not) {
  const Path path{te(9, 255, 255), silent(), ce1, port_unreachable(6, 253, 253)};
  EXPECT_EQ(buddy_evaluation(path, true, utnt_revelation_rules).outcome, Outcome::nothing_revealed);
  EXPECT_EQ(
      buddy_evaluation({te(9, 255, 255), te(8, 254, 254), port_unreachable(6, 253, 253)}, true, utnt_revelation_rules)
          .outcome,
      Outcome::ingress_not_found);
}

TEST(EvaluateBuddy, an_answer_from_the_buddy_or_from_next_reveals_nothing) {
  EXPECT_EQ(buddy_evaluation({ce1, pe1, port_unreachable(107, 253, 253)}).outcome, Outcome::nothing_revealed);
  EXPECT_EQ(buddy_evaluation({ce1, pe1, port_unreachable(7, 253, 253)}).outcome, Outcome::nothing_revealed);
  const auto e = buddy_evaluation({ce1, pe1, port_unreachable(6, 253, 253)});
  EXPECT_EQ(e.outcome, Outcome::revealed);
  EXPECT_EQ(e.first, 2);
  EXPECT_EQ(e.count, 1);
  EXPECT_EQ(e.technique, Discoveries{Discovery::buddy});
}

TEST(Revelation, a_reserved_lsr_nearest_the_ingress_ends_it_incomplete) {  // scenario S40
  const auto found =
      play(test_of(2, 6),
           {{to_target, 6, path_from(1, {ce1, pe1, as_reserved(te(4, 252, 0)), te(5, 251, 251), echo(6, 250, 250)})}});
  EXPECT_TRUE(found.revelation.incomplete);
  EXPECT_EQ(found.lsp.size(), 2U);
}

TEST(Revelation, an_lsr_seen_before_ends_it_incomplete) {
  const auto found =
      play(test_of(2, 6), {{to_target, 6, path_from(1, {ce1, pe1, te(5, 251, 251), echo(6, 250, 250)})},
                           {to_target, 5, path_from(1, {ce1, pe1, te(4, 252, 252), echo(5, 251, 251)})},
                           {to_target, 4, path_from(1, {ce1, pe1, te(5, 251, 251), echo(4, 252, 252)})}});
  EXPECT_TRUE(found.revelation.incomplete);
  EXPECT_EQ(found.revelation.last, Outcome::revealed);
}

TEST(Revelation, a_failure_after_some_lsrs_is_incomplete_and_named_on_the_first) {
  const auto found = play(
      test_of(2, 6), {{to_target, 6, path_from(1, {ce1, pe1, te(4, 252, 252), te(5, 251, 251), echo(6, 250, 250)})},
                      {to_target, 4, path_from(1, {ce1, pe1, silent()})}});
  EXPECT_TRUE(found.revelation.incomplete);
  EXPECT_TRUE(found.lsp[0].discoveries.has(Discovery::target_not_reached));
  EXPECT_FALSE(found.lsp[1].discoveries.has(Discovery::target_not_reached));
}

TEST(Revelation, a_failure_on_a_buddy_trace_is_not_incomplete) {
  const auto found =
      play(test_of(2, 7, Trigger::dupip), {{to_target, 7, path_from(1, {ce1, pe1, te(6, 253, 253), echo(7, 252, 252)})},
                                           {to_target, 6, path_from(1, {ce1, pe1, echo(6, 253, 253)})},
                                           {to_buddy, 6, path_from(1, {ce1, pe1, silent()}), 106}});
  EXPECT_FALSE(found.revelation.incomplete);
  EXPECT_TRUE(found.lsp[0].discoveries.has(Discovery::stopped_at_buddy));
  EXPECT_TRUE(found.lsp[0].discoveries.has(Discovery::target_not_reached));
}

TEST(Revelation, each_find_rearms_the_buddy) {
  const auto found =
      play(test_of(2, 7, Trigger::dupip), {{to_target, 7, path_from(1, {ce1, pe1, silent()})},
                                           {to_buddy, 7, path_from(1, {ce1, pe1, port_unreachable(6, 253, 253)}), 107},
                                           {to_target, 6, path_from(1, {ce1, pe1, te(5, 253, 253), echo(6, 253, 253)})},
                                           {to_target, 5, path_from(1, {ce1, pe1, echo(5, 253, 253)})},
                                           {to_buddy, 5, path_from(1, {ce1, pe1, port_unreachable(5, 253, 253)}), 5}});
  EXPECT_EQ(found.lsp.size(), 2U);
  EXPECT_EQ(found.lsp[0].step, 2);
  EXPECT_EQ(found.lsp[1].step, 1);
}

TEST(Revelation, a_single_lsr_found_by_buddy_keeps_its_technique) {
  const auto found =
      play(test_of(2, 7, Trigger::dupip), {{to_target, 7, path_from(1, {ce1, pe1, echo(7, 252, 252)})},
                                           {to_buddy, 7, path_from(1, {ce1, pe1, port_unreachable(6, 253, 253)}), 107},
                                           {to_target, 6, path_from(1, {ce1, pe1, echo(6, 253, 253)})},
                                           {to_buddy, 6, path_from(1, {ce1, port_unreachable(2, 253, 253)}), 106}});
  ASSERT_EQ(found.lsp.size(), 1U);
  EXPECT_TRUE(found.lsp[0].discoveries.has(Discovery::buddy));
  EXPECT_FALSE(found.lsp[0].discoveries.has(Discovery::dpr));
}

TEST(Revelation, an_lsp_longer_than_the_list_is_cut_at_the_ingress_and_incomplete) {
  Path path{ce1, pe1};
  for (std::uint32_t i = 0; i < lsp_hops_max + 5; ++i) path.push_back(te(1000 + i, 200, 200));
  path.push_back(echo(6, 150, 150));
  const auto found = play(test_of(2, 6), {{to_target, 6, path_from(1, path)}});
  EXPECT_TRUE(found.revelation.incomplete);
  EXPECT_TRUE(found.revelation.list_was_full);
  ASSERT_EQ(found.lsp.size(), lsp_hops_max);
  EXPECT_EQ(found.lsp.front().address.value(), 1005U);
}

TEST(UtntRevelation, a_silent_first_lsr_is_passed_and_the_step_counts_once) {
  const auto whole = path_from(1, {ce1, pe1, silent(), te(4, 252, 62), te(5, 251, 62), echo(6, 62, 62)});
  const auto to_p2 = path_from(1, {ce1, pe1, silent(), echo(4, 62, 62)});
  const auto found = play(test_of(2, 6), {{to_target, 6, whole}, {to_target, 4, to_p2}}, utnt_revelation_rules);
  EXPECT_EQ(found.lsp.size(), 3U);
  EXPECT_FALSE(found.revelation.incomplete) << "a trace past the labels shows every hop";
}

TEST(UtntRevelation, a_first_lsr_that_answers_the_second_time_takes_its_place) {
  const auto whole = path_from(1, {ce1, pe1, silent(), te(4, 252, 62), te(5, 251, 62), echo(6, 62, 62)});
  const auto to_p2 = path_from(1, {ce1, pe1, te(3, 253, 62), echo(4, 62, 62)});
  const auto to_p1 = path_from(1, {ce1, pe1, echo(3, 62, 62)});
  const auto found =
      play(test_of(2, 6), {{to_target, 6, whole}, {to_target, 4, to_p2}, {to_target, 3, to_p1}}, utnt_revelation_rules);
  ASSERT_EQ(found.lsp.size(), 3U);
  EXPECT_EQ(found.lsp[0].address.value(), 3U);
  EXPECT_EQ(found.lsp[2].address.value(), 5U);
  EXPECT_FALSE(found.revelation.incomplete);
}

TEST(UtntRevelation, a_step_tells_how_many_lsrs_it_brought) {
  const auto whole = path_from(1, {ce1, pe1, silent(), te(4, 252, 62), te(5, 251, 62), echo(6, 62, 62)});
  const auto to_p2 = path_from(1, {ce1, pe1, te(8, 253, 62), te(3, 253, 62), echo(4, 62, 62)});
  auto r = revelation_of(2, 6);
  Path storage(lsp_hops_max);
  EXPECT_EQ(advance(r, evaluate_ordinary(r, whole), whole, storage, utnt_revelation_rules).fresh, 3);
  const auto step = advance(r, evaluate_ordinary(r, to_p2), to_p2, storage, utnt_revelation_rules);
  EXPECT_EQ(step.fresh, 2) << "the silent LSR made room for two";
  EXPECT_EQ(r.lsp_count, 4);
  EXPECT_EQ(step.target.value(), 8U);
}

TEST(UtntRevelation, a_buddy_is_tried_when_nothing_else_reveals_anything) {
  auto t = test_of(2, 7, Trigger::frpla);
  t.try_buddy = true;
  const auto found = play(t,
                          {{to_target, 7, path_from(1, {ce1, pe1, echo(7, 250, 250)})},
                           {to_buddy, 7, path_from(1, {ce1, pe1, port_unreachable(6, 251, 251)}), 107},
                           {to_target, 6, path_from(1, {ce1, pe1, te(5, 251, 251), echo(6, 251, 251)})},
                           {to_target, 5, path_from(1, {ce1, pe1, echo(5, 251, 251)})},
                           {to_buddy, 5, path_from(1, {ce1, pe1, silent()}), 105}},
                          utnt_revelation_rules);
  EXPECT_TRUE(found.revelation.egress_is_hidden);
  EXPECT_EQ(found.lsp.size(), 2U);
  const auto php = play(t,
                        {{to_target, 7, path_from(1, {ce1, pe1, te(5, 251, 251), echo(7, 250, 250)})},
                         {to_target, 5, path_from(1, {ce1, pe1, echo(5, 251, 251)})}},
                        utnt_revelation_rules);
  EXPECT_FALSE(php.revelation.egress_is_hidden);
}

TEST(UtntRevelation, the_buddy_of_a_target_that_cannot_be_reached_is_not_tried) {  // S26
  auto t = test_of(2, 6, Trigger::frpla);
  t.try_buddy = true;
  const auto found = play(t, {{to_target, 6, path_from(1, {ce1, pe1, silent()})}}, utnt_revelation_rules);
  EXPECT_TRUE(found.lsp.empty());
}

TEST(UtntRevelation, a_reserved_first_lsr_of_a_whole_lsp_is_no_loss) {
  const auto path = path_from(1, {ce1, pe1, as_reserved(te(4, 252, 0)), te(5, 251, 251), echo(6, 250, 250)});
  EXPECT_FALSE(play(test_of(2, 6), {{to_target, 6, path}}, utnt_revelation_rules).revelation.incomplete);
}

TEST(UtntRevelation, a_lone_silent_lsr_is_incomplete_unless_the_estimate_counts_it) {  // scenario S24
  auto t = test_of(2, 6);
  const std::vector<test::ScriptedTrace> script{
      {to_target, 6, path_from(1, {ce1, pe1, te(5, 251, 251), echo(6, 250, 250)})},
      {to_target, 5, path_from(1, {ce1, pe1, silent(), echo(5, 251, 251)})}};
  t.estimated_lsrs = 3;
  EXPECT_TRUE(play(t, script, utnt_revelation_rules).revelation.incomplete);
  t.estimated_lsrs = 2;
  EXPECT_FALSE(play(t, script, utnt_revelation_rules).revelation.incomplete);
}

TEST(UtntRevelation, an_end_of_the_tunnel_among_its_lsrs_stops_it) {
  const auto found = play(
      test_of(2, 6), {{to_target, 6, path_from(1, {ce1, pe1, te(6, 251, 251), te(5, 251, 251), echo(6, 250, 250)})}},
      utnt_revelation_rules);
  EXPECT_TRUE(found.revelation.incomplete);
}

TEST(UtntRevelation, the_number_of_steps_is_bounded) {
  std::vector<test::ScriptedTrace> script;
  for (std::uint32_t i = 0; i < 40; ++i) {
    script.push_back({to_target, i == 0 ? 6 : 999 + i,
                      path_from(1, {ce1, pe1, te(1000 + i, 200, 200), echo(i == 0 ? 6 : 999 + i, 200, 200)})});
  }
  const auto found = play(test_of(2, 6), script, utnt_revelation_rules);
  EXPECT_TRUE(found.revelation.incomplete);
  EXPECT_EQ(found.lsp.size(), 40U);
}

PROPERTY("a revelation ends within its bounds whatever the traces show", prng) {
  for (int round = 0; round < 100; ++round) {
    const auto below = [&](std::uint64_t bound) { return prng.below(bound); };
    const auto trigger = static_cast<Trigger>(prng.below(6));
    auto r = begin_revelation(test_of(1, 2, trigger, prng.below(4) == 0));
    r.estimated_lsrs = static_cast<std::uint8_t>(prng.below(5));
    const auto& rules = prng.below(2) == 0 ? tnt_revelation_rules : utnt_revelation_rules;
    Path storage(prng.below(8) == 0 ? prng.below(4) : lsp_hops_max);
    std::size_t traces = 0;
    Step step{Step::Action::trace, r.target, 0};
    while (step.action != Step::Action::done) {
      ASSERT_LT(++traces, 200U);
      ASSERT_NE(step.target, no_address);
      Path path = test::any_path(below);
      if (!path.empty() && prng.below(4) != 0) {
        path.back().address = step.action == Step::Action::trace
                                  ? step.target
                                  : AddressRef{static_cast<std::uint32_t>(1 + prng.below(9))};
        path.back().kind = step.action == Step::Action::trace ? ReplyKind::echo_reply : ReplyKind::port_unreachable;
        path.front().address = r.start;
      }
      r.buddy = AddressRef{9};
      const auto e = step.action == Step::Action::trace ? evaluate_ordinary(r, path) : evaluate_buddy(r, path, rules);
      step = advance(r, e, path, storage, rules);
    }
    for (const auto& lsr : revealed_lsp(r, storage)) {
      ASSERT_TRUE(lsr.marks.has(Mark::lsr));
      ASSERT_TRUE(lsr.discoveries.has(Discovery::revealed));
      ASSERT_GE(lsr.step, 1);
      ASSERT_LE(lsr.step, r.step);
    }
  }
}

}  // namespace
}  // namespace utnt::core
