// SPDX-License-Identifier: BSD-2-Clause
// What `utnt run` can be told beyond the options of `utnt trace`: the image, who starts it, and its interface.
#pragma once

#include <cstdint>
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
  std::string net{"lab"};  ///< lab, lab:NAME, tap:NAME, unix:PATH
  std::string address;     ///< A.B.C.D/LENGTH
  std::string gateway;
  std::string gateway_mac;
  double time_limit_seconds{0};  ///< 0: none
};

void add_run_options(CLI::App& command, RunOptions& options);
/// Throws Failure (bad_input).
void check_run_options(const RunOptions& options);

/// The interface as the tender and the image need it.
struct RunNetwork {
  tender::NicRequest nic;
  std::string address;  ///< A.B.C.D/LENGTH
  std::string gateway;
  std::string gateway_mac;
  [[nodiscard]] wire::IpAddress source() const;
};
/// Looks a lab up where the options name one. Throws Failure.
RunNetwork run_network(const RunOptions& options);

/// Bytes of "4M" and the like; empty when it is no such number.
std::optional<std::uint64_t> parse_memory(const std::string& text);

}  // namespace utnt::apps
