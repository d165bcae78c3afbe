// SPDX-License-Identifier: BSD-2-Clause
// `utnt fleet`: measuring on demand, on many nodes, without losing a result.
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/utnt/command.hpp"
#include "apps/utnt/fleet_run.hpp"

namespace utnt::apps {

void register_fleet(CLI::App& root, Invocation& invocation) {
  auto* fleet = root.add_subcommand("fleet", "Measure on demand on many nodes, and lose no result");
  fleet->require_subcommand(1);
  auto* run = fleet->add_subcommand("run", "Turn events into runs on nodes, and bring their results into the store");
  auto run_options = std::make_shared<FleetRunOptions>();
  add_fleet_run_options(*run, *run_options);
  run->callback([run_options, &invocation] { invocation.run = [run_options] { return fleet_run(*run_options); }; });
}

}  // namespace utnt::apps
