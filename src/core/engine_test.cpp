// SPDX-License-Identifier: BSD-2-Clause
#include "core/engine.hpp"

#include <gtest/gtest.h>

#include <map>

#include "core/engine_run_test.hpp"

namespace utnt::core {
namespace {

using test::config_for;
using test::LineOptions;
using test::run;

using test::host;

class BothRules : public ::testing::TestWithParam<RuleSet> {};

TEST_P(BothRules, TracesALineOfRoutersToTheHost) {
  const auto outcome = run(config_for(GetParam()), {.routers = 5}, {host});
  const auto verdicts = outcome.all<Verdict>();
  ASSERT_EQ(verdicts.size(), 6U);
  for (unsigned i = 0; i < 5; ++i) {
    EXPECT_EQ(verdicts[i].address, (wire::IpAddress{wire::Ipv4Address{20, 0, static_cast<std::uint8_t>(i + 1), 2}}));
    EXPECT_EQ(verdicts[i].te_ttl, 255 - i);
    EXPECT_EQ(verdicts[i].er_ttl, 64 - i);
    EXPECT_EQ(verdicts[i].probe_ttl, i + 1);
    EXPECT_EQ(verdicts[i].rtt, Duration{2'000'000} * (i + 1));
    EXPECT_TRUE(verdicts[i].marks.empty());
  }
  EXPECT_EQ(verdicts[5].address, host);
  const auto ends = outcome.all<TraceEnd>();
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].stop, StopReason::completed);
  EXPECT_EQ(ends[0].hops, 6);
}

TEST_P(BothRules, KeepsSilentHopsAndAnswersOfManyTraces) {
  std::vector<wire::IpAddress> destinations;
  for (unsigned i = 0; i < 100; ++i)
    destinations.emplace_back(wire::Ipv4Address{20, 1, static_cast<std::uint8_t>(i), 9});
  auto config = config_for(GetParam());
  config.rate_pps_max = 5000;
  config.near_pps_max = 0;
  const auto outcome = run(config, {.routers = 7, .silent = {3, 4}}, destinations);
  const auto ends = outcome.all<TraceEnd>();
  ASSERT_EQ(ends.size(), 100U);
  for (const auto& end : ends) {
    EXPECT_EQ(end.hops, 8);
    EXPECT_EQ(end.stop, StopReason::completed);
  }
  std::map<std::uint32_t, unsigned> silent;
  for (const auto& verdict : outcome.all<Verdict>()) silent[verdict.trace.value()] += verdict.address.is_none() ? 1 : 0;
  for (const auto& [trace, count] : silent) EXPECT_EQ(count, 2U) << trace;
  EXPECT_EQ(outcome.all<Ping>().size(), 105U) << "every router once, every host once";
}

TEST_P(BothRules, StopsAfterFiveSilentHops) {
  const auto outcome = run(config_for(GetParam()), {.routers = 4, .host_answers = false}, {host});
  const auto ends = outcome.all<TraceEnd>();
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].stop, StopReason::gap_limit);
  EXPECT_EQ(ends[0].hops, 9);
}

TEST_P(BothRules, GivesTheSameEventsForTheSameSeed) {
  const auto config = config_for(GetParam());
  const LineOptions options{.routers = 6, .loss_percent = 10, .seed = 7};
  const auto first = run(config, options, {host});
  const auto second = run(config, options, {host});
  EXPECT_EQ(first.counters.probes_sent, second.counters.probes_sent);
  EXPECT_EQ(first.events.size(), second.events.size());
  EXPECT_EQ(first.took, second.took);
}

TEST_P(BothRules, EndsEveryTraceWhenStoppedHalfWay) {
  auto config = config_for(GetParam());
  std::vector<wire::IpAddress> destinations(10, host);
  for (unsigned i = 0; i < 10; ++i) destinations[i] = wire::Ipv4Address{20, 1, static_cast<std::uint8_t>(i), 9};
  const auto outcome = run(config, {.routers = 9}, destinations, Instant{150'000'000});
  EXPECT_EQ(outcome.all<TraceEnd>().size(), outcome.counters.traces_started);
  EXPECT_EQ(outcome.all<PathStart>().size(), outcome.all<PathEnd>().size());
}

TEST_P(BothRules, NeverSendsFasterThanTheRate) {
  auto config = config_for(GetParam());
  config.rate_pps_max = 100;
  config.burst_packets_max = 1;
  const auto outcome = run(config, {.routers = 12, .hop_delay = Duration{100'000}}, {host});
  const auto probes = static_cast<std::int64_t>(outcome.counters.probes_sent);
  EXPECT_GE(outcome.took, Duration{10'000'000} * (probes - 1));
}

INSTANTIATE_TEST_SUITE_P(RuleSets, BothRules, ::testing::Values(RuleSet::tnt, RuleSet::utnt),
                         [](const auto& test) { return test.param == RuleSet::tnt ? "tnt" : "utnt"; });

TEST(Engine, OriginalRulesSpendThreeProbesAndThreeSecondsOnASilentHop) {
  const auto outcome = run(config_for(RuleSet::tnt), {.routers = 4, .silent = {2}}, {host});
  const auto ends = outcome.all<TraceEnd>();
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].probes[static_cast<std::size_t>(ProbeUse::initial)], 4U + 3U);
  EXPECT_EQ(ends[0].probes[static_cast<std::size_t>(ProbeUse::ping)], 4U);
  EXPECT_GE(outcome.took, Duration{3'000'000'000});
}

TEST(Engine, DefaultRulesDoNotWaitForASilentHop) {
  const auto outcome = run(config_for(RuleSet::utnt), {.routers = 9, .silent = {2, 5}}, {host});
  EXPECT_LT(outcome.took, Duration{1'500'000'000});
}

TEST(Engine, DefaultRulesOvershootTheDestinationByOneProbeAtMostOnAverage) {
  auto config = config_for(RuleSet::utnt);
  std::vector<wire::IpAddress> destinations;
  for (unsigned i = 0; i < 100; ++i)
    destinations.emplace_back(wire::Ipv4Address{20, 1, static_cast<std::uint8_t>(i), 9});
  const auto outcome = run(config, {.routers = 11}, destinations);
  EXPECT_LE(outcome.counters.probes_by_use[0], 100U * 13U);
}

TEST(Engine, RefusesAConfigurationThatContradictsTheOriginal) {
  auto config = config_for(RuleSet::tnt);
  config.window = 4;
  EXPECT_EQ(invalid_field(config), "window");
  std::array<std::byte, 64> memory{};
  EXPECT_EQ(Engine::create(config, memory).error(), Error::invalid_argument);
}

}  // namespace
}  // namespace utnt::core
