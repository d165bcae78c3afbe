// SPDX-License-Identifier: BSD-2-Clause
// Random networks load, answer, and tell a truth that fits what a prober sees.
#include "emu/random_scenario.hpp"

#include <gtest/gtest.h>

#include "emu/test_networks.hpp"
#include "emu/test_prober.hpp"

namespace utnt::emu {
namespace {

TEST(RandomScenario, TheSameSeedGivesTheSameText) {
  EXPECT_EQ(random_scenario({.seed = 5}), random_scenario({.seed = 5}));
  EXPECT_NE(random_scenario({.seed = 5}), random_scenario({.seed = 6}));
}

TEST(RandomScenario, EveryDestinationIsReachedWhereTheTruthSaysSo) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const auto network =
        load(random_scenario({.seed = seed, .routers = 60 + 30 * static_cast<std::uint32_t>(seed)}), seed);
    TestProber prober{*network};
    for (const auto& to : network->info().destinations) {
      const auto truth = network->truth(to);
      ASSERT_TRUE(truth.reachable) << "seed " << seed << " to " << text_of(to);
      const auto pong = prober.ping(to);
      ASSERT_TRUE(pong.has_value()) << "seed " << seed << " to " << text_of(to);
      EXPECT_EQ(truth.path.back().incoming, to);
    }
  }
}

TEST(RandomScenario, EveryHopThatAnswersIsOnTheTruePath) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const auto network = load(random_scenario({.seed = seed}), seed);
    TestProber prober{*network};
    for (const auto& to : network->info().destinations) {
      std::size_t at = 0;
      for (const auto& hop : prober.trace(to, 40)) {
        if (!hop) continue;
        const auto path = network->truth(to).path;
        const auto has = [&](const TrueRouter& r) {
          return std::find(r.aliases.begin(), r.aliases.end(), hop->source) != r.aliases.end();
        };
        const auto found = std::find_if(path.begin() + static_cast<std::ptrdiff_t>(at), path.end(), has);
        ASSERT_NE(found, path.end()) << "seed " << seed << ": " << text_of(hop->source) << " to " << text_of(to);
        at = static_cast<std::size_t>(found - path.begin());
      }
    }
  }
}

TEST(RandomScenario, TunnelsOfEveryClassOccur) {
  std::map<TrueClass, int> seen;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto network = load(random_scenario({.seed = seed}), seed);
    for (const auto& to : network->info().destinations)
      for (const auto& tunnel : network->truth(to).tunnels) {
        ++seen[tunnel.tunnel_class];
        const bool may_hide_itself = tunnel.tunnel_class == TrueClass::invisible_uhp;
        EXPECT_LT(tunnel.ingress + (may_hide_itself ? 0 : 1), tunnel.egress);
        EXPECT_EQ(tunnel.detectable, tunnel.undetectable_rule.empty());
      }
  }
  EXPECT_EQ(seen.size(), 5U);
}

}  // namespace
}  // namespace utnt::emu
