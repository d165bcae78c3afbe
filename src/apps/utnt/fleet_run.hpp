// SPDX-License-Identifier: BSD-2-Clause
// `utnt fleet run`: events in, jobs on nodes, results in the store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/utnt/command.hpp"
#include "apps/utnt/fleet_http.hpp"
#include "apps/utnt/fleet_nodes.hpp"

namespace CLI {
class App;
}

namespace utnt::apps {

struct FleetRunOptions {
  std::vector<std::string> destinations;
  std::string directory;                  ///< of the controller; empty: the default
  std::string inventory;                  ///< empty: inventory.toml there, or this machine alone
  std::string where{"all"};               ///< which nodes may run it
  std::optional<std::uint32_t> count{1};  ///< on so many of them
  std::string events;                     ///< file; empty: one event, now
  std::string campaign;
  std::string policy{"wait"};
  std::string variant{"unikernel"};
  std::string tender{"process"};
  std::string image;
  std::string image_url;  ///< for all nodes; empty: as the inventory says
  std::string options;    ///< words for the image
  NetworkChoice network;  ///< of this machine, when there is no inventory
  std::uint32_t pps{100};
  std::uint64_t memory_mib{4};
  std::uint32_t run_seconds{300};
  std::uint32_t slots{1};                   ///< of this machine, when there is no inventory
  Duration give_up_after{600'000'000'000};  ///< a node that cannot be reached
  FleetHttpOptions http;
  bool enrols{false};
  bool reads_input{false};
  bool stays{false};
  bool json{false};
};

void add_fleet_run_options(CLI::App& command, FleetRunOptions& options);
ExitCode fleet_run(const FleetRunOptions& options);

}  // namespace utnt::apps
