// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <set>

#include "core/engine_run_test.hpp"

namespace utnt::core {
namespace {

using test::config_for;
using test::host;
using test::run;

bool is_third_router(const void*, const wire::IpAddress& address) {
  return address == wire::IpAddress{wire::Ipv4Address{20, 0, 3, 2}};
}

TEST(CampaignTrace, NeverPingsABlockedAddress) {
  auto config = config_for(RuleSet::utnt);
  config.blocked = is_third_router;
  const auto outcome = run(config, {.routers = 5}, {host});
  for (const auto& ping : outcome.all<Ping>()) EXPECT_FALSE(is_third_router(nullptr, ping.address));
  EXPECT_EQ(outcome.all<Ping>().size(), 5U);
}

TEST(CampaignTrace, OneDestinationTwiceIsTracedTwiceOneAfterTheOther) {
  const auto outcome = run(config_for(RuleSet::utnt), {.routers = 4}, {host, host});
  const auto starts = outcome.all<PathStart>();
  const auto ends = outcome.all<PathEnd>();
  ASSERT_EQ(starts.size(), 2U);
  EXPECT_GE(starts[1].at, ends[0].at) << "same flow, same fields: never at once";
  EXPECT_EQ(outcome.all<TraceEnd>().size(), 2U);
}

TEST(CampaignTrace, PingsEveryAddressOnceForAllTraces) {
  std::vector<wire::IpAddress> destinations;
  for (unsigned i = 0; i < 30; ++i)
    destinations.emplace_back(wire::Ipv4Address{30, 1, static_cast<std::uint8_t>(i), 1});
  const auto outcome = run(config_for(RuleSet::utnt), {.routers = 6}, destinations);
  std::set<wire::IpAddress> pinged;
  for (const auto& ping : outcome.all<Ping>()) EXPECT_TRUE(pinged.insert(ping.address).second);
  EXPECT_EQ(pinged.size(), 36U);
  EXPECT_EQ(outcome.counters.pings_sent, 36U);
}

TEST(CampaignTrace, DoubletreeListsTheWholePathOnceAndThenOnlyWhatIsNew) {
  auto config = config_for(RuleSet::utnt);
  config.doubletree = true;
  config.traces_max = 1;
  const wire::IpAddress second = wire::Ipv4Address{30, 1, 1, 1};
  const auto outcome = run(config, {.routers = 9}, {host, second});
  std::vector<int> first_ttls, second_ttls;
  for (const auto& verdict : outcome.all<Verdict>()) {
    (verdict.trace == TraceId{1} ? first_ttls : second_ttls).push_back(verdict.probe_ttl);
  }
  EXPECT_EQ(first_ttls, (std::vector{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(second_ttls, (std::vector{5, 6, 7, 8, 9, 10})) << "backwards to the first router seen before";
}

TEST(CampaignTrace, DoubletreeFindsADestinationThatIsNearerThanItsBegin) {
  auto config = config_for(RuleSet::utnt);
  config.doubletree = true;
  const auto outcome = run(config, {.routers = 2}, {host});
  const auto ends = outcome.all<TraceEnd>();
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].stop, StopReason::completed);
  EXPECT_EQ(ends[0].hops, 3);
}

TEST(CampaignTrace, EventsOfATraceComeInTheirOrder) {
  const auto outcome = run(config_for(RuleSet::utnt), {.routers = 4}, {host});
  bool path_ended = false, trace_ended = false;
  std::size_t verdicts = 0;
  for (const auto& event : outcome.events) {
    EXPECT_FALSE(trace_ended);
    if (std::holds_alternative<PathEnd>(event)) path_ended = true;
    if (const auto* verdict = std::get_if<Verdict>(&event)) {
      EXPECT_TRUE(path_ended);
      EXPECT_EQ(verdict->index, verdicts++);
    }
    if (std::holds_alternative<TraceEnd>(event)) trace_ended = true;
  }
  EXPECT_TRUE(std::holds_alternative<PathStart>(outcome.events.front()));
  EXPECT_TRUE(trace_ended);
}

}  // namespace
}  // namespace utnt::core
