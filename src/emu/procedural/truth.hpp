// SPDX-License-Identifier: BSD-2-Clause
// Ground truth of the procedural Internet: the path as the plans draw it, no packet needed.
#pragma once

#include "emu/procedural/topology.hpp"
#include "emu/truth.hpp"
#include "wire/packet.hpp"

namespace utnt::emu {

/// Routers, tunnels and their detectability on the way to `destination`, for the flow of `probe`. Where two routers
/// stand in parallel the path is named after the first, the addresses of both count as aliases, and the silence is that
/// of the one which this flow crosses.
Truth procedural_truth(ProceduralTopology& topology, std::uint32_t destination, wire::Packet probe);

}  // namespace utnt::emu
