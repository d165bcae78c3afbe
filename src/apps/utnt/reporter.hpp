// SPDX-License-Identifier: BSD-2-Clause
// What a running command tells people and scripts on standard error: warnings, progress, a summary. Results never come
// this way. On a terminal progress is one line that rewrites itself; with --json everything is a JSON line.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "apps/utnt/command.hpp"
#include "apps/utnt/targets.hpp"
#include "base/time.hpp"
#include "core/events.hpp"
#include "os_linux/packet_link.hpp"

namespace utnt::apps {

enum class ReportStyle : std::uint8_t {
  quiet,     ///< warnings only
  plain,     ///< warnings and summary
  terminal,  ///< and a live line
  json,      ///< everything as JSON lines
};

/// json and quiet as asked for; otherwise what standard error is.
ReportStyle report_style(bool json, bool quiet);

struct SummaryFacts {
  ExitCode exit_code{ExitCode::done};
  std::uint64_t traces{0};         ///< finished in this run
  std::uint64_t traces_before{0};  ///< finished by earlier runs of the same checkpoint
  std::uint64_t traces_total{0};
  std::uint64_t traces_incomplete{0};
  double seconds{0};  ///< by the clock of the link
  core::Counters counters;
  TargetCounts targets;
  std::uint64_t withheld{0};  ///< probes kept back because the block list had come to name their destination
  std::optional<os_linux::LinkCounters> link;
  std::string output;
};

class Reporter {
 public:
  /// `command` begins every plain line, as in "utnt trace: ...".
  Reporter(std::string command, ReportStyle style) : command_{std::move(command)}, style_{style} {}

  void warn(const std::string& message);
  /// A line beside the summary: `json` with --json, otherwise `text`; nothing when quiet.
  void note(const std::string& json, const std::string& text);
  /// Shows progress when it is time for it again; cheap otherwise. `done` of `total` destinations; `now` is the link's.
  void progress(std::uint64_t done, std::uint64_t total, const core::Counters& counters, Instant now);
  void summary(const SummaryFacts& facts);

 private:
  using Clock = std::chrono::steady_clock;
  void clear_line();
  void print(const std::string& line);

  std::string command_;
  ReportStyle style_;
  bool has_live_line_{false};
  Clock::time_point started_{Clock::now()};
  Clock::time_point shown_{};
  std::uint64_t probes_shown_{0};
  std::uint64_t done_at_start_{0};
  bool is_started_{false};
  Instant instant_shown_;
};

/// "1h02m", "4m07s", "12s".
std::string time_text(double seconds);

}  // namespace utnt::apps
