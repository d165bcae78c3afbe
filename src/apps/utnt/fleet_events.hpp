// SPDX-License-Identifier: BSD-2-Clause
// Event lists as commands name them, and what an event becomes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/utnt/fleet_run.hpp"
#include "fleet/controller/event_clock.hpp"
#include "fleet/model/dispatcher.hpp"

namespace utnt::apps {

/// The text of an event list: a file, or one of the two that the program knows (paper, paper-full). Throws Failure.
std::string event_list_text(const std::string& name);

/// The job of an event's part, as the options of the run say where the event says nothing.
fleet::JobRecord request_of(const FleetRunOptions& options, const std::string& campaign, const std::string& image,
                            const fleet::DueEvent& event, std::uint32_t part, std::vector<std::string> nodes);

}  // namespace utnt::apps
