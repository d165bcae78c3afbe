// SPDX-License-Identifier: BSD-2-Clause
// Finds the emulated network that a command line names: a compiled-in scenario by name or alias, or a TOML file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "emu/scenario.hpp"

namespace utnt::apps {

/// `seed` decides every random choice of the network. Throws Failure (bad_input) with the names that would be right, or
/// with the file and line of the scenario that is wrong.
std::unique_ptr<emu::ScenarioNetwork> open_emulated_network(const std::string& name_or_path, std::uint64_t seed);

}  // namespace utnt::apps
