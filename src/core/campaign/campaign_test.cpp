// SPDX-License-Identifier: BSD-2-Clause
#include "core/campaign/campaign.hpp"

#include <gtest/gtest.h>

#include "core/engine_run_test.hpp"

namespace utnt::core {
namespace {

using test::config_for;
using test::run;

TEST(Campaign, NeedsMemoryByTracesInFlightAndCachesNotByDestinations) {
  auto config = config_for(RuleSet::utnt);
  config.traces_max = 4;
  std::vector<wire::IpAddress> destinations;
  for (unsigned i = 0; i < 600; ++i) {
    destinations.emplace_back(
        wire::Ipv4Address{30, static_cast<std::uint8_t>(i / 250), static_cast<std::uint8_t>(i % 250), 1});
  }
  config.rate_pps_max = 0;
  config.near_pps_max = 0;
  config.addresses_max = 300;  // fewer than there are hosts: old ones make room
  const auto outcome = run(config, {.routers = 5}, destinations);
  EXPECT_EQ(outcome.all<TraceEnd>().size(), 600U);
  EXPECT_EQ(outcome.counters.table_full, 0U);
}

TEST(Campaign, LosesNoTraceWhenEveryTableIsTooSmall) {
  auto config = config_for(RuleSet::utnt);
  config.traces_max = 40;
  config.addresses_max = 64;
  config.tunnels_max = 16;
  config.rate_pps_max = 0;
  config.near_pps_max = 0;
  std::vector<wire::IpAddress> destinations;
  for (unsigned i = 0; i < 200; ++i)
    destinations.emplace_back(wire::Ipv4Address{30, 1, static_cast<std::uint8_t>(i), 1});
  const auto outcome = run(config, {.routers = 60, .tunnel_ingress = 2, .tunnel_lsrs = 3}, destinations);
  EXPECT_EQ(outcome.all<TraceEnd>().size(), 200U);
  EXPECT_GT(outcome.counters.table_full, 0U) << "what could not be kept is counted";
}

TEST(Campaign, RefusesWhatItCannotTrace) {
  const auto config = config_for(RuleSet::utnt);
  std::vector<std::byte> raw(Engine::bytes_needed(config) + Arena::alignment);
  auto* start = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(raw.data()) + 63) / 64 * 64);
  auto engine = Engine::create(config, {start, Engine::bytes_needed(config)});
  ASSERT_TRUE(engine.has_value());
  EXPECT_EQ(engine->start({.destination = wire::Ipv6Address{}}, Instant{}).error(), Error::unsupported);
  EXPECT_TRUE(engine->idle());
}

}  // namespace
}  // namespace utnt::core
