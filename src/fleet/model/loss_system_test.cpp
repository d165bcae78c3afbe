// SPDX-License-Identifier: BSD-2-Clause
// Expected values: Erlang's B and C formulas, arithmetic by hand, and the numbers of the fleet specification.
#include "fleet/model/loss_system.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "fleet/model/dispatcher.hpp"
#include "fleet/model/event_list.hpp"
#include "fleet/model/model_test_support.hpp"
#include "support/property.hpp"

namespace utnt::fleet {
namespace {

using Times = std::vector<Duration>;

Duration seconds_of(double seconds) { return Duration{std::llround(seconds * 1e9)}; }
double uniform(Prng& prng) { return (static_cast<double>(prng.below(1'000'000'000)) + 0.5) / 1e9; }
double exponential(Prng& prng, double mean) { return -mean * std::log(uniform(prng)); }

struct Poisson {
  Times arrivals;
  Times services;
};
Poisson poisson(std::size_t count, double arrivals_per_s, double service_s, Prng& prng) {
  Poisson all;
  double now = 0;
  for (std::size_t i = 0; i < count; ++i) {
    now += exponential(prng, 1 / arrivals_per_s);
    all.arrivals.push_back(seconds_of(now));
    all.services.push_back(seconds_of(exponential(prng, service_s)));
  }
  return all;
}

double erlang_b(std::size_t servers, double load) {
  double inverse = 1;
  for (std::size_t i = 1; i <= servers; ++i) inverse = 1 + inverse * static_cast<double>(i) / load;
  return 1 / inverse;
}
double erlang_c(std::size_t servers, double load) {
  const double b = erlang_b(servers, load);
  const double use = load / static_cast<double>(servers);
  return b / (1 - use + use * b);
}

Times paper_arrivals() {
  Times arrivals;
  for (const auto& event : parse_event_list(paper_event_list(false), "paper").events) arrivals.push_back(event.at);
  return arrivals;
}
/// Service times of which only mean and median are known: a least time and an exponential remainder with both.
Times with_mean_and_median(double mean, double median, double more = 0) {
  constexpr std::size_t count = 1'000;
  const double rest = (mean - median) / (1 - std::log(2.0));
  Times times;
  for (std::size_t i = 0; i < count; ++i)
    times.push_back(seconds_of(mean - rest + more - rest * std::log((static_cast<double>(i) + 0.5) / count)));
  return times;
}

TEST(LossSystem, LosesWhatErlangsFormulaSays) {
  EXPECT_NEAR(erlang_b(5, 3), 0.1101, 0.0001);  // tables: B(5, 3 erlang) = 0.110
  Prng prng{1};
  const auto all = poisson(400'000, 1, 3, prng);
  const auto outcome = serve_or_refuse(all.arrivals, all.services, 5);
  EXPECT_EQ(outcome.accepted + outcome.refused, 400'000U);
  EXPECT_NEAR(static_cast<double>(outcome.refused) / 400'000, erlang_b(5, 3), 0.003);
  EXPECT_EQ(outcome.waited, Duration{});
}

TEST(LossSystem, MakesWaitAsLongAsErlangsFormulaSays) {
  Prng prng{2};
  constexpr std::size_t count = 1'500'000;  // waits of neighbours are alike: the mean needs many
  const auto all = poisson(count, 1, 3, prng);
  const auto outcome = serve_in_order(all.arrivals, all.services, 5);
  const double expected = erlang_c(5, 3) * 3 / (5 - 3);  // mean wait of M/M/c: C(c, a) * service / (c - a)
  EXPECT_EQ(outcome.accepted, count);
  EXPECT_NEAR(static_cast<double>(outcome.waited.ns()) / count / 1e9, expected, 0.03 * expected);
}

TEST(LossSystem, TakesAServerThatBecomesFreeAtThatMoment) {
  const Times arrivals{0_s, 1_s, 2_s, 3_s};
  const Times services{2_s, 2_s, 2_s, 2_s};
  EXPECT_EQ(serve_or_refuse(arrivals, services, 1).accepted, 2U);
  const auto waiting = serve_in_order(arrivals, services, 1);
  EXPECT_EQ(waiting.waited, 0_s + 1_s + 2_s + 3_s);
  EXPECT_EQ(waiting.longest_wait, 3_s);
  EXPECT_EQ(waiting.last_end, 8_s);
}

TEST(LossSystem, AcceptsOfThePapersListWhatArithmeticSays) {
  const auto arrivals = paper_arrivals();
  const auto accepted = [&](double service_s) {
    return serve_or_refuse(arrivals, Times(arrivals.size(), seconds_of(service_s)), 5).accepted;
  };
  EXPECT_EQ(accepted(3.33), 59U);   // at most 4 at a time
  EXPECT_EQ(accepted(17.39), 20U);  // 1-5, 19-23, 37-41, 55-59
  EXPECT_EQ(accepted(216.5), 5U);   // one for each node
}

TEST(LossSystem, ForecastsThePapersSuccessesFromItsMeansAndMedians) {
  const auto arrivals = paper_arrivals();
  Prng prng{3};
  const auto accepted = [&](double mean, double median, double connect) {
    return forecast(QueueKind::refusing, arrivals, with_mean_and_median(mean, median, connect), 5, 300, prng).accepted;
  };
  EXPECT_NEAR(accepted(3.33, 2.49, 0), 58.0, 2);
  EXPECT_NEAR(accepted(17.39, 16.5, 0), 18.9, 2);
  EXPECT_NEAR(accepted(3.33, 2.49, 0.9), 55.0, 2);  // with the hidden time to connect: as observed
  EXPECT_NEAR(accepted(17.39, 16.5, 0.9), 17.5, 2);
}

TEST(LossSystem, ForecastsMeanSpreadAndWait) {
  Prng prng{4};
  const Times arrivals{0_s, 1_s};
  const Times measured{500_ms, 2_s};  // the second is refused in half of the runs
  const auto refusing = forecast(QueueKind::refusing, arrivals, measured, 1, 20'000, prng);
  EXPECT_NEAR(refusing.accepted, 1.5, 0.02);
  EXPECT_NEAR(refusing.accepted_spread, 0.5, 0.01);
  const auto waiting = forecast(QueueKind::waiting, arrivals, measured, 1, 20'000, prng);
  EXPECT_EQ(waiting.accepted, 2.0);
  EXPECT_NEAR(waiting.wait_s, 0.25, 0.01);  // half of the second ones wait a second, first ones never
}

/// The dispatcher against the queue, with messages that take no time.
PROPERTY("the dispatcher accepts exactly what the loss system does", prng) {
  const auto arrivals = paper_arrivals();
  Times services;
  for (std::size_t i = 0; i < arrivals.size(); ++i)
    services.push_back(Duration{static_cast<std::int64_t>(prng.below(20'000)) * 1'000'000 + 1});
  Policy policy;
  policy.when_busy = WhenBusy::discard;
  Dispatcher dispatcher{policy};
  std::vector<std::string> nodes{"a", "b", "c", "d", "e"};
  const auto fetch = [&](const std::string& node, Instant now) {
    dispatcher.receive(node, {.kind = MessageKind::fetch, .total = 1}, now);
  };
  for (const auto& node : nodes) dispatcher.node_up(node, 1, {}, Instant{}), fetch(node, Instant{});
  std::multimap<Instant, std::string> ends;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const auto now = Instant{} + arrivals[i];
    for (const auto& node : nodes) dispatcher.receive(node, {.kind = MessageKind::have}, now);
    for (; !ends.empty() && ends.begin()->first <= now; ends.erase(ends.begin())) {
      const auto& job = *dispatcher.find(ends.begin()->second);
      const auto node = job.node;
      dispatcher.result_arrived(node, job.order.id, 1, std::string(64, 'a'), complete(), ends.begin()->first);
      fetch(node, ends.begin()->first);
    }
    const auto job = test::job_number(i, nodes);
    if (dispatcher.accept(job, now) == Acceptance::queued) ends.emplace(now + services[i], job.order.id);
  }
  const auto expected = serve_or_refuse(arrivals, services, 5);
  EXPECT_EQ(dispatcher.counts().in_state[static_cast<std::size_t>(JobState::refused)], expected.refused);
}

}  // namespace
}  // namespace utnt::fleet
