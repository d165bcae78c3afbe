// SPDX-License-Identifier: BSD-2-Clause
// warts files to results: traces and pings of any scamper, lists and cycles as runs. Other record types are skipped and
// counted. A record that cannot be read is told and skipped; where the file stops being warts, reading ends and says
// so.
#pragma once

#include <istream>
#include <string>

#include "results/read_report.hpp"
#include "results/trace_model.hpp"
#include "results/warts_writer.hpp"

namespace utnt::results {

/// Largest record that is read; a longer length is taken for damage.
inline constexpr std::uint32_t warts_record_bytes_max = 64U << 20;

/// `name` is what messages call the input. Never throws for anything in the file; what `sink` throws passes through.
ReadReport read_warts(std::istream& in, const std::string& name, ResultSink& sink, const OnProblem& on_problem);

/// How many lists and cycles the file holds, for a writer that appends to it.
WartsIds count_warts_ids(std::istream& in);

}  // namespace utnt::results
