// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/loss_system.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>

#include "base/assert.hpp"

namespace utnt::fleet {
namespace {

using FreeTimes = std::priority_queue<Duration, std::vector<Duration>, std::greater<>>;

QueueOutcome serve(std::span<const Duration> arrivals, std::span<const Duration> services, std::size_t servers,
                   bool does_refuse) {
  UTNT_ASSERT(arrivals.size() == services.size());
  UTNT_ASSERT(servers > 0);
  FreeTimes free_at;
  for (std::size_t i = 0; i < servers; ++i) free_at.push(Duration{INT64_MIN});
  QueueOutcome outcome;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const auto start = std::max(arrivals[i], free_at.top());
    if (does_refuse && start > arrivals[i]) {
      ++outcome.refused;
      continue;
    }
    free_at.pop();
    free_at.push(start + services[i]);
    const auto wait = start - arrivals[i];
    ++outcome.accepted;
    outcome.waited = outcome.waited + wait;
    outcome.longest_wait = std::max(outcome.longest_wait, wait);
    outcome.last_end = std::max(outcome.last_end, start + services[i]);
  }
  return outcome;
}

}  // namespace

QueueOutcome serve_or_refuse(std::span<const Duration> arrivals, std::span<const Duration> services,
                             std::size_t servers) {
  return serve(arrivals, services, servers, true);
}

QueueOutcome serve_in_order(std::span<const Duration> arrivals, std::span<const Duration> services,
                            std::size_t servers) {
  return serve(arrivals, services, servers, false);
}

QueueForecast forecast(QueueKind kind, std::span<const Duration> arrivals, std::span<const Duration> measured,
                       std::size_t servers, std::uint32_t runs, Prng& prng) {
  UTNT_ASSERT(!measured.empty());
  UTNT_ASSERT(runs > 0);
  std::vector<Duration> services(arrivals.size());
  double sum = 0;
  double squares = 0;
  double waited = 0;
  for (std::uint32_t run = 0; run < runs; ++run) {
    for (auto& service : services) service = measured[prng.below(measured.size())];
    const auto outcome = serve(arrivals, services, servers, kind == QueueKind::refusing);
    const auto accepted = static_cast<double>(outcome.accepted);
    sum += accepted;
    squares += accepted * accepted;
    waited += static_cast<double>(outcome.waited.ns());
  }
  const double mean = sum / runs;
  const double variance = runs > 1 ? std::max(0.0, (squares - sum * mean) / (runs - 1)) : 0.0;
  return {.accepted = mean, .accepted_spread = std::sqrt(variance), .wait_s = sum > 0 ? waited / sum / 1e9 : 0.0};
}

}  // namespace utnt::fleet
