// SPDX-License-Identifier: BSD-2-Clause
// An order run in the image, by a tender: its record stream becomes JSON lines as it comes, so that a run that is cut
// short still has every finished trace.
#pragma once

#include <memory>
#include <string>

#include "fleet/node/run.hpp"

namespace utnt::fleet {

/// Throws os_linux::Failure when the tender cannot start it. `tender_program`: path of utnt-tender.
std::unique_ptr<Run> start_unikernel(const Order& order, std::uint32_t attempt, const RunSetting& setting,
                                     const std::string& tender_program);

/// The words and lines that the image is given: the order's options first, then what the node insists on.
struct UnikernelInput {
  std::string command_line;
  std::string module;
};
UnikernelInput unikernel_input(const Order& order, const RunSetting& setting);

}  // namespace utnt::fleet
