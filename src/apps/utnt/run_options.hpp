// SPDX-License-Identifier: BSD-2-Clause
// What `utnt run` can be told beyond the options of `utnt trace`: the image, who starts it, and its interface.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apps/utnt/trace_options.hpp"
#include "tender/tender.hpp"

namespace CLI {
class App;
}

namespace utnt::apps {

struct RunOptions {
  TraceOptions trace;
  std::string tender{"auto"};
  std::string image;       ///< empty: beside the program
  std::string memory;      ///< bytes, with K, M or G; empty: as much as the tables want
  std::string net{"lab"};  ///< lab, lab:NAME, unix:PATH, tap:NAME, new-tap, new-tap:NAME, ring:INTERFACE
  std::string nat;         ///< new TAP: interface whose address its packets leave with
  std::string bridge;      ///< new TAP: bridge or interface that it is joined to
  std::string address;     ///< A.B.C.D/LENGTH, or dhcp
  std::string mac;         ///< empty: a random one
  std::string gateway;
  std::string gateway_mac;
  double time_limit_seconds{0};  ///< 0: none
  std::string memory_limit;      ///< of all processes of the instance; as `memory`
  double cpu_limit{0};           ///< processors; 0: none
  std::string record_channel{"auto"};
  std::uint32_t count{1};              ///< instances, at once
  std::optional<double> hold_seconds;  ///< idle so long instead of probing
};

void add_run_options(CLI::App& command, RunOptions& options);
/// Throws Failure (bad_input).
void check_run_options(const RunOptions& options);

/// Bytes of "4M" and the like; empty when it is no such number.
std::optional<std::uint64_t> parse_memory(const std::string& text);

tender::ResourceLimits resource_limits(const RunOptions& options);

}  // namespace utnt::apps
