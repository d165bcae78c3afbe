// SPDX-License-Identifier: BSD-2-Clause
// What `utnt trace` makes of an emulated network in virtual time, to the last byte of its records and of its file, and
// how an image is told to do the same.
#pragma once

#include <string>

#include "apps/utnt/trace_options.hpp"
#include "emu/scenario.hpp"

namespace utnt::machine {

inline constexpr std::uint64_t network_seed = 1;

apps::TraceOptions options_for(const std::string& scenario, const std::string& rules);

struct Traced {
  std::string file;     ///< JSON lines, as the command writes them
  std::string records;  ///< of the same engine on the same link, from run_start to the final counters
};
Traced traced(const apps::TraceOptions& options);

struct Started {
  std::string command_line;
  std::string module;
};
/// `gateway_mac` empty: the image has to ask for it.
Started launched(const apps::TraceOptions& options, const emu::ScenarioNetwork& network,
                 const std::string& gateway_mac = "02:75:74:6e:74:01");

/// A record stream, read.
struct Read {
  bool is_complete{false};
  std::string complaint;
  int exit_code{-1};
  std::string records;  ///< without the counters of a run that goes on
  std::string file;
};
/// What the bytes of a record channel say.
Read read_stream(const std::string& stream);

}  // namespace utnt::machine
