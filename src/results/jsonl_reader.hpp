// SPDX-License-Identifier: BSD-2-Clause
// JSON Lines back to results, line by line in bounded memory. A broken line is counted, told and skipped; a last line
// that a crash cut short is told and dropped.
#pragma once

#include <cstddef>
#include <istream>
#include <string>

#include "results/read_report.hpp"
#include "results/trace_model.hpp"

namespace utnt::results {

/// Longest line that is parsed; longer ones count as broken.
inline constexpr std::size_t jsonl_line_bytes_max = 16U << 20;

/// `name` is what messages call the input. Never throws for anything in the file; what `sink` throws passes through.
ReadReport read_jsonl(std::istream& in, const std::string& name, ResultSink& sink, const OnProblem& on_problem);

}  // namespace utnt::results
