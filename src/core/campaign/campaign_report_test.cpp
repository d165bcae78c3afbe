// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <numeric>

#include "core/engine_run_test.hpp"

namespace utnt::core {
namespace {

using test::config_for;
using test::host;
using test::LineOptions;
using test::run;

TEST(CampaignReport, AccountsForEveryProbeOfATrace) {
  for (const auto rules : {RuleSet::tnt, RuleSet::utnt}) {
    const auto outcome =
        run(config_for(rules), {.routers = 8, .silent = {4}, .tunnel_ingress = 2, .tunnel_lsrs = 3}, {host});
    const auto ends = outcome.all<TraceEnd>();
    ASSERT_EQ(ends.size(), 1U);
    const auto spent = std::accumulate(ends[0].probes.begin(), ends[0].probes.end(), 0U);
    EXPECT_EQ(spent, outcome.counters.probes_sent);
  }
}

TEST(CampaignReport, GivesTheFormulasOfTheSpecificationForEachHop) {
  // PE2 of a hidden PHP tunnel of N = 3 behind k = 2, <255,64>: te = 255 - N - k = 250, er = 64 - k = 62.
  const auto outcome = run(config_for(RuleSet::tnt), {.routers = 8, .tunnel_ingress = 2, .tunnel_lsrs = 3}, {host});
  const auto egress = outcome.all<Verdict>()[5];
  EXPECT_EQ(egress.probe_ttl, 3);
  EXPECT_EQ(egress.te_ttl, 250);
  EXPECT_EQ(egress.er_ttl, 62);
  EXPECT_EQ(egress.frpla, 3);
  EXPECT_EQ(egress.rtla, 3);
  EXPECT_EQ(egress.uturn, 3);
}

TEST(CampaignReport, AHaltedTraceIsReportedWithWhatItHas) {
  const auto outcome =
      run(config_for(RuleSet::utnt), {.routers = 9, .hop_delay = Duration{20'000'000}}, {host}, Instant{200'000'000});
  const auto ends = outcome.all<TraceEnd>();
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].stop, StopReason::halted);
  EXPECT_EQ(outcome.all<Verdict>().size(), ends[0].hops);
  EXPECT_GT(ends[0].hops, 0);
}

TEST(CampaignReport, ATraceHaltedBetweenItsPathAndItsRevelationIsHalted) {
  // The path of 6 visible hops ends within 100 ms; the revelation needs longer.
  const LineOptions slow{.routers = 8, .hop_delay = Duration{5'000'000}, .tunnel_ingress = 2, .tunnel_lsrs = 3};
  const auto whole = run(config_for(RuleSet::utnt), slow, {host});
  const auto path_end = whole.all<PathEnd>()[0].at;
  ASSERT_LT(path_end, whole.all<TraceEnd>()[0].at);
  const auto cut = run(config_for(RuleSet::utnt), slow, {host}, path_end + Duration{1});
  const auto ends = cut.all<TraceEnd>();
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(cut.all<PathEnd>()[0].stop, StopReason::completed);
  EXPECT_EQ(ends[0].stop, StopReason::halted);
}

}  // namespace
}  // namespace utnt::core
