// SPDX-License-Identifier: BSD-2-Clause
// The classic text against the worked examples of the TNT specification, byte for byte.
#include "results/classic_text.hpp"

#include <gtest/gtest.h>

#include "results/test_samples.hpp"
#include "support/golden.hpp"

namespace utnt::results {
namespace {

const std::string heading = "trace [icmp-paris] from 20.0.1.1 to 20.0.8.2\n";
const std::string first_hop = "  1 20.0.1.2        0.500 ms rTTLs=<255,255> qttl=1\n";

GOLDEN("Example A, an explicit tunnel, prints as in the specification", "results/classic/explicit.txt") {
  EXPECT_EQ(classic_text(samples::explicit_example()), heading + golden.text() + "\n");
}

GOLDEN("Example C, an invisible PHP tunnel revealed by DPR, prints as in the specification",
       "results/classic/invisible_php_dpr.txt") {
  EXPECT_EQ(classic_text(samples::php_dpr_example()), heading + golden.text() + "\n");
}

GOLDEN("Example D, an invisible PHP tunnel revealed by BRPR, prints as in the specification",
       "results/classic/invisible_php_brpr.txt") {
  EXPECT_EQ(classic_text(samples::php_brpr_example()), heading + first_hop + golden.text() + "\n");
}

GOLDEN("Example E, an invisible UHP tunnel revealed by buddies, prints as in the specification",
       "results/classic/invisible_uhp_buddy.txt") {
  EXPECT_EQ(classic_text(samples::uhp_buddy_example()), heading + first_hop + golden.text() + "\n");
}

GOLDEN("Example F, an opaque tunnel, prints as in the specification", "results/classic/opaque.txt") {
  EXPECT_EQ(classic_text(samples::opaque_example()), heading + first_hop + golden.text() + "\n");
}

TEST(ClassicText, PrintsExampleBWithTheMarksOfTheSpecification) {
  const auto text = classic_text(samples::implicit_example());
  EXPECT_NE(text.find("  2 20.0.2.2        1.000 ms rTTLs=<254,254> qttl=1 [MPLS,IMP,ING,QTTL]\n"), std::string::npos);
  for (const auto* lsr : {"20.0.3.2", "20.0.4.2", "20.0.5.2", "20.0.6.2"}) {
    const auto line = text.find(lsr);
    EXPECT_EQ(text.substr(text.find('\n', line) - 20, 20), " [MPLS,IMP,LSR,QTTL]") << lsr;
  }
  EXPECT_NE(text.find("[MPLS,IMP,EGR,QTTL]\n"), std::string::npos);
}

TEST(ClassicText, AddsTheReasonWhyTheRecursionEndedOnlyWhenVerbose) {
  const auto trace = samples::php_dpr_example();
  EXPECT_EQ(classic_text(trace).find("ATTEMPT"), std::string::npos);
  EXPECT_NE(classic_text(trace, {true}).find("[MPLS,INV,LSR,RTLA,DPR,step=1] (ATTEMPT,RTLA,NTH-RV)\n"),
            std::string::npos);
}

TEST(ClassicText, PrintsSilentAndReservedHopsAndHopsWithoutEchoReply) {
  auto trace = samples::explicit_example();
  trace.hops[0].reserved = true;
  trace.hops[5] = Hop{};
  trace.hops[5].probe_ttl = 6;
  trace.hops[6].er_ttl = 0;
  const auto text = classic_text(trace);
  EXPECT_NE(text.find("\n  1 20.0.1.2        0.500 ms rsvd rTTLs=<255,*> qttl=1\n"), std::string::npos);
  EXPECT_NE(text.find("\n  6 *\n"), std::string::npos);
  EXPECT_NE(text.find("rTTLs=<249,*>"), std::string::npos);
}

TEST(ClassicText, ShowsAStackOfLabelsInOrder) {
  auto trace = samples::explicit_example();
  auto& object = trace.hops[2].replies[0].extensions[0];
  for (const int byte : {0x00, 0x06, 0x41, 0xfe}) object.payload.push_back(static_cast<std::byte>(byte));
  trace.hops[2].labels = 2;
  EXPECT_NE(classic_text(trace).find(" Labels 24011 mTTL=1 | 100 mTTL=254\n"), std::string::npos);
}

TEST(ClassicText, ShowsASuspectedTunnelOnlyAsAnAttemptOnItsEgress) {
  auto trace = samples::php_dpr_example();
  auto& hops = trace.hops;
  hops.erase(hops.begin() + 2, hops.begin() + 5);
  for (auto& hop : hops) hop.discoveries = {};
  auto& tunnel = trace.tunnels[0];
  tunnel.completeness = report::Completeness::suspected;
  tunnel.last_index = 2;
  const auto text = classic_text(trace, {true});
  EXPECT_EQ(text.find("MPLS"), std::string::npos);
  EXPECT_NE(text.find("rTTLs=<250,62> qttl=1 uturn=3 frpla=3 rtla=3 (ATTEMPT,RTLA,NTH-RV)\n"), std::string::npos);
}

TEST(ClassicText, InventsNoAttemptForAnOpaqueTunnelThatWasNeverExamined) {
  auto trace = samples::opaque_example();
  auto& tunnel = trace.tunnels[0];
  trace.hops.erase(trace.hops.begin() + 2, trace.hops.begin() + 5);
  tunnel.last_index = 2;
  tunnel.completeness = report::Completeness::suspected;
  const auto text = classic_text(trace, {true});
  EXPECT_EQ(text.find("ATTEMPT"), std::string::npos);
  EXPECT_NE(text.find("[MPLS,OPA,EGR,MTTL] Labels 24016 mTTL=252\n"), std::string::npos);
}

TEST(ClassicText, NumbersHiddenRoutersAnewInASecondTunnel) {
  auto trace = samples::php_dpr_example();
  auto copy = trace.hops;
  trace.hops.insert(trace.hops.end(), copy.begin() + 2, copy.begin() + 5);
  const auto text = classic_text(trace);
  EXPECT_NE(text.find("\n  5 20.0.8.2        4.000 ms rTTLs=<60,60>\n H1 20.0.3.2 "), std::string::npos);
}

TEST(ClassicText, NamesBruteForceAndInferredAndIncomplete) {
  auto trace = samples::php_dpr_example();
  for (auto& hop : trace.hops) hop.discoveries.clear(report::trigger_discoveries);
  trace.hops[1].discoveries.set(report::Discovery::incomplete);
  trace.hops[2].discoveries.set(report::Discovery::brpr);  // with DPR: the technique is not known
  trace.hops[6].marks = report::Mark::lsr;
  const auto text = classic_text(trace);
  EXPECT_NE(text.find("[MPLS,INV,ING,INCOMP?,BTFC]"), std::string::npos);
  EXPECT_NE(text.find("[MPLS,INV,LSR,BTFC,UNKN,step=1]"), std::string::npos);
  EXPECT_NE(text.find("[MPLS,LSR,INF]"), std::string::npos);
}

}  // namespace
}  // namespace utnt::results
