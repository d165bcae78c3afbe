// SPDX-License-Identifier: BSD-2-Clause
// S43: a thousand destinations behind one tunnel. The tunnel is revealed once, every address pinged once, and the whole
// costs what the model of the TNT specification (section 9.4) says.
#include <gtest/gtest.h>

#include <map>

#include "truth_check.hpp"

namespace utnt::sim {
namespace {

RunRequest many(const std::string& rules) {
  auto asked = request("s43_many_destinations", rules);
  // Virtual time is free, but waiting for a polite rate is not what this is about.
  asked.options.pps = 0;
  asked.options.prefix_pps = 0;
  asked.options.near_pps = 0;
  return asked;
}

std::uint64_t revelation_probes(const Run& run) {
  std::uint64_t sum = 0;
  for (const auto& trace : run.traces) {
    for (const auto& path : trace.paths) sum += path.probes_sent;
  }
  return sum;
}

void expect_each_address_pinged_once(const Run& run) {
  std::map<wire::IpAddress, int> pinged;
  for (const auto& ping : run.pings) ++pinged[ping.address];
  for (const auto& [address, times] : pinged) EXPECT_EQ(times, 1);
}

std::uint64_t probes_past_destination(const Run& run) {
  std::uint64_t sum = 0;
  for (const auto& trace : run.traces) sum += trace.initial.probes_sent - 5U;
  return sum;
}

constexpr std::uint64_t destinations = 1000;
constexpr std::uint64_t routers = 4 + 3;  ///< CE1, PE1, PE2, CE2 and three hidden ones

TEST(ManyDestinations, the_original_rules_reveal_once_and_cost_what_the_model_says) {
  const auto run = run_scenario(many("tnt"));
  const Blame blame{run};
  ASSERT_EQ(run.traces.size(), destinations);
  EXPECT_EQ(run.summary.counters.revelations, 1U);
  EXPECT_EQ(deviations(run), std::set<std::string>{});
  expect_each_address_pinged_once(run);
  // BRPR of three routers: 5 N + 4, one less for each of the four traces since only one router stands before the
  // ingress.
  EXPECT_EQ(revelation_probes(run), 5U * 3 + 4 - 4);
  // Five probes a trace, one ping an address, one revelation.
  const std::uint64_t model = destinations * 5 + (routers + destinations) + 15;
  EXPECT_NEAR(static_cast<double>(run.summary.counters.probes_sent), static_cast<double>(model),
              static_cast<double>(model) / 100);
}

TEST(ManyDestinations, the_default_rules_reveal_once_and_cost_no_more_but_what_runs_past_the_destinations) {
  const auto run = run_scenario(many("utnt"));
  const Blame blame{run};
  ASSERT_EQ(run.traces.size(), destinations);
  EXPECT_EQ(run.summary.counters.revelations, 1U);
  EXPECT_EQ(deviations(run), std::set<std::string>{});
  expect_each_address_pinged_once(run);
  const auto overshoot = probes_past_destination(run);
  EXPECT_LE(overshoot, 7 * destinations) << "at most a window less one";
  const std::uint64_t model = destinations * 5 + (routers + destinations) + 15;
  EXPECT_NEAR(static_cast<double>(run.summary.counters.probes_sent - overshoot), static_cast<double>(model),
              static_cast<double>(model) / 100);
}

TEST(ManyDestinations, at_the_default_rate_hardly_a_probe_runs_past_a_destination) {
  const auto run = run_scenario(request("s43_many_destinations", "utnt"));
  const Blame blame{run};
  EXPECT_LE(probes_past_destination(run), destinations) << "on average one a trace";
  EXPECT_EQ(run.summary.counters.revelations, 1U);
}

}  // namespace
}  // namespace utnt::sim
