// SPDX-License-Identifier: BSD-2-Clause
// The procedural Internet behind the Network seam: any /24 answers, the path is a function of the address.
#pragma once

#include <memory>
#include <vector>

#include "emu/procedural/options.hpp"
#include "emu/scenario.hpp"

namespace utnt::emu {

/// Throws ScenarioError when the options cannot be used; `info` is what ScenarioNetwork::info() will say.
std::unique_ptr<ScenarioNetwork> make_procedural_network(const ProceduralOptions& options, ScenarioInfo info);

/// Number `index` of the destinations below, without making the list.
wire::IpAddress procedural_destination(std::uint64_t seed, std::uint64_t index);

/// `count` destinations, one host in each of as many different /24s, in an order that `seed` decides.
std::vector<wire::IpAddress> procedural_destinations(std::uint64_t seed, std::size_t count);

}  // namespace utnt::emu
