// SPDX-License-Identifier: BSD-2-Clause
// The third marking pass: TNT specification section 8. Scenarios S5 and S6 stand in tnt_examples_test.
#include "core/reveal/tnt_uturn_pass.hpp"

#include <gtest/gtest.h>

#include "core/reveal/mark_sets.hpp"
#include "core/reveal/reveal_test_support.hpp"
#include "core/reveal/signals.hpp"
#include "core/reveal/tnt_label_pass.hpp"
#include "support/property.hpp"

namespace utnt::core {
namespace {

using test::as_destination;
using test::echo;
using test::mpls_text;
using test::Path;
using test::path_from;
using test::silent;
using test::te;
using Texts = std::vector<std::string>;

Texts marks_after(Path hops) {
  tnt_uturn_pass(hops);
  Texts texts;
  for (const auto& hop : hops) texts.push_back(mpls_text(hop));
  return texts;
}
/// A <255,255> hop whose error takes `detour` hops more than its echo reply.
HopRecord with_uturn(std::uint32_t address, int detour) { return te(address, 250 - detour, 250); }

TEST(TntUturnPass, a_sum_below_three_marks_nothing) {
  EXPECT_EQ(marks_after(path_from(1, {with_uturn(1, 0), with_uturn(2, 1), with_uturn(3, 1), with_uturn(4, 0)})),
            (Texts{"", "", "", ""}));
}

TEST(TntUturnPass, the_first_plain_hop_is_the_last_lsr_and_the_next_the_egress) {
  EXPECT_EQ(marks_after(path_from(1, {with_uturn(1, 0), with_uturn(2, 2), with_uturn(3, 1), with_uturn(4, 0),
                                      with_uturn(5, 0), with_uturn(6, 0)})),
            (Texts{"[MPLS,IMP,ING,UTURN]", "[MPLS,IMP,LSR,UTURN]", "[MPLS,IMP,LSR,UTURN]", "[MPLS,IMP,LSR,UTURN]",
                   "[MPLS,IMP,EGR,UTURN]", ""}));
}

TEST(TntUturnPass, negative_detours_count_by_their_size) {
  EXPECT_EQ(marks_after(path_from(1, {with_uturn(1, 0), with_uturn(2, -3), with_uturn(3, 0), with_uturn(4, 0)})),
            (Texts{"[MPLS,IMP,ING,UTURN]", "[MPLS,IMP,LSR,UTURN]", "[MPLS,IMP,LSR,UTURN]", "[MPLS,IMP,EGR,UTURN]"}));
}

TEST(TntUturnPass, the_destination_at_the_end_is_the_egress) {
  EXPECT_EQ(marks_after(path_from(
                1, {with_uturn(1, 0), with_uturn(2, 4), with_uturn(3, 2), as_destination(echo(4, 250, 250))})),
            (Texts{"[MPLS,IMP,ING,UTURN]", "[MPLS,IMP,LSR,UTURN]", "[MPLS,IMP,LSR,UTURN]", "[MPLS,IMP,EGR,UTURN]"}));
}

TEST(TntUturnPass, a_silent_hop_ends_the_sequence_and_the_hop_behind_it_may_be_the_egress) {
  EXPECT_EQ(
      marks_after(path_from(1, {with_uturn(1, 0), with_uturn(2, 4), silent(), with_uturn(4, 0), with_uturn(5, 0)})),
      (Texts{"[MPLS,IMP,ING,UTURN]", "[MPLS,IMP,LSR,UTURN]", "", "[MPLS,IMP,EGR,UTURN]", ""}));
}

TEST(TntUturnPass, repeats_of_the_last_lsr_are_lsrs) {
  EXPECT_EQ(marks_after(path_from(
                1, {with_uturn(1, 0), with_uturn(2, 4), with_uturn(3, 0), with_uturn(3, 0), with_uturn(4, 0)})),
            (Texts{"[MPLS,IMP,ING,UTURN]", "[MPLS,IMP,LSR,UTURN]", "[MPLS,IMP,LSR,UTURN]", "[MPLS,IMP,LSR,UTURN]",
                   "[MPLS,IMP,EGR,UTURN]"}));
}

TEST(TntUturnPass, a_sequence_at_the_beginning_of_the_trace_has_no_ingress) {
  EXPECT_EQ(marks_after(path_from(4, {with_uturn(2, 4), with_uturn(3, 0), with_uturn(4, 0)})),
            (Texts{"[MPLS,IMP,LSR,UTURN]", "[MPLS,IMP,LSR,UTURN]", "[MPLS,IMP,EGR,UTURN]"}));
}

TEST(TntUturnPass, a_large_detour_on_the_last_hop_alone_makes_it_an_lsr) {
  EXPECT_EQ(marks_after(path_from(1, {with_uturn(1, 0), with_uturn(2, 0), with_uturn(3, 3)})),
            (Texts{"", "", "[MPLS,IMP,LSR,UTURN]"}));
  EXPECT_EQ(marks_after(path_from(1, {with_uturn(1, 0), with_uturn(2, 0), as_destination(with_uturn(3, 3))})),
            (Texts{"", "", ""}));
}

TEST(TntUturnPass, a_detour_that_rtla_explains_does_not_count) {  // signature <255,64>
  EXPECT_EQ(marks_after(path_from(1, {te(1, 255, 64), te(2, 240, 62), te(3, 240, 61), te(4, 252, 252)})),
            (Texts{"", "", "", ""}));
}

TEST(TntUturnPass, labelled_hops_are_not_summed) {
  Path hops = path_from(1, {te(1, 255, 255), te(2, 254, 254), test::labelled(3, 247, 253, 1, 1),
                            test::labelled(4, 248, 252, 2, 1), te(5, 251, 251), te(6, 250, 250)});
  tnt_label_pass(hops);
  EXPECT_EQ(marks_after(hops), (Texts{"", "[MPLS,EXP,ING]", "[MPLS,EXP,LSR]", "[MPLS,EXP,LSR]", "[MPLS,EXP,EGR]", ""}));
}

TEST(TntUturnPass, a_255_64_egress_before_the_sequence_is_inferred) {
  auto shared = te(2, 250, 62);  // uturn 3 equals rtla 3: no detour
  shared.marks = Marks{Mark::egress} | Mark::invisible;
  shared.discoveries = Discovery::rtla;
  const auto hops = path_from(1, {with_uturn(1, 0), shared, with_uturn(3, 3), with_uturn(4, 0), with_uturn(5, 0)});
  EXPECT_EQ(marks_after(hops)[1], "[MPLS,LSR,RTLA,INF]");
}

TEST(TntUturnPass, paths_of_less_than_three_hops_are_left_alone) {
  EXPECT_EQ(marks_after(path_from(1, {with_uturn(1, 5), with_uturn(2, 5)})), (Texts{"", ""}));
}

PROPERTY("the detour pass adds only implicit marks to any hop list", prng) {
  for (int round = 0; round < 100; ++round) {
    auto hops = test::any_path([&](std::uint64_t bound) { return prng.below(bound); });
    tnt_label_pass(hops);
    const Path before = hops;
    tnt_uturn_pass(hops);
    for (std::size_t i = 0; i < hops.size(); ++i) {
      if (hops[i].is_silent()) {
        ASSERT_TRUE(hops[i].marks.empty());
      }
      if (is_lsr(before[i])) {
        ASSERT_TRUE(hops[i].marks == before[i].marks) << "an LSR stays what it is";
      }
      if (is_lsr(hops[i])) {
        ASSERT_FALSE(hops[i].marks.has(Mark::ingress) && !is_lsr(before[i]));
      }
    }
  }
}

}  // namespace
}  // namespace utnt::core
