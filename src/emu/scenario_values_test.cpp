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
  for (const auto& hop : prober.trace(to)) {
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

}  // namespace
}  // namespace utnt::emu
