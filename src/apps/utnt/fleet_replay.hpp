// SPDX-License-Identifier: BSD-2-Clause
// `utnt fleet replay`: an event list, several times, on five nodes that are sealed namespaces with an sshd and a slow
// link each; how long deployments take and how many events each policy turns into results. Needs root; no packet
// leaves the namespaces. Source: the fleet specification, section 1 (what the paper's runs measured, and what they
// left out).
#pragma once

#include <cstdint>
#include <string>

#include "apps/utnt/command.hpp"

namespace CLI {
class App;
}

namespace utnt::apps {

struct ReplayOptions {
  std::string policy{"discard"};
  std::string variant{"unikernel"};
  std::string tender{"process"};  ///< of the unikernel
  std::string events{"paper"};
  std::uint32_t limit{0};  ///< only the first so many events; 0: all
  std::uint32_t runs{1};
  std::uint32_t nodes{5};
  std::uint32_t link_mbit{20};  ///< of each node's link, both ways; 0: not shaped
  std::uint32_t pps{100};
  std::string directory;  ///< for CSV and figures; empty: none
  bool is_cold{false};
  bool is_warm{false};    ///< the default, said aloud
  bool continues{false};  ///< behind the runs that the directory holds
  bool json{false};

  [[nodiscard]] bool is_unikernel() const { return variant == "unikernel"; }
  /// Variant, and who starts it where that can be chosen.
  [[nodiscard]] std::string what_runs() const { return is_unikernel() ? variant + " (" + tender + ")" : variant; }
};

void add_fleet_replay_options(CLI::App& command, ReplayOptions& options);
ExitCode fleet_replay(const ReplayOptions& options);

}  // namespace utnt::apps
