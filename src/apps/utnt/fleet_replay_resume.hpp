// SPDX-License-Identifier: BSD-2-Clause
// Runs of a replay that are on disk already: a long series can be had in parts.
#pragma once

#include <vector>

#include "apps/utnt/fleet_replay.hpp"
#include "apps/utnt/fleet_replay_record.hpp"
#include "fleet/model/event_list.hpp"

namespace utnt::apps {

/// The deployments of the whole runs in the options' directory, none when there are none; their moments count from the
/// beginning of their run. Throws Failure: they are of another series (policy, variant, events, ...), or the file
/// cannot be read.
std::vector<Deployment> recorded_deployments(const ReplayOptions& options, const fleet::EventList& list);

}  // namespace utnt::apps
