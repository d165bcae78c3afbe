// SPDX-License-Identifier: BSD-2-Clause
// The table that the build makes from tests/scenarios.
#pragma once

#include <cstddef>

#include "emu/scenario.hpp"

namespace utnt::emu {

extern const BuiltinScenario builtin_table[];  ///< builtin_count entries, then an empty one
extern const std::size_t builtin_count;

}  // namespace utnt::emu
