// SPDX-License-Identifier: BSD-2-Clause
// Ground truth from the configuration: a packet that cannot expire walks the tables, and every push and pop is noted.
#pragma once

#include <vector>

#include "emu/scenario_topology.hpp"
#include "emu/truth.hpp"
#include "wire/packet.hpp"

namespace utnt::emu {

/// The truth for the flow of `probe`, a complete packet of the vantage point, in the given epoch.
Truth build_truth(CompiledScenario& scenario, std::size_t epoch, wire::Packet probe);

/// An echo request that stands for "any packet" to `destination`.
std::vector<std::byte> default_probe(wire::Ipv4Address source, wire::Ipv4Address destination);

}  // namespace utnt::emu
