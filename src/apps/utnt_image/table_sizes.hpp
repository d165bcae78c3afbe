// SPDX-License-Identifier: BSD-2-Clause
// How large the engine's tables should be for so many destinations, and what is left of that in little memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/engine.hpp"

namespace utnt::image {

struct TableSizes {
  std::uint32_t traces{1};
  std::uint32_t addresses{0};
  std::uint32_t tunnels{0};
};

/// Where memory is no question. A path brings some twenty addresses, most of them shared; a tunnel is shared by even
/// more destinations.
constexpr TableSizes wanted_tables(std::uint64_t destinations, std::uint32_t window) {
  return {.traces = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(destinations, 1, window)),
          .addresses = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(destinations * 40, 1024, 1'000'000)),
          .tunnels = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(destinations * 8, 256, 200'000))};
}

/// Which sizes of the configuration may be made smaller.
struct Flexible {
  bool traces{true};
  bool addresses{true};
  bool tunnels{true};
};

/// Shrinks what may be shrunk until the engine fits into `bytes`; false when it does not even at its smallest.
inline bool fit_tables(core::EngineConfig& config, const Flexible& flexible, std::size_t bytes) {
  constexpr std::uint32_t traces_min = 4, addresses_min = 256, tunnels_min = 64;
  // A trace in flight weighs as much as dozens of remembered addresses, so these go first until both weigh the same.
  constexpr std::uint32_t addresses_per_trace = 16, tunnels_per_trace = 4;
  while (core::Engine::bytes_needed(config) > bytes) {
    const auto shrink = [](std::uint32_t& size, std::uint32_t smallest) { size = std::max(size / 4 * 3, smallest); };
    const bool addresses = flexible.addresses && config.addresses_max > addresses_min;
    const bool tunnels = flexible.tunnels && config.tunnels_max > tunnels_min;
    const bool traces = flexible.traces && config.traces_max > traces_min;
    if (addresses && (!traces || config.addresses_max / addresses_per_trace >= config.traces_max)) {
      shrink(config.addresses_max, addresses_min);
    } else if (tunnels && (!traces || config.tunnels_max / tunnels_per_trace >= config.traces_max)) {
      shrink(config.tunnels_max, tunnels_min);
    } else if (traces) {
      shrink(config.traces_max, traces_min);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace utnt::image
