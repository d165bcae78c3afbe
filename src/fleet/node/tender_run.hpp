// SPDX-License-Identifier: BSD-2-Clause
// An order run by a tender, whatever the tender starts: its record stream becomes JSON lines as it comes, so that a run
// that is cut short still has every finished trace.
#pragma once

#include <memory>
#include <string>

#include "fleet/node/run.hpp"
#include "tender/tender.hpp"

namespace utnt::fleet {

/// `request` says what the order does not: programs and limits of the tender. `shares_clock`: stamps of the instance
/// are of our own monotonic clock. Throws os_linux::Failure when the tender cannot start it.
std::unique_ptr<Run> start_run(const Order& order, std::uint32_t attempt, const RunSetting& setting,
                               tender::Tender& tender, tender::RunRequest request, bool shares_clock);

/// The words and lines that every variant is given: the order's options first, then what the node insists on.
struct RunInput {
  std::string command_line;
  std::string module;
};
RunInput run_input(const Order& order, const RunSetting& setting);

}  // namespace utnt::fleet
