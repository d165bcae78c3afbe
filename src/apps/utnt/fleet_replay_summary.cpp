// SPDX-License-Identifier: BSD-2-Clause
// What a replay comes to: counts, times and how they compare with a queue of the same service times.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "apps/utnt/fleet_replay_figures.hpp"
#include "fleet/model/loss_system.hpp"

namespace utnt::apps {
namespace {

constexpr std::uint32_t forecast_runs = 200;
constexpr double nanoseconds = 1e9;

Duration seconds_of(double seconds) { return Duration{static_cast<std::int64_t>(seconds * nanoseconds)}; }

/// The queue is given the moments at which events were really accepted, and services drawn from those of all runs.
void forecast_runs_of(const ReplayOptions& options, const std::map<std::uint32_t, std::vector<Duration>>& arrivals,
                      const std::vector<Duration>& services, ReplaySummary& summary) {
  if (services.empty()) return;
  Prng prng{1};
  const auto kind = options.policy == "discard" ? fleet::QueueKind::refusing : fleet::QueueKind::waiting;
  for (auto& run : summary.runs) {
    const auto forecast = fleet::forecast(kind, arrivals.at(run.run), services, options.nodes, forecast_runs, prng);
    run.forecast = forecast.accepted;
    summary.forecast_mean += forecast.accepted / static_cast<double>(summary.runs.size());
    summary.wait_forecast_s += forecast.wait_s / static_cast<double>(summary.runs.size());
  }
}

void count(const Deployment& deployment, RunCounts& counts) {
  ++counts.events;
  if (deployment.state == "refused") {
    ++counts.refused;
    return;
  }
  ++counts.accepted;
  ++(deployment.state == "done" ? counts.done : counts.failed);
}

nlohmann::ordered_json json_of(const Quantiles& q) {
  constexpr double ms = 1e3, precision = 1e3;
  const auto rounded = [](double seconds) { return std::round(seconds * ms * precision) / precision; };
  return {{"count", q.count},
          {"median", rounded(q.median)},
          {"p90", rounded(q.p90)},
          {"p99", rounded(q.p99)},
          {"max", rounded(q.max)}};
}

std::string text_of(const char* what, const Quantiles& q) {
  constexpr double ms = 1e3;
  if (q.count == 0) return fmt::format("{:<28} not known: the guest has a clock of its own\n", what);
  return fmt::format("{:<28} median {:8.1f} ms   p90 {:8.1f}   p99 {:8.1f}   max {:8.1f}   of {}\n", what,
                     q.median * ms, q.p90 * ms, q.p99 * ms, q.max * ms, q.count);
}

}  // namespace

Quantiles quantiles(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const auto at = [&](double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    return values[std::max<std::size_t>(rank, 1) - 1];
  };
  return {.count = values.size(), .median = at(0.5), .p90 = at(0.9), .p99 = at(0.99), .max = values.back()};
}

ReplaySummary summarise(const ReplayOptions& options, const std::vector<Deployment>& deployments) {
  ReplaySummary summary;
  std::map<std::uint32_t, RunCounts> runs;
  std::map<std::uint32_t, std::vector<Duration>> arrivals;
  std::vector<Duration> services;
  std::vector<double> total, service, first_probe, waits;
  std::set<std::string> answers;
  const auto keep = [](std::vector<double>& values, double seconds) {
    if (seconds >= 0) values.push_back(seconds);
  };
  for (const auto& deployment : deployments) {
    count(deployment, runs[deployment.run]);
    count(deployment, summary.all);
    arrivals[deployment.run].push_back(Duration{deployment.at.at("accepted")});
    keep(waits, deployment.seconds("accepted", "offered"));
    keep(first_probe, deployment.seconds("due", "first_probe"));
    if (const auto held = deployment.seconds("offered", "freed"); held >= 0) {
      service.push_back(held);
      services.push_back(seconds_of(held));
    }
    if (deployment.state != "done") continue;
    keep(total, deployment.seconds("due", "stored"));
    if (answers.empty()) summary.answer = deployment.answer;
    answers.insert(deployment.answer);
  }
  for (auto& [run, counts] : runs) {
    counts.run = run;
    summary.runs.push_back(counts);
  }
  const auto mean = [](double sum, std::size_t count) { return count == 0 ? 0 : sum / static_cast<double>(count); };
  summary.accepted_mean = mean(static_cast<double>(summary.all.accepted), runs.size());
  double waited = 0;
  for (const auto wait : waits) waited += wait;
  summary.wait_mean_s = mean(waited, waits.size());
  summary.total = quantiles(std::move(total));
  summary.service = quantiles(std::move(service));
  summary.first_probe = quantiles(std::move(first_probe));
  summary.answers = answers.size();
  forecast_runs_of(options, arrivals, services, summary);
  return summary;
}

std::string summary_json(const ReplayOptions& options, const ReplaySummary& summary) {
  const auto& all = summary.all;
  constexpr double ms = 1e3;
  const nlohmann::ordered_json json{{"type", "summary"},
                                    {"policy", options.policy},
                                    {"variant", options.variant},
                                    {"tender", options.is_unikernel() ? options.tender : ""},
                                    {"start", options.is_cold ? "cold" : "warm"},
                                    {"nodes", options.nodes},
                                    {"link_mbit", options.link_mbit},
                                    {"runs", summary.runs.size()},
                                    {"events", all.events},
                                    {"accepted", all.accepted},
                                    {"refused", all.refused},
                                    {"failed", all.failed},
                                    {"done", all.done},
                                    {"accepted_per_run", summary.accepted_mean},
                                    {"forecast_per_run", summary.forecast_mean},
                                    {"wait_mean_ms", summary.wait_mean_s * ms},
                                    {"wait_forecast_ms", summary.wait_forecast_s * ms},
                                    {"total_ms", json_of(summary.total)},
                                    {"service_ms", json_of(summary.service)},
                                    {"first_probe_ms", json_of(summary.first_probe)},
                                    {"answers", summary.answers},
                                    {"answer", summary.answer}};
  return json.dump();
}

std::string summary_text(const ReplayOptions& options, const ReplaySummary& summary) {
  const auto& all = summary.all;
  auto text = fmt::format("{}, {}, {}: {} runs, {} events: {} accepted, {} refused, {} done, {} failed\n",
                          options.what_runs(), options.policy, options.is_cold ? "cold" : "warm", summary.runs.size(),
                          all.events, all.accepted, all.refused, all.done, all.failed);
  text += text_of("event to receipt", summary.total);
  text += text_of("event to first probe", summary.first_probe);
  text += text_of("slot taken", summary.service);
  text += fmt::format(
      "a queue of {} servers with these service times accepts {:.2f} of a run's events, this fleet {:.2f}\n",
      options.nodes, summary.forecast_mean, summary.accepted_mean);
  constexpr double ms = 1e3;
  text += fmt::format("mean wait for a slot {:.1f} ms, in that queue {:.1f} ms\n", summary.wait_mean_s * ms,
                      summary.wait_forecast_s * ms);
  text += summary.answers == 1 ? fmt::format("every deployment found the same: {}\n", summary.answer)
                               : fmt::format("{} different answers\n", summary.answers);
  return text;
}

}  // namespace utnt::apps
