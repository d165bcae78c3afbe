// SPDX-License-Identifier: BSD-2-Clause
// The table [internet] of a scenario text: the procedural Internet in place of nodes and links.
// Format: docs/reference/internet.md.
#pragma once

#include <cstdint>

#include "emu/config_tree.hpp"
#include "emu/procedural/options.hpp"

namespace utnt::emu {

struct InternetScenario {
  ProceduralOptions options;
  bool has_seed{false};      ///< else the seed given at start holds
  std::uint32_t sample{20};  ///< destinations to name in ScenarioInfo
};

/// Reads the table; false when the text has none. Throws ScenarioError for a key or a value that cannot be used.
bool read_internet(Section& root, InternetScenario& out);

}  // namespace utnt::emu
