// SPDX-License-Identifier: BSD-2-Clause
// What every run over a list of destinations has, wherever its engine runs: destinations and block lists, the
// checkpoint and the output, progress, and the summary with its exit code. `utnt trace` and `utnt run` share it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "apps/utnt/checkpoint.hpp"
#include "apps/utnt/live_block_list.hpp"
#include "apps/utnt/reporter.hpp"
#include "apps/utnt/result_output.hpp"
#include "apps/utnt/targets.hpp"
#include "apps/utnt/trace_options.hpp"
#include "emu/scenario.hpp"
#include "os_linux/signals.hpp"
#include "results/trace_model.hpp"

namespace utnt::apps {

class Campaign {
 public:
  /// `options` must outlive the campaign. `command` begins every line for people. A SIGHUP is noted, for on_tick(),
  /// when there are block lists that `can_read_again`; otherwise it stops the run.
  Campaign(const TraceOptions& options, const std::string& command, bool can_read_again);

  /// Block lists and destinations; those of `fallback` when the options name none. Throws Failure when nothing is left,
  /// unless the run does not want any.
  void read_input(const emu::ScenarioInfo* fallback, bool wants_destinations = true);
  /// Opens checkpoint and output; false when the checkpoint says that nothing is left to do.
  bool open_files();
  void warn_about_rate();
  /// Destinations in the order of the run, without those that are finished or blocked; after open_files().
  TargetSource& begin_source();

  /// All about this destination has gone to the sink.
  void on_done(std::uint32_t user_id);
  void on_tick(const core::Counters& counters, Instant now);

  /// How the measuring ended, from whoever did it.
  struct Ending {
    double seconds{0};
    core::Counters counters{};
    std::uint64_t traces_incomplete{0};
    std::uint64_t withheld{0};
    std::optional<Failure> failure{};
    std::optional<os_linux::LinkCounters> link{};
  };
  /// Summary and exit code.
  ExitCode finish(const Ending& ending);

  [[nodiscard]] Reporter& reporter() { return reporter_; }
  [[nodiscard]] os_linux::StopSignals& signals() { return signals_; }
  [[nodiscard]] LiveBlockList& block_list() { return block_list_; }
  [[nodiscard]] const TargetList& targets() const { return targets_; }
  [[nodiscard]] ResultOutput& output() { return *output_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  /// Destinations that this campaign is about, as far as is known: all but the blocked ones.
  [[nodiscard]] std::uint64_t total() const;
  [[nodiscard]] wire::IpAddress first_destination() const;

 private:
  void sync_results();
  [[nodiscard]] bool has_work_left() const;

  const TraceOptions& options_;
  Reporter reporter_;
  os_linux::StopSignals signals_;
  LiveBlockList block_list_;
  TargetList targets_;
  std::optional<TargetSource> source_;
  std::uint64_t seed_{0};
  std::optional<Checkpoint> checkpoint_;
  std::optional<ResultOutput> output_;
  std::uint64_t done_{0};  ///< finished by this run
  /// Up to here the output holds finished destinations; what an interruption adds behind is cut off when continuing.
  Checkpoint::Position committed_;
  std::chrono::steady_clock::time_point synced_{std::chrono::steady_clock::now()};
};

/// Of this machine; empty when it has none.
std::string host_name();

}  // namespace utnt::apps
