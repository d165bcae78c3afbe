// SPDX-License-Identifier: BSD-2-Clause
// `utnt fleet stop` and `cancel`: by the controller that runs, or without one by being it for a moment.
#include <fmt/format.h>

#include <set>
#include <span>

#include "apps/utnt/fleet_commands.hpp"
#include "apps/utnt/fleet_home.hpp"
#include "apps/utnt/fleet_nodes.hpp"
#include "apps/utnt/fleet_view.hpp"
#include "fleet/controller/controller.hpp"
#include "fleet/controller/line_server.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {

namespace {

std::optional<std::string> ask_running(const FleetHome& home, const std::string& line) {
  try {
    return fleet::ask_line_server(home.control_socket(), line);
  } catch (const Failure&) {
    return std::nullopt;  // nobody runs
  }
}

/// Connects to every node and tells it; nodes that cannot be reached end by their dead-man timers.
ExitCode stop_by_ourselves(const FleetNodesOptions& options, const FleetHome& home) {
  auto store = home.open_store(fleet::Access::controller);
  const auto inventory = open_inventory(options.inventory, home, std::nullopt, 1);
  const NodeConnections connections{home};
  std::vector<fleet::ControlledNode> nodes;
  for (const auto& node : inventory.nodes) nodes.push_back(connections.controlled(node));
  FleetView view{options.json};
  fleet::Controller controller{store, home.key(), {}, std::move(nodes), view};
  constexpr Duration patience{5'000'000'000}, turn{100'000'000};
  const auto deadline = os_linux::monotonic_now() + patience;
  std::set<std::string> told;
  while (os_linux::monotonic_now() < deadline && told.size() < inventory.nodes.size()) {
    controller.turn(turn, {});
    bool is_new = false;
    for (const auto& node : inventory.nodes)
      if (controller.is_connected(node.name)) is_new = told.insert(node.name).second || is_new;
    if (is_new) controller.stop_all();
  }
  controller.turn(turn, {});
  fmt::print("{} of {} nodes were told to stop\n", told.size(), inventory.nodes.size());
  for (const auto& node : inventory.nodes)
    if (!told.contains(node.name)) fmt::print("{}: not reached; its dead-man timer ends what runs there\n", node.name);
  return told.size() == inventory.nodes.size() ? ExitCode::done : ExitCode::done_with_failures;
}

}  // namespace

ExitCode fleet_stop(const FleetNodesOptions& options) {
  const FleetHome home{options.directory};
  if (const auto answer = ask_running(home, "stop")) {
    fmt::print("the running controller says: {}\n", *answer);
    return ExitCode::done;
  }
  return stop_by_ourselves(options, home);
}

ExitCode fleet_cancel(const FleetJobOptions& options) {
  const FleetHome home{options.directory};
  const auto answer = ask_running(home, "cancel " + options.job);
  if (!answer)
    throw Failure{ExitCode::environment,
                  "no controller runs in " + home.directory() + "; start `utnt fleet run` first"};
  fmt::print("{}\n", *answer);
  return answer->starts_with("cancelled") ? ExitCode::done : ExitCode::bad_input;
}

}  // namespace utnt::apps
