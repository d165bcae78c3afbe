// SPDX-License-Identifier: BSD-2-Clause
// The first record of a run, from the configuration that the engine gets. Shared by everything that runs an engine, so
// that the same measurement describes itself in the same words wherever it ran.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/config.hpp"
#include "report/record.hpp"

namespace utnt::image {

/// What the configuration does not say.
struct RunFacts {
  std::string_view version{};
  std::string_view commit{};
  std::string_view host{};
  std::string_view list_name{};
  std::uint32_t cycle{0};
  std::uint64_t destinations{0};
  bool has_wall_clock{true};  ///< false: times count from the zero of the platform's clock
  std::int64_t epoch_offset_ns{0};
};

report::RunStart make_run_start(const core::EngineConfig& config, const RunFacts& facts, Instant now);

}  // namespace utnt::image
