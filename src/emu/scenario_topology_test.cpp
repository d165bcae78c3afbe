// SPDX-License-Identifier: BSD-2-Clause
// Choice among paths, changes of routes, labels in networks of mixed settings.
#include "emu/scenario_topology.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "emu/test_networks.hpp"
#include "emu/test_prober.hpp"

namespace utnt::emu {
namespace {

// Two equal branches between R1 and R4; D behind R4.
std::string diamond(std::string_view more) {
  return std::string{
      "title = \"diamond\"\nchain = [\"VP\", \"R1\", \"A\", \"R4\", \"D\"]\ndestinations = [\"D\"]\n"
      "[[branch]]\npath = [\"R1\", \"B\", \"R4\"]\n"}
      .append(more);
}
const wire::IpAddress d4 = address("20.0.4.2");

std::map<std::string, int> second_hops(std::string_view more, int flows, bool udp = false) {
  const auto network = load(diamond(more));
  TestProber prober{*network};
  std::map<std::string, int> out;
  for (int i = 0; i < flows; ++i) {
    const auto flow = static_cast<std::uint16_t>(0x8000 + i);
    const auto seen = prober.ask(udp ? prober.udp(d4, 2, flow) : prober.echo(d4, 2, flow));
    EXPECT_TRUE(seen.has_value());
    ++out[text_of(seen->source)];
  }
  return out;
}

TEST(Ecmp, FlowsSpreadOverBothBranches) {
  for (const bool udp : {false, true}) {
    const auto seen = second_hops("", 400, udp);
    ASSERT_EQ(seen.size(), 2U);
    for (const auto& [hop, count] : seen) EXPECT_NEAR(count, 200, 60) << hop;
  }
}

TEST(Ecmp, AFlowKeepsToItsBranch) {
  const auto network = load(diamond(""));
  TestProber prober{*network};
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) seen.insert(text_of(prober.ask(prober.echo(d4, 2))->source));
  EXPECT_EQ(seen.size(), 1U);
}

TEST(Ecmp, HashModesLookAtTheirFieldsOnly) {
  EXPECT_EQ(second_hops("[node.R1]\necmp_hash = \"addresses\"\n", 60).size(), 1U);
  EXPECT_EQ(second_hops("[node.R1]\necmp_hash = \"addresses\"\n", 60, true).size(), 1U);
  EXPECT_EQ(second_hops("[node.R1]\necmp_hash = \"ports\"\n", 60).size(), 1U);
  EXPECT_EQ(second_hops("[node.R1]\necmp_hash = \"ports\"\n", 60, true).size(), 2U);
}

TEST(Ecmp, PerPacketBalancingTakesTurns) {
  const auto network = load(diamond("[node.R1]\necmp_hash = \"per_packet\"\n"));
  TestProber prober{*network};
  std::map<std::string, int> seen;
  for (int i = 0; i < 40; ++i) ++seen[text_of(prober.ask(prober.echo(d4, 2))->source)];
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen.begin()->second, 20);
}

TEST(Ecmp, TheSeedDecidesWhichBranchAFlowTakes) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto network = load(diamond(""), seed);
    TestProber prober{*network};
    seen.insert(text_of(prober.ask(prober.echo(d4, 2))->source));
  }
  EXPECT_EQ(seen.size(), 2U);
}

TEST(Ecmp, APinnedFlowStaysAndOthersSpread) {
  const auto network =
      load(diamond("[[route]]\nat = \"R1\"\nto = \"D\"\nvia = [\"B\", \"A\"]\npin_first_flow = true\n"));
  TestProber prober{*network};
  const auto hop = [&](std::uint16_t flow) { return text_of(prober.ask(prober.echo(d4, 2, flow))->source); };
  EXPECT_EQ(hop(0x8000), "20.0.5.2");
  std::set<std::string> others;
  for (std::uint16_t flow = 1; flow < 20; ++flow) others.insert(hop(flow));
  EXPECT_EQ(others.size(), 2U);
  EXPECT_EQ(hop(0x8000), "20.0.5.2");
}

TEST(Ecmp, TheTruthFollowsTheFlowThatWasSent) {
  for (std::uint16_t flow = 0; flow < 12; ++flow) {
    const auto network = load(diamond(""), 9);
    TestProber prober{*network};
    const auto probe = prober.echo(d4, 2, flow);
    const auto seen = prober.ask(probe);
    EXPECT_EQ(network->truth(d4).path[1].incoming, seen->source);
    EXPECT_EQ(network->truth_for(probe).path[1].incoming, seen->source);
  }
}

TEST(Ecmp, BranchesInsideATunnelAreChosenByStackAndFlow) {
  const auto third_hop = [](std::string_view mode, int flows) {
    const auto* s42 = find_builtin_scenario("s42_per_flow");
    const auto network =
        load(std::string{s42->text}.append("\n[node.P1]\nlabel_hash = \"").append(mode).append("\"\n"));
    TestProber prober{*network};
    std::set<std::string> seen;
    for (int i = 0; i < flows; ++i)
      seen.insert(text_of(prober.ask(prober.echo(address("20.0.8.2"), 4, static_cast<std::uint16_t>(i)))->source));
    return seen.size();
  };
  EXPECT_EQ(third_hop("stack", 30), 1U);
  EXPECT_EQ(third_hop("stack_and_ip", 30), 2U);
  EXPECT_EQ(third_hop("per_packet", 30), 2U);
}

TEST(Ecmp, AnEntropyLabelSpreadsFlowsOverAStackHash) {
  const auto* s42 = find_builtin_scenario("s42_per_flow");
  std::string text{s42->text};
  text.insert(text.find("[as.core]\n") + 10, "entropy_label = true\n");
  const auto network = load(text.append("\n[node.P1]\nlabel_hash = \"stack\"\n"));
  TestProber prober{*network};
  std::set<std::string> seen;
  for (std::uint16_t port = 1; port < 40; ++port) {
    const auto hop = prober.ask(prober.udp(address("20.0.8.2"), 4, port));
    ASSERT_TRUE(hop.has_value());
    ASSERT_EQ(hop->labels.size(), 3U);
    EXPECT_EQ(hop->labels[1].first, 7U);
    seen.insert(text_of(hop->source));
  }
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_EQ(prober.ping(address("20.0.8.2"))->type, 0);  // indicator and entropy label leave with the last label
}

TEST(Changes, ARouteChangesAtItsTime) {
  const auto network = load(diamond("[link.\"R1-B\"]\ncost = 9\n[[change]]\nat_us = 1000000\nlinks_down = \"R1-A\"\n"));
  TestProber prober{*network};
  EXPECT_EQ(text_of(prober.ask(prober.echo(d4, 2))->source), "20.0.2.2");
  EXPECT_EQ(network->truth(d4).path[1].name, "A");
  prober.now_ = Instant{} + 1_s;
  EXPECT_EQ(text_of(prober.ask(prober.echo(d4, 2))->source), "20.0.5.2");
  EXPECT_EQ(network->truth(d4).path[1].name, "B");
}

TEST(Changes, ARouteChangesAfterPacketsAndComesBack) {
  const auto network = load(
      diamond("[link.\"R1-B\"]\ncost = 9\n[[change]]\nafter_packets = 2\nto = \"20.0.4.2\"\nlinks_down = \"R1-A\"\n"
              "[[change]]\nafter_packets = 4\nto = \"20.0.4.2\"\nlinks_up = \"R1-A\"\n"));
  TestProber prober{*network};
  std::vector<std::string> hops;
  for (int i = 0; i < 6; ++i) hops.push_back(text_of(prober.ask(prober.echo(d4, 2))->source));
  const std::string a{"20.0.2.2"}, b{"20.0.5.2"};
  EXPECT_EQ(hops, (std::vector<std::string>{a, a, b, b, a, a}));
}

TEST(Labels, AGapInTheBindingsPopsOrEndsTheTunnel) {
  // P3 binds nothing, so P2 holds the last label.
  const auto popped = load(line_of_three("", "[node.P3]\nlabel_scope = \"none\"\n"));
  TestProber one{*popped};
  EXPECT_FALSE(one.ask(one.echo(address("20.0.8.2"), 4))->labels.empty());
  EXPECT_TRUE(one.ask(one.echo(address("20.0.8.2"), 5))->labels.empty());
  EXPECT_EQ(one.ping(address("20.0.8.2"))->type, 0);
  EXPECT_EQ(popped->truth(address("20.0.8.2")).tunnels.front().egress, 4);  // P3
  const auto abrupt =
      load(line_of_three("push_ttl = \"pipe\"\nlabel_gap = \"abrupt\"", "[node.P3]\nlabel_scope = \"none\"\n"));
  TestProber two{*abrupt};
  const auto end = two.ask(two.echo(address("20.0.8.2"), 3));
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(text_of(end->source), "20.0.4.2");  // P2: one LSR before it
  ASSERT_EQ(end->labels.size(), 1U);
  EXPECT_EQ(end->labels.front().second, 254);
}

TEST(Labels, HostRoutesLabelTheListedLoopbacksOnly) {
  const auto listed =
      load(line_of_three("label_scope = \"host_routes\"",
                         "[node.PE2]\nloopback = \"30.0.0.9\"\nhost_routes = \"30.0.0.9\"\n"
                         "[node.P1]\nhost_routes = \"30.0.0.9\"\n[node.P2]\nhost_routes = \"30.0.0.9\"\n"
                         "[node.P3]\nhost_routes = \"30.0.0.9\"\n"));
  TestProber prober{*listed};
  EXPECT_FALSE(prober.ask(prober.echo(address("20.0.8.2"), 3))->labels.empty());
  EXPECT_TRUE(prober.ask(prober.echo(address("20.0.6.2"), 3))->labels.empty());
}

TEST(Labels, LabelsDifferAtEveryHopAndForEveryFec) {
  const auto network = load(line_of_three(""));
  TestProber prober{*network};
  std::set<std::uint32_t> labels;
  for (const char* to : {"20.0.8.2", "20.0.6.2"})
    for (std::uint8_t ttl = 3; ttl <= 4; ++ttl) {
      const auto seen = prober.ask(prober.echo(address(to), ttl));
      ASSERT_TRUE(seen.has_value());
      for (const auto& entry : seen->labels) labels.insert(entry.first);
    }
  EXPECT_EQ(labels.size(), 4U);
}

TEST(Labels, ExplicitNullMayLieAboveAServiceLabel) {
  const auto network = load(line_of_three("service_label = true\npop_mode = \"explicit_null\""));
  TestProber prober{*network};
  const auto seen = prober.ask(prober.echo(address("20.0.8.2"), 6));
  ASSERT_TRUE(seen.has_value());
  ASSERT_EQ(seen->labels.size(), 2U);
  EXPECT_EQ(seen->labels[0].first, 0U);
  EXPECT_EQ(prober.ping(address("20.0.8.2"))->type, 0);
}

TEST(Prefixes, TheLongestMatchWins) {
  const auto network = load(diamond("[node.A]\nowns = \"20.0.0.0/16\"\n"));
  TestProber prober{*network};
  EXPECT_EQ(prober.ping(d4)->ttl, 61);                      // the host on its link, three routers away
  EXPECT_EQ(prober.ping(address("20.0.200.7"))->ttl, 254);  // A, owner of the rest
  EXPECT_FALSE(prober.ping(address("20.1.0.1")).has_value());
}

}  // namespace
}  // namespace utnt::emu
