// SPDX-License-Identifier: BSD-2-Clause
// What each of several images gets of one run: an address and an interface of its own, and its part of the rate. In a
// lab they share the vantage point's address: the lab has one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "apps/utnt/run_instances.hpp"
#include "apps/utnt/run_network.hpp"
#include "apps/utnt/run_options.hpp"
#include "core/config.hpp"
#include "os_linux/failure.hpp"

namespace utnt::apps {

/// `network` for the image at `place`, from 0. Throws Failure (bad_input) when the prefix has no address left.
RunNetwork network_of_instance(const RunOptions& options, const RunNetwork& network, std::uint32_t place);

/// The rate and its ceilings were said of the whole run. At least one packet a second is left to each image.
void divide_rate(core::EngineConfig& config, std::uint32_t instances);

std::optional<std::uint64_t> hold_milliseconds(const RunOptions& options);
tender::RecordChannel record_channel(const RunOptions& options);

/// What the endings add up to: nothing when all are in order; of a single image its own exit code; of several, that of
/// all when all failed, else done_with_failures. The text counts them and says why the first one failed.
std::optional<os_linux::Failure> failure_of(const std::vector<FinishedInstance>& finished);

}  // namespace utnt::apps
