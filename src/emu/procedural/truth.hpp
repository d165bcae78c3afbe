// SPDX-License-Identifier: BSD-2-Clause
// Ground truth of the procedural Internet: the path as the plans draw it, no packet needed.
#pragma once

#include "emu/procedural/topology.hpp"
#include "emu/truth.hpp"

namespace utnt::emu {

/// Routers, tunnels and their detectability on the way to `destination`. Where two routers stand in parallel the first
/// is named, and the addresses of both count as its aliases.
Truth procedural_truth(ProceduralTopology& topology, std::uint32_t destination);

}  // namespace utnt::emu
