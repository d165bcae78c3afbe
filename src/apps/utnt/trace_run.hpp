// SPDX-License-Identifier: BSD-2-Clause
// One run of `utnt trace` from checked options to exit code: a campaign over the link of this machine, or over an
// emulated network in virtual time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "apps/utnt/campaign.hpp"
#include "apps/utnt/session.hpp"
#include "apps/utnt/trace_options.hpp"
#include "emu/scenario.hpp"

namespace utnt::apps {

class TraceRun {
 public:
  /// `options` must outlive the run.
  explicit TraceRun(const TraceOptions& options) : options_{options}, campaign_{options, "utnt trace", true} {}
  /// Throws Failure for everything that keeps the run from starting or from writing its results.
  ExitCode run();

 private:
  ExitCode run_emulated();
  ExitCode run_on_linux();
  template <class Link>
  void probe(Link& link, bool has_wall_clock);
  ExitCode finish(std::optional<Failure> link_failure, std::optional<os_linux::LinkCounters> link_counters);

  const TraceOptions& options_;
  Campaign campaign_;
  std::unique_ptr<emu::ScenarioNetwork> network_;
  std::optional<Session> session_;
  double seconds_{0};
};

}  // namespace utnt::apps
