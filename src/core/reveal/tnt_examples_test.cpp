// SPDX-License-Identifier: BSD-2-Clause
// Whole traces under the original rules: the worked examples of the TNT specification (section 9.3, its lines without
// the RTTs) and the rows of the emulator's scenario table that one trace can show.
// Revelation traces are what the example's text says the network answers.
#include <gtest/gtest.h>

#include "core/reveal/reveal_test_support.hpp"

namespace utnt::core {
namespace {

using test::attempt_text;
using test::dump;
using test::echo;
using test::labelled;
using test::Path;
using test::path_from;
using test::port_unreachable;
using test::run_tnt;
using test::ScriptedTrace;
using test::silent;
using test::te;
using Lines = std::vector<std::string>;
constexpr auto to_target = Step::Action::trace;
constexpr auto to_buddy = Step::Action::buddy;

TEST(TntExamples, a_explicit_tunnel) {
  EXPECT_EQ(dump(run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(3, 247, 253, 1, 1, 24011),
                                       labelled(4, 248, 252, 2, 1, 24012), labelled(5, 249, 251, 3, 1, 24013),
                                       te(6, 250, 250), te(7, 249, 249), echo(8, 57, 57)}),
                         {})),
            (Lines{"1 20.0.1.2 <255,255> qttl=1", "2 20.0.2.2 <254,254> qttl=1 [MPLS,EXP,ING]",
                   "3 20.0.3.2 <247,253> qttl=1 uturn=6 frpla=6 [MPLS,EXP,LSR] Labels 24011 mTTL=1",
                   "4 20.0.4.2 <248,252> qttl=2 uturn=4 frpla=4 [MPLS,EXP,LSR] Labels 24012 mTTL=1",
                   "5 20.0.5.2 <249,251> qttl=3 uturn=2 frpla=2 [MPLS,EXP,LSR] Labels 24013 mTTL=1",
                   "6 20.0.6.2 <250,250> qttl=1 [MPLS,EXP,EGR]", "7 20.0.7.2 <249,249> qttl=1", "8 20.0.8.2 <57,57>"}));
}

TEST(TntExamples, b_implicit_tunnel) {
  EXPECT_EQ(dump(run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 247, 253, 1), te(4, 248, 252, 2),
                                       te(5, 249, 251, 3), te(6, 250, 250), te(7, 249, 249), echo(8, 57, 57)}),
                         {})),
            (Lines{"1 20.0.1.2 <255,255> qttl=1", "2 20.0.2.2 <254,254> qttl=1 [MPLS,IMP,ING,QTTL]",
                   "3 20.0.3.2 <247,253> qttl=1 uturn=6 frpla=6 [MPLS,IMP,LSR,QTTL]",
                   "4 20.0.4.2 <248,252> qttl=2 uturn=4 frpla=4 [MPLS,IMP,LSR,QTTL]",
                   "5 20.0.5.2 <249,251> qttl=3 uturn=2 frpla=2 [MPLS,IMP,LSR,QTTL]",
                   "6 20.0.6.2 <250,250> qttl=1 [MPLS,IMP,LSR,QTTL]", "7 20.0.7.2 <249,249> qttl=1 [MPLS,IMP,EGR,QTTL]",
                   "8 20.0.8.2 <57,57>"}));
}

/// Example B with quoted TTLs rewritten to 1 (scenario S5): plain IP inside the tunnel, so its tests reveal nothing.
TEST(TntExamples, b_with_rewritten_quotes_fails_twice_and_is_found_by_its_detours) {
  const Path to_p1 = path_from(1, {te(1, 255, 255), te(2, 254, 254), echo(3, 253, 253)});
  const Path to_p2 = path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 247, 253), echo(4, 252, 252)});
  const auto hops = run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 247, 253), te(4, 248, 252),
                                          te(5, 249, 251), te(6, 250, 250), te(7, 249, 249), echo(8, 57, 57)}),
                            {{to_target, 3, to_p1}, {to_target, 4, to_p2}});
  EXPECT_EQ(dump(hops), (Lines{"1 20.0.1.2 <255,255> qttl=1", "2 20.0.2.2 <254,254> qttl=1 [MPLS,IMP,ING,UTURN]",
                               "3 20.0.3.2 <247,253> qttl=1 uturn=6 frpla=6 [MPLS,IMP,LSR,UTURN]",
                               "4 20.0.4.2 <248,252> qttl=1 uturn=4 frpla=4 [MPLS,IMP,LSR,UTURN]",
                               "5 20.0.5.2 <249,251> qttl=1 uturn=2 frpla=2 [MPLS,IMP,LSR,UTURN]",
                               "6 20.0.6.2 <250,250> qttl=1 [MPLS,IMP,LSR,UTURN]",
                               "7 20.0.7.2 <249,249> qttl=1 [MPLS,IMP,EGR,UTURN]", "8 20.0.8.2 <57,57>"}));
  EXPECT_EQ(attempt_text(hops[2]), "FRPLA,NTH-RV");
  EXPECT_EQ(attempt_text(hops[3]), "FRPLA,NTH-RV");
  EXPECT_EQ(attempt_text(hops[4]), "");
}

TEST(TntExamples, s6_pipe_return_costs_one_failed_test) {
  const Path to_p1 = path_from(1, {te(1, 255, 255), te(2, 254, 254), echo(3, 253, 253)});
  const auto hops = run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 250, 253), te(4, 250, 252),
                                          te(5, 250, 251), te(6, 250, 250), te(7, 250, 250), echo(8, 60, 60)}),
                            {{to_target, 3, to_p1}});
  EXPECT_EQ(dump(hops), (Lines{"1 20.0.1.2 <255,255> qttl=1", "2 20.0.2.2 <254,254> qttl=1 [MPLS,IMP,ING,UTURN]",
                               "3 20.0.3.2 <250,253> qttl=1 uturn=3 frpla=3 [MPLS,IMP,LSR,UTURN]",
                               "4 20.0.4.2 <250,252> qttl=1 uturn=2 frpla=2 [MPLS,IMP,LSR,UTURN]",
                               "5 20.0.5.2 <250,251> qttl=1 uturn=1 frpla=1 [MPLS,IMP,LSR,UTURN]",
                               "6 20.0.6.2 <250,250> qttl=1 [MPLS,IMP,LSR,UTURN]",
                               "7 20.0.7.2 <250,250> qttl=1 [MPLS,IMP,EGR,UTURN]", "8 20.0.8.2 <60,60>"}));
  EXPECT_EQ(attempt_text(hops[2]), "FRPLA,NTH-RV");
}

TEST(TntExamples, c_invisible_php_by_dpr) {
  const Path to_pe2 =
      path_from(1, {te(1, 255, 255), te(2, 254, 63), te(3, 253, 62), te(4, 252, 62), te(5, 251, 62), echo(6, 62, 62)});
  const Path to_p1 = path_from(1, {te(1, 255, 255), te(2, 254, 63), echo(3, 62, 62)});
  const auto hops =
      run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 63), te(6, 250, 62), te(7, 250, 250), echo(8, 60, 60)}),
              {{to_target, 6, to_pe2}, {to_target, 3, to_p1}});
  EXPECT_EQ(dump(hops), (Lines{"1 20.0.1.2 <255,255> qttl=1", "2 20.0.2.2 <254,63> qttl=1 [MPLS,INV,ING,RTLA]",
                               "H1 20.0.3.2 <253,62> qttl=1 [MPLS,INV,LSR,RTLA,DPR,step=1]",
                               "H2 20.0.4.2 <252,62> qttl=1 uturn=1 rtla=1 [MPLS,INV,LSR,RTLA,DPR,step=1]",
                               "H3 20.0.5.2 <251,62> qttl=1 uturn=2 rtla=2 [MPLS,INV,LSR,RTLA,DPR,step=1]",
                               "3 20.0.6.2 <250,62> qttl=1 uturn=3 frpla=3 rtla=3 [MPLS,INV,EGR,RTLA]",
                               "4 20.0.7.2 <250,250> qttl=1 frpla=2", "5 20.0.8.2 <60,60>"}));
  EXPECT_EQ(hops[2].discoveries & Discoveries{Discovery::nothing_revealed}, Discoveries{Discovery::nothing_revealed})
      << "why the recursion stopped is recorded on the LSR nearest the ingress";
}

std::vector<ScriptedTrace> brpr_script() {
  const auto ce1 = te(1, 255, 255);
  const auto pe1 = te(2, 254, 254);
  return {{to_target, 6, path_from(1, {ce1, pe1, te(5, 251, 251), echo(6, 250, 250)})},
          {to_target, 5, path_from(1, {ce1, pe1, te(4, 252, 252), echo(5, 251, 251)})},
          {to_target, 4, path_from(1, {ce1, pe1, te(3, 253, 253), echo(4, 252, 252)})},
          {to_target, 3, path_from(1, {ce1, pe1, echo(3, 253, 253)})}};
}

TEST(TntExamples, d_invisible_php_by_brpr) {
  EXPECT_EQ(
      dump(run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(6, 250, 250), te(7, 250, 250), echo(8, 60, 60)}),
                   brpr_script())),
      (Lines{"1 20.0.1.2 <255,255> qttl=1", "2 20.0.2.2 <254,254> qttl=1 [MPLS,INV,ING,FRPLA]",
             "H1 20.0.3.2 <253,253> qttl=1 [MPLS,INV,LSR,FRPLA,BRPR,step=3]",
             "H2 20.0.4.2 <252,252> qttl=1 frpla=1 [MPLS,INV,LSR,FRPLA,BRPR,step=2]",
             "H3 20.0.5.2 <251,251> qttl=1 frpla=2 [MPLS,INV,LSR,FRPLA,BRPR,step=1]",
             "3 20.0.6.2 <250,250> qttl=1 frpla=3 [MPLS,INV,EGR,FRPLA]", "4 20.0.7.2 <250,250> qttl=1 frpla=2",
             "5 20.0.8.2 <60,60>"}));
}

TEST(TntExamples, e_invisible_uhp_by_buddies) {
  const auto ce1 = te(1, 255, 255);
  const auto pe1 = te(2, 254, 254);
  const auto found = [&](std::uint32_t lsr) {
    auto hop = port_unreachable(lsr, 253, 253);
    hop.quoted_ttl = 0;
    return path_from(1, {ce1, pe1, hop});
  };
  const auto nothing = [&](std::uint32_t target, int ttl) { return path_from(1, {ce1, pe1, echo(target, ttl, ttl)}); };
  const auto hops =
      run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(7, 252, 252), te(7, 252, 252), echo(8, 61, 61)}),
              {{to_target, 7, nothing(7, 252)},
               {to_buddy, 7, found(6), 107},
               {to_target, 6, nothing(6, 253)},
               {to_buddy, 6, found(5), 106},
               {to_target, 5, nothing(5, 253)},
               {to_buddy, 5, found(4), 105},
               {to_target, 4, nothing(4, 253)},
               {to_buddy, 4, found(3), 104},
               {to_target, 3, nothing(3, 253)},
               {to_buddy, 3, path_from(1, {ce1, port_unreachable(2, 254, 254)}), 103}});
  EXPECT_EQ(dump(hops),
            (Lines{"1 20.0.1.2 <255,255> qttl=1", "2 20.0.2.2 <254,254> qttl=1 [MPLS,INV,ING,DUPIP]",
                   "H1 20.0.3.2 <253,253> [MPLS,INV,LSR,DUPIP,BUDDY,step=4]",
                   "H2 20.0.4.2 <253,253> [MPLS,INV,LSR,DUPIP,BUDDY,step=3]",
                   "H3 20.0.5.2 <253,253> [MPLS,INV,LSR,DUPIP,BUDDY,step=2]",
                   "H4 20.0.6.2 <253,253> [MPLS,INV,EGR,DUPIP,BUDDY,step=1]", "3 20.0.7.2 <252,252> qttl=1 frpla=1",
                   "4 20.0.7.2 <252,252> qttl=1", "5 20.0.8.2 <61,61>"}));
  EXPECT_TRUE(hops[2].discoveries.has(Discovery::nothing_revealed));
  EXPECT_TRUE(hops[2].discoveries.has(Discovery::stopped_at_buddy));
}

TEST(TntExamples, e_with_loopback_labels_reveals_all_in_one_step) {  // scenario S18
  const auto hops =
      run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(7, 252, 252), te(7, 252, 252), echo(8, 61, 61)}),
              {{to_target, 7,
                path_from(1, {te(1, 255, 255), te(2, 254, 254), te(3, 253, 253), te(4, 253, 253), te(5, 253, 253),
                              te(6, 253, 253), echo(7, 252, 252)})},
               {to_target, 3, path_from(1, {te(1, 255, 255), te(2, 254, 254), echo(3, 253, 253)})},
               {to_buddy, 3, path_from(1, {te(1, 255, 255), port_unreachable(2, 254, 254)}), 103}});
  EXPECT_EQ(test::mpls_text(hops[1]), "[MPLS,INV,ING,DUPIP]");
  EXPECT_EQ(test::mpls_text(hops[2]), "[MPLS,INV,LSR,DUPIP,DPR,step=1]");
  EXPECT_EQ(test::mpls_text(hops[4]), "[MPLS,INV,LSR,DUPIP,DPR,step=1]");
  EXPECT_EQ(hops[5].address.value(), 6U);
  EXPECT_EQ(test::mpls_text(hops[5]), "[MPLS,INV,EGR,DUPIP,DPR,step=1]");
  EXPECT_EQ(test::mpls_text(hops[6]), "");
}

TEST(TntExamples, s19_a_buddy_that_answers_for_itself_reveals_nothing) {
  const auto hops =
      run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(7, 252, 252), te(7, 252, 252), echo(8, 61, 61)}),
              {{to_target, 7, path_from(1, {te(1, 255, 255), te(2, 254, 254), echo(7, 252, 252)})},
               {to_buddy, 7, path_from(1, {te(1, 255, 255), te(2, 254, 254), port_unreachable(107, 253, 0)}), 107}});
  EXPECT_EQ(hops.size(), 5U);
  EXPECT_EQ(attempt_text(hops[3]), "DUPIP,NTH-RV,BUD");
  for (const auto& hop : hops) EXPECT_EQ(test::mpls_text(hop), "");
}

TEST(TntExamples, f_opaque_tunnel_revealed_by_brpr) {
  EXPECT_EQ(dump(run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 250, 1, 252, 24016),
                                       te(7, 250, 250), echo(8, 60, 60)}),
                         brpr_script())),
            (Lines{"1 20.0.1.2 <255,255> qttl=1", "2 20.0.2.2 <254,254> qttl=1 [MPLS,OPA,ING,MTTL]",
                   "H1 20.0.3.2 <253,253> qttl=1 [MPLS,OPA,LSR,MTTL,BRPR,step=3]",
                   "H2 20.0.4.2 <252,252> qttl=1 frpla=1 [MPLS,OPA,LSR,MTTL,BRPR,step=2]",
                   "H3 20.0.5.2 <251,251> qttl=1 frpla=2 [MPLS,OPA,LSR,MTTL,BRPR,step=1]",
                   "3 20.0.6.2 <250,250> qttl=1 frpla=3 [MPLS,OPA,EGR,MTTL] Labels 24016 mTTL=252",
                   "4 20.0.7.2 <250,250> qttl=1 frpla=2", "5 20.0.8.2 <60,60>"}));
}

TEST(TntExamples, f_without_internal_reachability_keeps_its_two_ends) {  // scenario S28
  const Path unreachable =
      path_from(1, {te(1, 255, 255), te(2, 254, 254), silent(), silent(), silent(), silent(), silent()});
  const auto hops = run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), labelled(6, 250, 0, 1, 252, 24016),
                                          te(7, 250, 250), echo(8, 60, 60)}),
                            {{to_target, 6, unreachable}});
  EXPECT_EQ(test::mpls_text(hops[1]), "[MPLS,OPA,ING,MTTL]");
  EXPECT_EQ(test::mpls_text(hops[2]), "[MPLS,OPA,EGR,MTTL]");
  EXPECT_EQ(attempt_text(hops[2]), "MTTL,TGT-NR");
}

TEST(TntExamples, s9_a_single_lsr_has_no_known_technique) {
  const auto hops =
      run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 63), te(4, 252, 62), te(5, 252, 252), echo(6, 60, 60)}),
              {{to_target, 4, path_from(1, {te(1, 255, 255), te(2, 254, 63), te(3, 253, 62), echo(4, 62, 62)})},
               {to_target, 3, path_from(1, {te(1, 255, 255), te(2, 254, 63), echo(3, 62, 62)})}});
  EXPECT_EQ(test::mpls_text(hops[2]), "[MPLS,INV,LSR,RTLA,UNKN,step=1]");
}

TEST(TntExamples, s11_two_lsrs_by_dpr_unless_both_bear_one_address) {
  const auto with_second = [](std::uint32_t first, std::uint32_t second) {
    return run_tnt(
        path_from(1, {te(1, 255, 255), te(2, 254, 63), te(5, 251, 62), te(6, 251, 251)}),
        {{to_target, 5,
          path_from(1, {te(1, 255, 255), te(2, 254, 63), te(first, 253, 62), te(second, 252, 62), echo(5, 62, 62)})},
         {to_target, first, path_from(1, {te(1, 255, 255), te(2, 254, 63), echo(first, 62, 62)})}});
  };
  EXPECT_EQ(test::mpls_text(with_second(3, 4)[2]), "[MPLS,INV,LSR,RTLA,DPR,step=1]");
  EXPECT_EQ(test::mpls_text(with_second(4, 4)[2]), "[MPLS,INV,LSR,RTLA,BRPR,step=1]");
}

TEST(TntExamples, s22_the_lsp_of_a_silent_ingress_follows_its_star) {
  const auto ce1 = te(1, 255, 255);
  const auto hops = run_tnt(path_from(1, {ce1, silent(), te(6, 250, 250), te(7, 250, 250), echo(8, 60, 60)}),
                            {{to_target, 6, path_from(1, {ce1, silent(), te(5, 251, 251), echo(6, 250, 250)})},
                             {to_target, 5, path_from(1, {ce1, silent(), te(4, 252, 252), echo(5, 251, 251)})},
                             {to_target, 4, path_from(1, {ce1, silent(), te(3, 253, 253), echo(4, 252, 252)})},
                             {to_target, 3, path_from(1, {ce1, silent(), echo(3, 253, 253)})}});
  EXPECT_EQ(dump(hops), (Lines{"1 20.0.1.2 <255,255> qttl=1", "2 *",
                               "H1 20.0.3.2 <253,253> qttl=1 [MPLS,INV,LSR,FRPLA,BRPR,step=3]",
                               "H2 20.0.4.2 <252,252> qttl=1 frpla=1 [MPLS,INV,LSR,FRPLA,BRPR,step=2]",
                               "H3 20.0.5.2 <251,251> qttl=1 frpla=2 [MPLS,INV,LSR,FRPLA,BRPR,step=1]",
                               "3 20.0.6.2 <250,250> qttl=1 frpla=3 [MPLS,INV,EGR,FRPLA]",
                               "4 20.0.7.2 <250,250> qttl=1 frpla=2", "5 20.0.8.2 <60,60>"}));
  EXPECT_TRUE(hops[0].discoveries.has(Discovery::silent_ingress));
}

TEST(TntExamples, s24_a_silent_lsr_ends_brpr_incomplete) {
  const auto ce1 = te(1, 255, 255);
  const auto pe1 = te(2, 254, 254);
  const auto hops = run_tnt(path_from(1, {ce1, pe1, te(6, 250, 250), te(7, 250, 250), echo(8, 60, 60)}),
                            {{to_target, 6, path_from(1, {ce1, pe1, te(5, 251, 251), echo(6, 250, 250)})},
                             {to_target, 5, path_from(1, {ce1, pe1, silent(), echo(5, 251, 251)})}});
  const auto lines = dump(hops);
  EXPECT_EQ(lines[1], "2 20.0.2.2 <254,254> qttl=1 [MPLS,INV,ING,INCOMP?,FRPLA]");
  EXPECT_EQ(lines[2], "H1 *");
  EXPECT_EQ(lines[3], "H2 20.0.5.2 <251,251> qttl=1 frpla=2 [MPLS,INV,LSR,FRPLA,BRPR,step=1]");
  EXPECT_EQ(lines[4], "3 20.0.6.2 <250,250> qttl=1 frpla=3 [MPLS,INV,EGR,FRPLA]");
}

TEST(TntExamples, s25_a_silent_lsr_inside_dpr_does_no_harm) {
  const auto ce1 = te(1, 255, 255);
  const auto pe1 = te(2, 254, 63);
  const auto hops =
      run_tnt(path_from(1, {ce1, pe1, te(6, 250, 62), te(7, 250, 250), echo(8, 60, 60)}),
              {{to_target, 6, path_from(1, {ce1, pe1, te(3, 253, 62), silent(), te(5, 251, 62), echo(6, 62, 62)})},
               {to_target, 3, path_from(1, {ce1, pe1, echo(3, 62, 62)})}});
  const auto lines = dump(hops);
  EXPECT_EQ(lines[1], "2 20.0.2.2 <254,63> qttl=1 [MPLS,INV,ING,RTLA]");
  EXPECT_EQ(lines[2], "H1 20.0.3.2 <253,62> qttl=1 [MPLS,INV,LSR,RTLA,DPR,step=1]");
  EXPECT_EQ(lines[3], "H2 *");
  EXPECT_EQ(lines[4], "H3 20.0.5.2 <251,62> qttl=1 uturn=2 rtla=2 [MPLS,INV,LSR,RTLA,DPR,step=1]");
}

TEST(TntExamples, s26_a_mute_target_is_reported_on_the_egress_candidate) {
  const Path mute = path_from(1, {te(1, 255, 255), te(2, 254, 254), silent(), silent(), silent(), silent(), silent()});
  const auto hops = run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(6, 250, 250), te(7, 251, 251)}),
                            {{to_target, 6, mute}});
  EXPECT_EQ(attempt_text(hops[2]), "FRPLA,TGT-NR");
}

TEST(TntExamples, s27_a_revelation_that_misses_the_ingress_is_reported) {
  const Path other_branch = path_from(1, {te(1, 255, 255), te(42, 254, 254), te(5, 251, 251), echo(6, 250, 250)});
  const auto hops = run_tnt(path_from(1, {te(1, 255, 255), te(2, 254, 254), te(6, 250, 250), te(7, 251, 251)}),
                            {{to_target, 6, other_branch}});
  EXPECT_EQ(attempt_text(hops[2]), "FRPLA,ING-NF");
}

}  // namespace
}  // namespace utnt::core
