// SPDX-License-Identifier: BSD-2-Clause
// Random networks: a seed and a few sizes become a scenario text with several ASes of mixed routers.
#pragma once

#include <cstdint>
#include <string>

#include "emu/config_tree.hpp"

namespace utnt::emu {

struct RandomScenario {
  std::uint64_t seed{1};
  std::uint32_t routers{100};  ///< 50 to 500
  std::uint32_t ases{4};
  std::uint32_t destinations{40};
  std::uint32_t silent_percent{10};
  std::uint32_t ecmp_percent{30};
};

/// Reads the table [generate]; false when the text has none.
bool read_random(Section& root, RandomScenario& out);

/// A scenario text that load_scenario accepts; the same options give the same text.
std::string random_scenario(const RandomScenario& options);

}  // namespace utnt::emu
