// SPDX-License-Identifier: BSD-2-Clause
// What a replay comes to: counts, quantiles, the comparison with a queue of so many servers that is fed with the
// measured service times, and files for figures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/utnt/fleet_replay.hpp"
#include "apps/utnt/fleet_replay_record.hpp"

namespace utnt::apps {

struct Quantiles {
  std::size_t count{0};
  double median{0}, p90{0}, p99{0}, max{0};
};
/// Each the smallest value that this share of the values does not exceed.
Quantiles quantiles(std::vector<double> values);

struct RunCounts {
  std::uint32_t run{0};
  std::uint64_t events{0}, accepted{0}, refused{0}, done{0}, failed{0};
  double forecast{0};  ///< accepted by the simulated queue, mean
};

struct ReplaySummary {
  std::vector<RunCounts> runs;
  RunCounts all;            ///< sums
  double accepted_mean{0};  ///< of a run
  double forecast_mean{0};
  double wait_mean_s{0};      ///< from acceptance to the offer, of those that ran
  double wait_forecast_s{0};  ///< of the same queue
  Quantiles total;            ///< seconds from the event's moment to the receipt
  Quantiles service;          ///< for which a slot was taken
  Quantiles first_probe;      ///< from the event's moment
  std::size_t answers{0};     ///< different ones
  std::string answer;         ///< the first of them
};

ReplaySummary summarise(const ReplayOptions& options, const std::vector<Deployment>& deployments);
std::string summary_json(const ReplayOptions& options, const ReplaySummary& summary);
std::string summary_text(const ReplayOptions& options, const ReplaySummary& summary);

/// Throws Failure when the files of write_replay_files() cannot be written there: a replay takes minutes or hours.
/// Makes the directory.
void check_replay_directory(const ReplayOptions& options);
/// deployments.csv, runs.csv, cumulative.csv and, when gnuplot is installed, figures as SVG. Returns a note for people
/// when there are no figures. Throws Failure when a file cannot be written.
std::string write_replay_files(const ReplayOptions& options, const ReplaySummary& summary,
                               const std::vector<Deployment>& deployments);

}  // namespace utnt::apps
