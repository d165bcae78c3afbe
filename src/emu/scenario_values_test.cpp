// SPDX-License-Identifier: BSD-2-Clause
// Reply TTLs, quoted TTLs and labels of the basic scenarios. Every expected number is taken from the table of scenarios
// and the worked examples of the TNT and emulator specifications, none from this program.
#include <gtest/gtest.h>

#include "emu/scenario.hpp"
#include "emu/test_prober.hpp"

namespace utnt::emu {
namespace {

using Numbers = std::vector<int>;

std::unique_ptr<ScenarioNetwork> builtin(std::string_view name, std::uint64_t seed = 1) {
  const auto* found = find_builtin_scenario(name);
  EXPECT_NE(found, nullptr) << name;
  return load_scenario(found->text, found->name, seed);
}

struct Vectors {
  Numbers te, er, quoted;
  std::vector<std::string> hops;
  std::vector<std::vector<std::pair<std::uint32_t, int>>> labels;
};

/// Traces and pings as a prober would; -1 stands for no answer. The destination's line is left out of te and quoted.
Vectors measure(Network& network, const wire::IpAddress& to) {
  TestProber prober{network};
  Vectors out;
  for (const auto& hop : prober.trace(to, 20)) {
    if (hop && hop->type == wire::icmp4::echo_reply) {
      out.hops.push_back(text_of(hop->source));
      break;
    }
    out.hops.push_back(hop ? text_of(hop->source) : "*");
    out.te.push_back(hop ? hop->ttl : -1);
    out.quoted.push_back(hop ? hop->quoted_ttl : -1);
    out.labels.push_back(hop ? hop->labels : decltype(hop->labels){});
    const auto pong = hop ? prober.ping(hop->source) : std::nullopt;
    out.er.push_back(pong && pong->type == wire::icmp4::echo_reply ? pong->ttl : -1);
  }
  return out;
}

Vectors measure(std::string_view name) {
  const auto network = builtin(name);
  return measure(*network, network->info().destinations.front());
}

TEST(ScenarioValues, APlainPathLosesOneTtlPerHop) {
  const auto v = measure("s01");
  EXPECT_EQ(v.te, (Numbers{255, 254, 253, 252, 251, 250, 249}));
  EXPECT_EQ(v.er, v.te);
  EXPECT_EQ(v.quoted, (Numbers{1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(v.hops.back(), "20.0.8.2");
}

TEST(ScenarioValues, AnExplicitTunnelDetoursItsTimeExceeded) {
  const auto v = measure("s02");
  EXPECT_EQ(v.te, (Numbers{255, 254, 247, 248, 249, 250, 249}));
  EXPECT_EQ(v.er, (Numbers{255, 254, 253, 252, 251, 250, 249}));
  EXPECT_EQ(v.quoted, (Numbers{1, 1, 1, 2, 3, 1, 1}));
  using Stack = std::vector<std::pair<std::uint32_t, int>>;
  EXPECT_EQ(v.labels[2], (Stack{{24011, 1}}));
  EXPECT_EQ(v.labels[3], (Stack{{24012, 1}}));
  EXPECT_EQ(v.labels[4], (Stack{{24013, 1}}));
  EXPECT_TRUE(v.labels[5].empty());
}

TEST(ScenarioValues, AnInvisiblePhpTunnelShowsItsLengthInTheReply) {
  const auto v = measure("s07");
  EXPECT_EQ(v.hops, (std::vector<std::string>{"20.0.1.2", "20.0.2.2", "20.0.6.2", "20.0.7.2", "20.0.8.2"}));
  EXPECT_EQ(v.te, (Numbers{255, 254, 250, 250}));
  EXPECT_EQ(v.er, (Numbers{255, 254, 250, 250}));
}

TEST(ScenarioValues, BackwardRevelationFindsOneRouterPerTrace) {
  const auto network = builtin("s07");
  EXPECT_EQ(measure(*network, address("20.0.6.2")).hops,
            (std::vector<std::string>{"20.0.1.2", "20.0.2.2", "20.0.5.2", "20.0.6.2"}));
  EXPECT_EQ(measure(*network, address("20.0.6.2")).te, (Numbers{255, 254, 251}));
  EXPECT_EQ(measure(*network, address("20.0.5.2")).hops,
            (std::vector<std::string>{"20.0.1.2", "20.0.2.2", "20.0.4.2", "20.0.5.2"}));
  EXPECT_EQ(measure(*network, address("20.0.5.2")).te, (Numbers{255, 254, 252}));
  EXPECT_EQ(measure(*network, address("20.0.4.2")).te, (Numbers{255, 254, 253}));
  EXPECT_EQ(measure(*network, address("20.0.3.2")).hops,
            (std::vector<std::string>{"20.0.1.2", "20.0.2.2", "20.0.3.2"}));
}

TEST(ScenarioValues, AJuniperCoreHasARtlaAndIsRevealedAtOnce) {
  const auto network = builtin("s08");
  const auto v = measure(*network, address("20.0.8.2"));
  EXPECT_EQ(v.te, (Numbers{255, 254, 250, 250}));
  EXPECT_EQ(v.er, (Numbers{255, 63, 62, 250}));
  const auto revealed = measure(*network, address("20.0.6.2"));
  EXPECT_EQ(revealed.hops,
            (std::vector<std::string>{"20.0.1.2", "20.0.2.2", "20.0.3.2", "20.0.4.2", "20.0.5.2", "20.0.6.2"}));
  EXPECT_EQ(revealed.te, (Numbers{255, 254, 253, 252, 251}));
  EXPECT_EQ(revealed.er, (Numbers{255, 63, 62, 62, 62}));
}

TEST(ScenarioValues, ADestinationAnswersWithItsOwnInitialTtl) {
  const auto s2 = builtin("s02");
  const auto s8 = builtin("s08");
  EXPECT_EQ(TestProber{*s2}.ping(address("20.0.8.2"))->ttl, 57);
  EXPECT_EQ(TestProber{*s8}.ping(address("20.0.8.2"))->ttl, 60);
}

TEST(ScenarioValues, AUhpTunnelRepeatsTheRouterBehindTheEgress) {
  const auto network = builtin("s17");
  const auto v = measure(*network, address("20.0.8.2"));
  EXPECT_EQ(v.hops, (std::vector<std::string>{"20.0.1.2", "20.0.2.2", "20.0.7.2", "20.0.7.2", "20.0.8.2"}));
  EXPECT_EQ(v.te, (Numbers{255, 254, 252, 252}));
  EXPECT_EQ(v.quoted, (Numbers{1, 1, 1, 1}));
}

TEST(ScenarioValues, EveryBuddyOfAUhpTunnelGivesTheNextRouterAway) {
  const auto network = builtin("s17");
  TestProber prober{*network};
  struct Step {
    const char* buddy;
    const char* answer;
  };
  for (const auto& [buddy, answer] :
       {Step{"20.0.7.1", "20.0.6.2"}, Step{"20.0.6.1", "20.0.5.2"}, Step{"20.0.5.1", "20.0.4.2"},
        Step{"20.0.4.1", "20.0.3.2"}, Step{"20.0.3.1", "20.0.2.2"}}) {
    const auto seen = prober.ask(prober.udp(address(buddy), 3));
    ASSERT_TRUE(seen.has_value()) << buddy;
    EXPECT_EQ(seen->type, 3);
    EXPECT_EQ(seen->code, 3);
    EXPECT_EQ(text_of(seen->source), answer);
    EXPECT_EQ(seen->ttl, std::string{answer} == "20.0.2.2" ? 254 : 253);
  }
  EXPECT_FALSE(prober.ping(address("20.0.7.0")).has_value());
}

TEST(ScenarioValues, AnOpaqueTunnelShowsOneLabelThatCountsItsRouters) {
  const auto v = measure("s28");
  EXPECT_EQ(v.hops, (std::vector<std::string>{"20.0.1.2", "20.0.2.2", "20.0.6.2", "20.0.7.2", "20.0.8.2"}));
  EXPECT_EQ(v.te, (Numbers{255, 254, 250, 250}));
  EXPECT_EQ(v.quoted, (Numbers{1, 1, 1, 1}));
  using Stack = std::vector<std::pair<std::uint32_t, int>>;
  EXPECT_EQ(v.labels[2], (Stack{{24016, 252}}));
}

TEST(ScenarioValues, FrplaBehindTwoTunnelsDependsOnTheFirstOnesWayBack) {
  // PE2 stands at TTL 7. Uniform return of the first tunnel: FRPLA 3, so 255 - 9 = 246; pipe: FRPLA 0, so 249, RTLA 3.
  EXPECT_EQ(measure("s32_explicit_then_invisible").te[6], 246);
  const auto pipe = measure("s32_explicit_then_invisible_pipe");
  EXPECT_EQ(pipe.te[6], 249);
  EXPECT_EQ(pipe.er[6], 61);
}

TEST(ScenarioValues, ARouterThatForwardsTtlZeroMakesTheNextOneAnswerTwice) {
  EXPECT_EQ(measure("s35").hops,
            (std::vector<std::string>{"20.0.1.2", "20.0.2.2", "20.0.4.2", "20.0.4.2", "20.0.5.2", "20.0.6.2"}));
}

TEST(ScenarioValues, ForwardingLoopsRepeatTheirRouters) {
  const auto two = measure("s36_loop2").hops;
  EXPECT_EQ(two[3], "20.0.4.2");
  EXPECT_EQ(two[5], "20.0.4.2");
  EXPECT_EQ(two[4], two[6]);
  const auto three = measure("s36_loop3").hops;
  EXPECT_EQ(three[3], "20.0.4.2");
  EXPECT_EQ(three[6], "20.0.4.2");
  const auto adjacent = measure("s36_adjacent").hops;
  EXPECT_EQ(adjacent[2], "20.0.3.2");
  EXPECT_EQ(adjacent[3], "20.0.3.2");
  EXPECT_EQ(adjacent.back(), "20.0.7.2");
}

TEST(ScenarioValues, SegmentRoutingShowsOneLabelAllAlong) {
  const auto v = measure("s48");
  for (int i = 2; i <= 4; ++i) {
    ASSERT_EQ(v.labels[static_cast<std::size_t>(i)].size(), 1U);
    EXPECT_EQ(v.labels[static_cast<std::size_t>(i)].front().first, 16007U);
  }
}

TEST(ScenarioValues, ServiceLabelsLieBelowWithARisingTtl) {
  const auto v = measure("s49");
  for (int j = 1; j <= 3; ++j) {
    const auto& stack = v.labels[static_cast<std::size_t>(j + 1)];
    ASSERT_EQ(stack.size(), 2U);
    EXPECT_EQ(stack[0].second, 1);
    EXPECT_EQ(stack[1].second, j);
  }
}

TEST(ScenarioValues, ExplicitNullShowsLabelZeroAtTheEgress) {
  const auto v = measure("s03");
  using Stack = std::vector<std::pair<std::uint32_t, int>>;
  EXPECT_EQ(v.labels[5], (Stack{{0, 1}}));
}

TEST(ScenarioValues, TheLabelTtlOfAnOpaqueHopFollowsTheIngress) {
  for (const auto& [name, ttl] : {std::pair{"s29_mttl_002", 2},
                                  {"s29_mttl_200", 200},
                                  {"s29_mttl_236", 236},
                                  {"s29_mttl_237", 237},
                                  {"s29_mttl_254", 254},
                                  {"s29_mttl_255", 255}}) {
    const auto v = measure(name);
    ASSERT_EQ(v.labels[2].size(), 1U) << name;
    EXPECT_EQ(v.labels[2].front().second, ttl) << name;
  }
}

TEST(ScenarioValues, AUhpTunnelInTheIgpIsRevealedByOneTrace) {
  const auto network = builtin("s18");
  EXPECT_EQ(
      measure(*network, address("20.0.7.2")).hops,
      (std::vector<std::string>{"20.0.1.2", "20.0.2.2", "20.0.3.2", "20.0.4.2", "20.0.5.2", "20.0.6.2", "20.0.7.2"}));
}

TEST(ScenarioValues, ADestinationFaceTellsNothingAboutTheEgress) {
  const auto network = builtin("s19");
  TestProber prober{*network};
  EXPECT_EQ(text_of(prober.ask(prober.udp(address("20.0.7.1"), 3))->source), "20.0.7.1");
}

TEST(ScenarioValues, BuddiesStandWhereTheTableOfPositionsSays) {
  struct Case {
    const char *scenario, *duplicate, *buddy;
    bool base_answers;
  };
  for (const auto& c : {Case{"s20_pos0_31", "20.0.7.0", "20.0.7.1", true},
                        {"s20_pos1_30", "20.0.7.1", "20.0.7.2", false},
                        {"s20_pos1_31", "20.0.7.1", "20.0.7.0", true},
                        {"s20_pos2_31", "20.0.7.2", "20.0.7.3", true},
                        {"s20_pos3_31", "20.0.7.3", "20.0.7.2", false}}) {
    const auto network = builtin(c.scenario);
    EXPECT_EQ(measure(*network, address("20.0.8.2")).hops[2], c.duplicate) << c.scenario;
    TestProber prober{*network};
    EXPECT_EQ(text_of(prober.ask(prober.udp(address(c.buddy), 3))->source), "20.0.6.2") << c.scenario;
    EXPECT_EQ(prober.ping(address("20.0.7.0")).has_value(), c.base_answers) << c.scenario;
  }
}

struct Row {
  const char* scenario;
  Numbers te, er, quoted;  // empty: not stated by the table
};

class ScenarioTable : public testing::TestWithParam<Row> {};

TEST_P(ScenarioTable, ShowsTheReplyTtlsOfTheSpecification) {
  const auto& row = GetParam();
  const auto v = measure(row.scenario);
  if (!row.te.empty()) {
    EXPECT_EQ(v.te, row.te);
  }
  if (!row.er.empty()) {
    EXPECT_EQ(v.er, row.er);
  }
  if (!row.quoted.empty()) {
    EXPECT_EQ(v.quoted, row.quoted);
  }
}

const Row rows[] = {
    // UHP explicit null: the pop is the egress's only decrement, so P1-P3 stay at 247, 248, 249.
    {"s03", {255, 254, 247, 248, 249, 250, 249}, {}, {1, 1, 1, 2, 3, 4, 1}},
    {"s04_implicit", {255, 254, 247, 248, 249, 250, 249}, {255, 254, 253, 252, 251, 250, 249}, {1, 1, 1, 2, 3, 1, 1}},
    {"s04b", {}, {}, {1, 1, 1, 2, 0, 1, 1}},
    // UTURN 6, 4, 2 with every quoted TTL 1.
    {"s05_implicit", {255, 254, 247, 248, 249, 250, 249}, {255, 254, 253, 252, 251, 250, 249}, {1, 1, 1, 1, 1, 1, 1}},
    // Nothing left: TE and ER agree.
    {"s05b", {255, 254, 253, 252, 251, 250, 249}, {255, 254, 253, 252, 251, 250, 249}, {1, 1, 1, 1, 1, 1, 1}},
    // UTURN 3, 2, 1 and te 250 three times.
    {"s06", {255, 254, 250, 250, 250, 250, 250}, {255, 254, 253, 252, 251, 250, 250}, {1, 1, 1, 1, 1, 1, 1}},
    {"s09", {255, 254, 252, 252}, {255, 63, 62, 252}, {}},
    {"s10_short_n1", {255, 254, 252, 252}, {}, {}},
    {"s10_short_n2", {255, 254, 251, 251}, {}, {}},
    {"s12", {255, 254, 247, 247, 247, 247, 247, 247}, {}, {}},
    {"s13", {255, 254, 250, 249}, {}, {}},
    {"s14", {255, 254, 250, 249}, {255, 63, 59, 249}, {}},
    {"s15", {255, 63, 62, 250}, {255, 63, 62, 250}, {}},
    // Pop without writing: the routers of the tunnel are not counted on the way back, 255 - (3 - 1) at PE2.
    {"s16", {255, 254, 253, 252}, {255, 63, 62, 252}, {}},
    {"s21_always_decrement", {255, 254, 253, 252}, {}, {}},
    // The egresses of both directions decrement nothing: CE2 loses one to PE2 and one to CE1.
    {"s21_never_decrement", {255, 254, 253}, {}, {1, 1, 1}},
    {"s32_explicit_then_invisible", {}, {}, {1, 1, 1, 2, 3, 1, 1, 1}},
    // Five routers more from R3 on; two more for R3's time exceeded alone.
    {"s33", {255, 254, 248, 247, 246, 245}, {}, {1, 1, 1, 1, 1, 1}},
    {"s34", {255, 254, 251, 252, 251, 250}, {255, 254, 62, 252, 251, 250}, {}},
    {"s35", {255, 254, 252, 252, 251}, {}, {1, 1, 0, 1, 1}},
    {"s49", {255, 254, 247, 248, 249, 250, 249}, {}, {1, 1, 1, 2, 3, 4, 1}},
    {"s50", {255, 253, 253}, {}, {}},
};
std::string row_name(const testing::TestParamInfo<Row>& info) { return info.param.scenario; }
INSTANTIATE_TEST_SUITE_P(, ScenarioTable, testing::ValuesIn(rows), row_name);

/// k - 1 customer routers, then PE1, N LSRs, PE2 and three routers more.
std::string line(int n, int k, std::string_view knobs) {
  std::string chain = "\"VP\"", core = "\"PE1\"";
  for (int i = 1; i < k; ++i) chain += ", \"B" + std::to_string(i) + "\"";
  for (int j = 1; j <= n; ++j) core += ", \"P" + std::to_string(j) + "\"";
  core += ", \"PE2\"";
  return "title = \"line\"\nchain = [" + chain + ", " + core + ", \"E1\", \"E2\", \"E3\", \"D\"]\n" +
         "destinations = [\"D\"]\n[as.core]\nrouters = [" + core + "]\n" + std::string{knobs} + "\n";
}

class Arithmetic : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(Arithmetic, OfAHiddenTunnelsRepliesIsThatOfTheOracle) {
  const auto [n, k] = GetParam();
  const auto at = [](const Numbers& list, int ttl) { return list.at(static_cast<std::size_t>(ttl - 1)); };
  const auto cisco = load_scenario(line(n, k, "push_ttl = \"pipe\""), "cisco", 1);
  const auto c = measure(*cisco, cisco->info().destinations.front());
  for (int d = 1; d <= k; ++d) EXPECT_EQ(at(c.te, d), 255 - (d - 1)) << "plain hop " << d;
  EXPECT_EQ(at(c.te, k + 1), 255 - n - k);
  for (int m = 1; m <= 3; ++m) EXPECT_EQ(at(c.te, k + 1 + m), 255 - std::max(m, n) - k) << "hop behind, " << m;
  const auto juniper = load_scenario(line(n, k, "push_ttl = \"pipe\"\nprofile = \"J\""), "juniper", 1);
  const auto j = measure(*juniper, juniper->info().destinations.front());
  EXPECT_EQ(at(j.te, k + 1), 255 - n - k);
  EXPECT_EQ(at(j.er, k + 1), 64 - k);
}

TEST_P(Arithmetic, OfAVisibleTunnelsRepliesIsThatOfTheOracle) {
  const auto [n, k] = GetParam();
  const auto network = load_scenario(line(n, k, ""), "uniform", 1);
  const auto v = measure(*network, network->info().destinations.front());
  for (int j = 1; j <= n; ++j) {
    const auto at = static_cast<std::size_t>(k + j - 1);
    EXPECT_EQ(v.te.at(at), 255 - ((n - j) + 1 + n + 1 + (k - 1))) << "TE of P" << j;
    EXPECT_EQ(v.er.at(at), 255 - (j + k - 1)) << "ER of P" << j;
    EXPECT_EQ(v.quoted.at(at), j);
  }
}

INSTANTIATE_TEST_SUITE_P(Lengths, Arithmetic,
                         testing::Combine(testing::Values(1, 2, 3, 5, 8), testing::Values(1, 2, 4)));

}  // namespace
}  // namespace utnt::emu
