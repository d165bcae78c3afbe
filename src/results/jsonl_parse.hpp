// SPDX-License-Identifier: BSD-2-Clause
// One JSON line to one piece of the result model; the inverse of jsonl_writer.cpp.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "results/trace_model.hpp"

namespace utnt::results {

// Each throws JsonProblem (json_fields.hpp) when a member has the wrong type or range.
RunInfo parse_run(const nlohmann::json& line);
TraceResult parse_trace(const nlohmann::json& line);
PingResult parse_ping(const nlohmann::json& line);
TunnelResult parse_tunnel(const nlohmann::json& line);
Summary parse_summary(const nlohmann::json& line);

}  // namespace utnt::results
