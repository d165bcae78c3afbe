// SPDX-License-Identifier: BSD-2-Clause
// One scenario, one rule set, one seed: the run that `utnt trace --emulate` would make, with everything a test asks
// about it. A failure leaves the command that repeats it and a capture of both directions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/utnt/trace_options.hpp"
#include "emu/impairments.hpp"
#include "emu/scenario.hpp"
#include "emu/truth.hpp"
#include "results/trace_model.hpp"
#include "support/recording_network.hpp"

namespace utnt::sim {

struct RunRequest {
  apps::TraceOptions options;                  ///< emulate, rules, seed and whatever else the command could say
  std::optional<emu::Impairments> impairment;  ///< on top of the scenario's own
  std::string text;                            ///< a scenario text of the test's own; options.emulate is its name then
};

/// The request for a built-in scenario with the defaults of the command.
RunRequest request(const std::string& scenario, const std::string& rules, std::uint64_t seed = 1);

struct Run {
  std::string scenario, rules, replay;
  std::string text;  ///< of the scenario when it is none of the catalogue; a failure leaves it in a file
  std::uint64_t seed{0};
  std::vector<results::TraceResult> traces;  ///< in the order of the scenario's destinations
  std::vector<emu::Truth> truths;            ///< of the flow of each trace, before any route change
  std::vector<results::PingResult> pings;
  results::Summary summary;
  std::vector<test::RecordedPacket> packets;

  /// The trace to the n-th destination of the scenario, and what is true about it.
  [[nodiscard]] const results::TraceResult& trace(std::size_t n = 0) const { return traces.at(n); }
  [[nodiscard]] const emu::Truth& truth(std::size_t n = 0) const { return truths.at(n); }
  /// Echo requests that were fingerprint or buddy pings.
  [[nodiscard]] std::uint64_t ping_probes() const;
};

/// Throws when the scenario is unknown or wrong.
Run run_scenario(const RunRequest& request);

/// Disturbance of order and number that loses nothing.
emu::Impairments reordering(std::uint64_t seed);

/// As long as it lives, a failed expectation is blamed on `run`: at its end it prints how to repeat the run and writes
/// the capture.
class Blame {
 public:
  using HasFailed = bool (*)();
  explicit Blame(const Run& run, HasFailed has_failed = &has_test_failed);
  Blame(const Blame&) = delete;
  Blame& operator=(const Blame&) = delete;
  ~Blame();

 private:
  static bool has_test_failed();
  const Run& run_;
  HasFailed has_failed_;
  bool failed_before_;
};

/// The paths of what a failure of `run` leaves.
std::string capture_path(const Run& run);
std::string text_path(const Run& run);

}  // namespace utnt::sim
