// SPDX-License-Identifier: BSD-2-Clause
// The first marking pass on the hop lists of the TNT specification (sections 5 and 9.3) and of the emulator's scenario
// table.
#include "core/reveal/tnt_label_pass.hpp"

#include <gtest/gtest.h>

#include "core/reveal/mark_sets.hpp"
#include "core/reveal/reveal_test_support.hpp"
#include "support/property.hpp"

namespace utnt::core {
namespace {

using test::as_destination;
using test::echo;
using test::labelled;
using test::mpls_text;
using test::Path;
using test::path_from;
using test::silent;
using test::te;
using Texts = std::vector<std::string>;

Texts marks_after(Path hops) {
  tnt_label_pass(hops);
  Texts texts;
  for (const auto& hop : hops) texts.push_back(mpls_text(hop));
  return texts;
}

TEST(TntLabelPass, an_explicit_tunnel_has_the_unlabelled_neighbours_as_ends) {  // example A, scenario S2
  EXPECT_EQ(
      marks_after(
          path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(3, 247, 253, 1, 1), labelled(4, 248, 252, 2, 1),
                        labelled(5, 249, 251, 3, 1), te(6, 250, 250), te(7, 249, 249), echo(8, 57, 57)})),
      (Texts{"", "[MPLS,EXP,ING]", "[MPLS,EXP,LSR]", "[MPLS,EXP,LSR]", "[MPLS,EXP,LSR]", "[MPLS,EXP,EGR]", "", ""}));
}

TEST(TntLabelPass, an_explicit_null_at_the_egress_moves_the_end_one_hop_on) {  // scenario S3
  EXPECT_EQ(marks_after(path_from(
                1, {te(1, 255, 255), te(2, 254, 254), labelled(3, 247, 253, 1, 1), labelled(4, 248, 252, 2, 1),
                    labelled(5, 249, 251, 3, 1), labelled(6, 250, 250, 4, 1, 0), te(7, 249, 249), echo(8, 57, 57)})),
            (Texts{"", "[MPLS,EXP,ING]", "[MPLS,EXP,LSR]", "[MPLS,EXP,LSR]", "[MPLS,EXP,LSR]", "[MPLS,EXP,LSR]",
                   "[MPLS,EXP,EGR]", ""}));
}

TEST(TntLabelPass, an_implicit_tunnel_ends_one_hop_after_the_first_plain_hop) {  // example B, scenario S4
  EXPECT_EQ(marks_after(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 247, 253, 1), te(4, 248, 252, 2),
                                      te(5, 249, 251, 3), te(6, 250, 250), te(7, 249, 249), echo(8, 57, 57)})),
            (Texts{"", "[MPLS,IMP,ING,QTTL]", "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,LSR,QTTL]",
                   "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,EGR,QTTL]", ""}));
}

TEST(TntLabelPass, an_implicit_tunnel_whose_last_lsr_quotes_one_ends_right) {  // scenario S4b
  EXPECT_EQ(marks_after(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 247, 253, 1), te(4, 248, 252, 2),
                                      te(5, 249, 251, 1), te(6, 250, 250), te(7, 249, 249), echo(8, 57, 57)})),
            (Texts{"", "[MPLS,IMP,ING,QTTL]", "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,LSR,QTTL]",
                   "[MPLS,IMP,EGR,QTTL]", "", ""}));
}

TEST(TntLabelPass, the_destination_ends_an_implicit_tunnel) {
  EXPECT_EQ(marks_after(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 247, 253, 1), te(4, 248, 252, 2),
                                      te(5, 249, 251, 3), as_destination(echo(6, 250, 250))})),
            (Texts{"", "[MPLS,IMP,ING,QTTL]", "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,LSR,QTTL]",
                   "[MPLS,IMP,EGR,QTTL]"}));
}

TEST(TntLabelPass, a_silent_hop_behind_quoted_lsrs_stands_for_the_first_plain_one) {
  EXPECT_EQ(
      marks_after(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 247, 253, 1), te(4, 248, 252, 2), silent(),
                                te(6, 250, 250), te(7, 249, 249)})),
      (Texts{"", "[MPLS,IMP,ING,QTTL]", "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,LSR,QTTL]", "", "[MPLS,IMP,EGR,QTTL]", ""}));
}

TEST(TntLabelPass, a_silent_first_lsr_leaves_the_ingress_two_hops_before_the_quoted_ttl_of_2) {
  EXPECT_EQ(
      marks_after(path_from(
          1, {te(1, 255, 255), te(2, 254, 254), silent(), te(4, 248, 252, 2), te(5, 250, 250), te(6, 249, 249)})),
      (Texts{"", "[MPLS,IMP,ING,QTTL]", "", "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,EGR,QTTL]"}));
}

TEST(TntLabelPass, a_single_odd_quoting_router_becomes_an_lsr_without_ingress) {  // weakness 10 of section 11
  EXPECT_EQ(marks_after(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 253, 253, 77), te(4, 252, 252)})),
            (Texts{"", "", "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,LSR,QTTL]"}));
}

TEST(TntLabelPass, a_quoted_ttl_of_255_is_ignored) {
  EXPECT_EQ(marks_after(path_from(1, {te(1, 255, 255), te(2, 254, 254, 255), te(3, 253, 253)})), (Texts{"", "", ""}));
}

Path opaque_path(int mttl) {  // example F, scenario S28
  return path_from(
      1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, mttl), te(7, 250, 250), echo(8, 60, 60)});
}

TEST(TntLabelPass, an_opaque_hop_is_the_egress_and_its_predecessor_the_ingress) {
  for (const int mttl : {2, 200, 236, 237, 252, 254}) {
    EXPECT_EQ(marks_after(opaque_path(mttl)), (Texts{"", "[MPLS,OPA,ING,MTTL]", "[MPLS,OPA,EGR,MTTL]", "", ""}))
        << mttl;
  }
}

TEST(TntLabelPass, a_label_with_ttl_255_1_or_0_is_explicit) {  // scenario S29
  for (const int mttl : {0, 1, 255}) {
    EXPECT_EQ(marks_after(opaque_path(mttl)), (Texts{"", "[MPLS,EXP,ING]", "[MPLS,EXP,LSR]", "[MPLS,EXP,EGR]", ""}))
        << mttl;
  }
}

TEST(TntLabelPass, an_opaque_hop_before_silence_is_the_egress) {  // scenario S29, all beyond PE2 silent
  EXPECT_EQ(
      marks_after(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, 252), silent(), silent()})),
      (Texts{"", "[MPLS,OPA,ING,MTTL]", "[MPLS,OPA,EGR,MTTL]", "", ""}));
}

TEST(TntLabelPass, an_opaque_hop_at_the_end_of_the_trace_stays_an_lsr) {  // scenario S29, PE2 the last probed TTL
  EXPECT_EQ(marks_after(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, 252)})),
            (Texts{"", "[MPLS,OPA,ING,MTTL]", "[MPLS,OPA,LSR,MTTL]"}));
}

Path two_explicit_tunnels(int er_of_shared_ler) {  // scenario S30, example G
  return path_from(1, {te(1, 255, 255), labelled(2, 252, 254, 1, 1), te(3, 253, er_of_shared_ler),
                       labelled(4, 250, 252, 1, 1), te(5, 251, 251), te(6, 250, 250)});
}

TEST(TntLabelPass, an_ler_between_two_explicit_tunnels_is_egress_and_ingress) {
  EXPECT_EQ(marks_after(two_explicit_tunnels(253)),
            (Texts{"[MPLS,EXP,ING]", "[MPLS,EXP,LSR]", "[MPLS,EXP,EGR,ING]", "[MPLS,EXP,LSR]", "[MPLS,EXP,EGR]", ""}));
}

TEST(TntLabelPass, a_255_64_router_between_two_explicit_tunnels_is_inferred) {
  EXPECT_EQ(marks_after(two_explicit_tunnels(62)),
            (Texts{"[MPLS,EXP,ING]", "[MPLS,EXP,LSR]", "[MPLS,LSR,INF]", "[MPLS,EXP,LSR]", "[MPLS,EXP,EGR]", ""}));
}

TEST(TntLabelPass, a_255_64_opaque_egress_before_an_lsr_keeps_its_trigger_bit_when_inferred) {  // quirk 24
  Path hops = path_from(1, {te(1, 255, 255), labelled(2, 253, 63, 1, 252), te(3, 253, 253), te(4, 252, 252)});
  tnt_label_pass(hops);
  ASSERT_EQ(mpls_text(hops[1]), "[MPLS,OPA,EGR,MTTL]");
  hops[1].discoveries.set(Discovery::revealed);
  tnt_mark_inferred(hops[1]);
  EXPECT_EQ(hops[1].marks, Marks{Mark::lsr});
  EXPECT_EQ(hops[1].discoveries, Discoveries{Discovery::mttl});
  EXPECT_EQ(mpls_text(hops[1]), "[MPLS,LSR,MTTL,INF]");
}

TEST(TntLabelPass, an_opaque_egress_quoting_one_is_not_taken_for_the_first_implicit_lsr) {
  // The silent hop makes the opaque hop an egress only later; directly behind it, q = 2 finds an LSR and stops.
  EXPECT_EQ(
      marks_after(path_from(1, {te(1, 255, 255), labelled(2, 253, 254, 1, 252), te(3, 253, 253, 2), te(4, 252, 252)})),
      (Texts{"[MPLS,OPA,ING,MTTL]", "[MPLS,OPA,LSR,MTTL]", "[MPLS,IMP,LSR,QTTL]", "[MPLS,IMP,LSR,QTTL]"}));
}

TEST(TntLabelPass, paths_of_less_than_three_hops_are_left_alone) {
  EXPECT_EQ(marks_after(path_from(1, {te(1, 255, 255), labelled(2, 254, 254, 1, 1)})), (Texts{"", ""}));
  EXPECT_EQ(marks_after({}), Texts{});
}

TEST(TntLabelPass, replies_without_quote_or_label_close_a_tunnel_whatever_their_kind) {
  auto unreachable = te(6, 250, 250);
  unreachable.kind = ReplyKind::unreachable;
  EXPECT_EQ(marks_after(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(3, 253, 253, 1, 1), unreachable})),
            (Texts{"", "[MPLS,EXP,ING]", "[MPLS,EXP,LSR]", "[MPLS,EXP,EGR]"}));
}

PROPERTY("the label pass keeps its invariants on any hop list", prng) {
  for (int round = 0; round < 100; ++round) {
    auto hops = test::any_path([&](std::uint64_t bound) { return prng.below(bound); });
    tnt_label_pass(hops);
    for (const auto& hop : hops) {
      if (hop.is_silent()) {
        ASSERT_TRUE(hop.marks.empty());
      }
      if (hop.is_labelled() && hops.size() >= classified_hops_min) {
        ASSERT_TRUE(is_lsr(hop) || is_egress(hop));
      }
      ASSERT_FALSE(is_lsr(hop) && hop.marks.has(Mark::ingress));
      ASSERT_FALSE(hop.marks.has(Mark::invisible) || hop.marks.has(Mark::implicit_uturn));
      ASSERT_TRUE(hop.attempts.empty());
    }
  }
}

}  // namespace
}  // namespace utnt::core
