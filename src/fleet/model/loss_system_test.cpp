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

/// Five nodes of one slot behind a dispatcher, with messages that take no time.
class FiveNodes {
 public:
  explicit FiveNodes(WhenBusy when_busy, const Times& services) : dispatcher_{policy(when_busy)}, services_{services} {
    for (const auto& node : nodes_) {
      dispatcher_.node_up(node, 1, {}, Instant{});
      fetch(node, Instant{});
    }
  }
  void arrive(std::size_t number, Duration at) {
    end_until(Instant{} + at);
    for (const auto& node : nodes_) dispatcher_.receive(node, {.kind = MessageKind::have}, Instant{} + at);
    const auto job = test::job_number(number, nodes_);
    numbers_[job.order.id] = number;
    dispatcher_.accept(job, Instant{} + at);
    start(Instant{} + at);
  }
  void end_until(Instant now) {
    while (!ends_.empty() && ends_.begin()->first <= now) {
      const auto [moment, id] = *ends_.begin();
      ends_.erase(ends_.begin());
      const auto node = dispatcher_.find(id)->node;
      dispatcher_.result_arrived(node, id, 1, std::string(64, 'a'), complete(), moment);
      fetch(node, moment);
      start(moment);
    }
  }
  [[nodiscard]] std::uint64_t count(JobState state) const {
    return dispatcher_.counts().in_state[static_cast<std::size_t>(state)];
  }
  [[nodiscard]] Duration started() const { return started_; }  ///< all moments of starts together

 private:
  static Policy policy(WhenBusy when_busy) {
    Policy policy;
    policy.when_busy = when_busy;
    return policy;
  }
  void fetch(const std::string& node, Instant now) {
    dispatcher_.receive(node, {.kind = MessageKind::fetch, .total = 1}, now);
  }
  void start(Instant now) {
    for (const auto& outgoing : dispatcher_.take_messages()) {
      const auto& message = outgoing.message;
      if (message.kind != MessageKind::job) continue;
      dispatcher_.receive(outgoing.node, {.kind = MessageKind::claim, .job = message.job, .attempt = 1}, now);
      ends_.emplace(now + services_[numbers_[message.job]], message.job);
      started_ = started_ + (now - Instant{});
    }
  }

  Dispatcher dispatcher_;
  const Times& services_;
  std::vector<std::string> nodes_{"a", "b", "c", "d", "e"};
  std::map<std::string, std::size_t> numbers_;
  std::multimap<Instant, std::string> ends_;
  Duration started_;
};

Times any_services(std::size_t count, Prng& prng) {
  Times services;
  for (std::size_t i = 0; i < count; ++i)
    services.push_back(Duration{static_cast<std::int64_t>(prng.below(20'000)) * 1'000'000 + 1});
  return services;
}

PROPERTY("the dispatcher accepts exactly what the loss system does", prng) {
  const auto arrivals = paper_arrivals();
  const auto services = any_services(arrivals.size(), prng);
  FiveNodes fleet{WhenBusy::discard, services};
  for (std::size_t i = 0; i < arrivals.size(); ++i) fleet.arrive(i, arrivals[i]);
  EXPECT_EQ(fleet.count(JobState::refused), serve_or_refuse(arrivals, services, 5).refused);
}

PROPERTY("the dispatcher makes jobs wait exactly as long as a queue does", prng) {
  const auto arrivals = paper_arrivals();
  const auto services = any_services(arrivals.size(), prng);
  FiveNodes fleet{WhenBusy::wait, services};
  auto expected = serve_in_order(arrivals, services, 5).waited;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    fleet.arrive(i, arrivals[i]);
    expected = expected + arrivals[i];
  }
  fleet.end_until(test::at(10'000));
  EXPECT_EQ(fleet.count(JobState::done), arrivals.size());
  EXPECT_EQ(fleet.started(), expected);
}

}  // namespace
}  // namespace utnt::fleet
