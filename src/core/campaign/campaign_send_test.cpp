// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "core/engine_run_test.hpp"

namespace utnt::core {
namespace {

using test::config_for;
using test::run;

std::vector<wire::IpAddress> hosts_in_one_prefix(unsigned count) {
  std::vector<wire::IpAddress> out;
  for (unsigned i = 0; i < count; ++i) out.emplace_back(wire::Ipv4Address{30, 1, 1, static_cast<std::uint8_t>(i + 1)});
  return out;
}

TEST(CampaignSend, HoldsTheCeilingOfADestinationPrefix) {
  auto config = config_for(RuleSet::utnt);
  config.rate_pps_max = 0;
  config.near_pps_max = 0;
  config.prefix_pps_max = 50;
  config.prefix_burst = 100;
  const auto outcome = run(config, {.routers = 9}, hosts_in_one_prefix(40));
  const auto to_prefix = static_cast<std::int64_t>(outcome.counters.probes_by_use[0]);
  EXPECT_GE(outcome.took, Duration{1'000'000'000 / 50} * (to_prefix - 100));
  EXPECT_GT(outcome.counters.ceiling_delays, 0U);
}

TEST(CampaignSend, ACeilingOfZeroIsOff) {
  auto config = config_for(RuleSet::utnt);
  config.rate_pps_max = 0;
  config.near_pps_max = 0;
  config.prefix_pps_max = 0;
  const auto outcome = run(config, {.routers = 9}, hosts_in_one_prefix(40));
  EXPECT_EQ(outcome.counters.ceiling_delays, 0U);
  EXPECT_LT(outcome.took, Duration{5'000'000'000});
}

TEST(CampaignSend, HoldsTheCeilingOfARouterNearTheVantagePoint) {
  auto config = config_for(RuleSet::utnt);
  config.rate_pps_max = 0;
  config.prefix_pps_max = 0;
  config.near_pps_max = 20;
  std::vector<wire::IpAddress> destinations;
  for (unsigned i = 0; i < 100; ++i)
    destinations.emplace_back(wire::Ipv4Address{30, 1, static_cast<std::uint8_t>(i), 1});
  const auto outcome = run(config, {.routers = 5}, destinations);
  // 100 probes meet TTL 1 at 20 a second, but for two bursts of 20: one before the router is known, one after.
  EXPECT_GE(outcome.took, Duration{3'000'000'000 - 50'000'000});
}

}  // namespace
}  // namespace utnt::core
