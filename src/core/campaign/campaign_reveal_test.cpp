// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "core/engine_run_test.hpp"

namespace utnt::core {
namespace {

using test::config_for;
using test::host;
using test::LineOptions;
using test::run;

const LineOptions hidden_three{.routers = 8, .tunnel_ingress = 2, .tunnel_lsrs = 3};

class Reveal : public ::testing::TestWithParam<RuleSet> {};

TEST_P(Reveal, InsertsTheHiddenRoutersBetweenTheirEnds) {
  const auto outcome = run(config_for(GetParam()), hidden_three, {host});
  const auto verdicts = outcome.all<Verdict>();
  ASSERT_EQ(verdicts.size(), 9U);
  for (unsigned i = 0; i < 8; ++i) {
    EXPECT_EQ(verdicts[i].address, (wire::IpAddress{wire::Ipv4Address{20, 0, static_cast<std::uint8_t>(i + 1), 2}}));
    EXPECT_EQ(verdicts[i].discoveries.has(Discovery::revealed), i >= 2 && i <= 4) << i;
  }
  const auto tunnels = outcome.all<Tunnel>();
  ASSERT_EQ(tunnels.size(), 1U);
  EXPECT_EQ(tunnels[0].tunnel_class, TunnelClass::invisible_php);
  EXPECT_EQ(tunnels[0].trigger, Trigger::rtla);
  EXPECT_EQ(tunnels[0].ingress, verdicts[1].address);
  EXPECT_EQ(tunnels[0].egress, verdicts[5].address);
  EXPECT_EQ(tunnels[0].revealed_lsrs, 3);
  EXPECT_EQ(tunnels[0].estimated_lsrs, 3);
  EXPECT_EQ(tunnels[0].completeness, Completeness::complete);
}

TEST_P(Reveal, RevealsATunnelOnceForAllTracesThatCrossIt) {
  std::vector<wire::IpAddress> destinations;
  for (unsigned i = 0; i < 50; ++i)
    destinations.emplace_back(wire::Ipv4Address{30, 1, static_cast<std::uint8_t>(i), 1});
  const auto outcome = run(config_for(GetParam()), hidden_three, destinations);
  EXPECT_EQ(outcome.counters.revelations, 1U);
  EXPECT_EQ(outcome.counters.revelations_reused, 49U);
  const auto tunnels = outcome.all<Tunnel>();
  ASSERT_EQ(tunnels.size(), 50U);
  unsigned fresh = 0;
  for (const auto& tunnel : tunnels) {
    EXPECT_EQ(tunnel.id, TunnelId{1});
    fresh += tunnel.reused ? 0 : 1;
  }
  EXPECT_EQ(fresh, 1U);
}

TEST_P(Reveal, KeepsASilentHiddenRouterAsAStar) {
  auto options = hidden_three;
  options.silent = {4};
  const auto verdicts = run(config_for(GetParam()), options, {host}).all<Verdict>();
  ASSERT_EQ(verdicts.size(), 9U);
  EXPECT_TRUE(verdicts[3].address.is_none());
  EXPECT_TRUE(verdicts[3].discoveries.has(Discovery::revealed));
}

TEST(RevealDefaultRules, ASilentEgressIsNotTakenForASilentIngress) {
  auto options = hidden_three;
  options.silent = {6};  // PE2: the next hop shows the return LSP
  const auto outcome = run(config_for(RuleSet::utnt), options, {host});
  const auto verdicts = outcome.all<Verdict>();
  ASSERT_EQ(verdicts.size(), 9U);
  for (unsigned i = 0; i < 9; ++i) EXPECT_EQ(verdicts[i].address.is_none(), i == 5) << i;
  const auto tunnels = outcome.all<Tunnel>();
  ASSERT_EQ(tunnels.size(), 1U);
  EXPECT_EQ(tunnels[0].ingress, verdicts[1].address);
  EXPECT_TRUE(tunnels[0].egress.is_none());
  EXPECT_EQ(tunnels[0].first_index, 1);
  EXPECT_EQ(tunnels[0].last_index, 5);
  EXPECT_EQ(tunnels[0].revealed_lsrs, 3);
}

INSTANTIATE_TEST_SUITE_P(RuleSets, Reveal, ::testing::Values(RuleSet::tnt, RuleSet::utnt));

}  // namespace
}  // namespace utnt::core
