// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "apps/utnt/fleet_replay_figures.hpp"

namespace utnt::apps {
namespace {

constexpr std::int64_t ms = 1'000'000;

/// Due at `due`, and done 300 ms later: 10 ms until its offer, 200 ms of a slot.
Deployment done_at(std::uint32_t run, std::uint64_t event, std::int64_t due) {
  Deployment deployment;
  deployment.run = run;
  deployment.event = event;
  deployment.state = "done";
  deployment.answer = "a";
  deployment.at = {{"due", due},
                   {"accepted", due},
                   {"offered", due + 10 * ms},
                   {"first_probe", due + 20 * ms},
                   {"freed", due + 210 * ms},
                   {"stored", due + 300 * ms}};
  return deployment;
}

TEST(ReplaySummary, quantiles_are_values_that_occurred) {
  const auto q = quantiles({4, 1, 3, 2});
  EXPECT_EQ(q.count, 4U);
  EXPECT_EQ(q.median, 2);
  EXPECT_EQ(q.p90, 4);
  EXPECT_EQ(q.p99, 4);
  EXPECT_EQ(q.max, 4);
  EXPECT_EQ(quantiles({}).count, 0U);
  std::vector<double> hundred;
  for (int i = 100; i >= 1; --i) hundred.push_back(i);
  EXPECT_EQ(quantiles(hundred).p99, 99);
}

TEST(ReplaySummary, runs_are_counted_and_compared_with_the_queue) {
  ReplayOptions options;
  options.nodes = 1;
  auto refused = done_at(1, 2, 100 * ms);  // while the only slot is taken
  refused.state = "refused";
  refused.at = {{"due", 100 * ms}, {"accepted", 100 * ms}};
  const auto summary = summarise(options, {done_at(1, 1, 0), refused, done_at(2, 1, 0), done_at(2, 2, 500 * ms)});
  EXPECT_EQ(summary.all.events, 4U);
  EXPECT_EQ(summary.all.accepted, 3U);
  EXPECT_EQ(summary.all.refused, 1U);
  EXPECT_EQ(summary.all.done, 3U);
  ASSERT_EQ(summary.runs.size(), 2U);
  EXPECT_EQ(summary.runs[0].accepted, 1U);
  // Every service takes 200 ms: of arrivals 100 ms apart one finds the server free, of those 500 ms apart both.
  EXPECT_DOUBLE_EQ(summary.runs[0].forecast, 1);
  EXPECT_DOUBLE_EQ(summary.runs[1].forecast, 2);
  EXPECT_DOUBLE_EQ(summary.accepted_mean, 1.5);
  EXPECT_DOUBLE_EQ(summary.total.median, 0.3);
  EXPECT_DOUBLE_EQ(summary.first_probe.max, 0.02);
  EXPECT_DOUBLE_EQ(summary.service.median, 0.2);
  EXPECT_DOUBLE_EQ(summary.wait_mean_s, 0.01);
}

TEST(ReplaySummary, a_failure_is_accepted_but_not_done_and_another_answer_is_noticed) {
  auto failed = done_at(1, 1, 0);
  failed.state = "failed";
  auto other = done_at(1, 3, 2'000 * ms);
  other.answer = "b";
  const auto summary = summarise({}, {failed, done_at(1, 2, 1'000 * ms), other});
  EXPECT_EQ(summary.all.accepted, 3U);
  EXPECT_EQ(summary.all.failed, 1U);
  EXPECT_EQ(summary.all.done, 2U);
  EXPECT_EQ(summary.answers, 2U);
  EXPECT_EQ(summary.total.count, 2U) << "only what succeeded has a total time";
}

}  // namespace
}  // namespace utnt::apps
