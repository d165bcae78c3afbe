// SPDX-License-Identifier: BSD-2-Clause
// Disturbance that a test adds to a whole network at the edge of the vantage point, on top of what the scenario says
// link by link. Shares are in parts per million, so that no decision needs floating point.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace utnt::emu {

struct Impairments {
  std::uint64_t seed{1};
  std::uint32_t loss_ppm{0};       ///< probes and replies, each on its own
  std::uint32_t duplicate_ppm{0};  ///< replies that arrive twice
  std::uint32_t reorder_ppm{0};    ///< replies held back by up to `reorder_delay`
  Duration reorder_delay{20'000'000};
  Duration jitter{0};  ///< every reply is late by up to this much
};

}  // namespace utnt::emu
