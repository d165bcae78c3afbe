// SPDX-License-Identifier: BSD-2-Clause
// One run of `utnt trace` from checked options to exit code: destinations, checkpoint, link, output, summary.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "apps/utnt/checkpoint.hpp"
#include "apps/utnt/live_block_list.hpp"
#include "apps/utnt/reporter.hpp"
#include "apps/utnt/result_output.hpp"
#include "apps/utnt/session.hpp"
#include "apps/utnt/targets.hpp"
#include "apps/utnt/trace_options.hpp"
#include "emu/scenario.hpp"
#include "os_linux/signals.hpp"

namespace utnt::apps {

class TraceRun {
 public:
  /// `options` must outlive the run.
  explicit TraceRun(const TraceOptions& options);
  /// Throws Failure for everything that keeps the run from starting or from writing its results.
  ExitCode run();

 private:
  void read_targets();
  /// Opens checkpoint and output; false when the checkpoint says that nothing is left to do.
  bool open_files();
  void warn_about_rate();
  ExitCode run_emulated();
  ExitCode run_on_linux();
  template <class Link>
  void probe(Link& link, bool has_wall_clock);
  void on_done(const core::TraceEnd& end);
  void on_tick(const core::Counters& counters, Instant now);
  void sync_results();
  /// Destinations that this campaign is about, as far as is known: all but the blocked ones.
  [[nodiscard]] std::uint64_t total() const;
  [[nodiscard]] bool has_work_left() const;
  [[nodiscard]] wire::IpAddress first_destination() const;
  ExitCode finish(std::optional<Failure> link_failure, std::optional<os_linux::LinkCounters> link_counters);

  const TraceOptions& options_;
  Reporter reporter_;
  os_linux::StopSignals signals_;
  LiveBlockList block_list_;
  TargetList targets_;
  std::optional<TargetSource> source_;
  std::unique_ptr<emu::ScenarioNetwork> network_;
  std::uint64_t seed_{0};
  std::optional<Checkpoint> checkpoint_;
  std::optional<ResultOutput> output_;
  std::optional<Session> session_;
  std::uint64_t done_{0};  ///< finished by this run
  /// Up to here the output holds finished destinations; what an interruption adds behind is cut off when continuing.
  Checkpoint::Position committed_;
  double seconds_{0};
  std::chrono::steady_clock::time_point synced_{std::chrono::steady_clock::now()};
};

}  // namespace utnt::apps
