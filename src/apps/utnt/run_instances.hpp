// SPDX-License-Identifier: BSD-2-Clause
// Several instances of an image at once: started one behind the other without waiting, followed by one loop, each with
// its log and its end. One that cannot start or fails is an ending among others.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/utnt/run_merge.hpp"
#include "os_linux/failure.hpp"
#include "tender/tender.hpp"

namespace utnt::apps {

struct FinishedInstance {
  tender::RunOutcome outcome;
  std::string stream_complaint;  ///< about its record stream; empty when nothing is wrong
  std::vector<std::string> log;  ///< what it said, line by line
  std::uint64_t bytes_in{0};     ///< input and command line
  bool has_started{true};        ///< false: outcome holds only the exit code and the explanation
};

/// Runs all to their ends. `on_progress` is called when results have come; a readable `stop_descriptor` stops all.
/// Throws os_linux::Failure when the first cannot start.
std::vector<FinishedInstance> run_instances(tender::Tender& tender, std::vector<tender::RunRequest> requests,
                                            MergedResults& results, const std::function<void()>& on_progress,
                                            int stop_descriptor);

}  // namespace utnt::apps
