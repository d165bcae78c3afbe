// SPDX-License-Identifier: BSD-2-Clause
// The nodes of a fleet as commands reach them: an inventory, or this machine; how to connect to each; and the agent
// that is put there first.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <semaphore>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/utnt/fleet_home.hpp"
#include "fleet/controller/inventory.hpp"
#include "fleet/controller/session.hpp"
#include "fleet/transport/known_hosts.hpp"
#include "fleet/transport/stage.hpp"

namespace utnt::apps {

/// As `utnt run` names a network.
struct NetworkChoice {
  std::string net{"lab"};
  std::string address;
  std::string gateway;
  std::string gateway_mac;
};
/// Throws Failure: no such lab or interface.
fleet::NetworkSetting network_setting(const NetworkChoice& choice);

/// `file`, else the one in the controller's directory, else this machine with that network (none: as its own
/// configuration says) and so many slots.
fleet::Inventory open_inventory(const std::string& file, const FleetHome& home,
                                const std::optional<NetworkChoice>& choice, std::uint32_t slots);

class NodeConnections {
 public:
  /// `home` must outlive it. Throws Failure when the agent is not installed.
  explicit NodeConnections(const FleetHome& home);

  /// Asks the host for its key and pins it, unless one is pinned. Throws Failure. `cancel`: see fleet::CommandLimits.
  void enrol_host_key(const fleet::InventoryNode& node, int cancel = -1) const;
  /// Puts the agent there. Local nodes need none of it.
  [[nodiscard]] fleet::StageResult stage(const fleet::InventoryNode& node, int cancel = -1) const;
  /// Both of it for a controller, which tries again as long as it makes sense. It must not outlive this.
  [[nodiscard]] fleet::Preparation::Work preparation(const fleet::InventoryNode& node, bool enrols) const;
  /// The same for all, sixteen at a time.
  [[nodiscard]] std::vector<std::pair<std::string, fleet::StageResult>> stage_all(
      const fleet::Inventory& inventory) const;
  /// Runs a command of the agent's program there once, `input` on its standard input: `probe`, `rotate`.
  [[nodiscard]] fleet::CommandResult run_agent(const fleet::InventoryNode& node, const std::string& command,
                                               ConstBytes input) const;
  /// Unpins it and ends the shared connection, which knows the host by it.
  void forget_host_key(const std::string& name, const fleet::InventoryNode* node) const;
  [[nodiscard]] std::vector<fleet::HostKey> pinned(const std::string& name) const;
  /// It must not outlive this.
  [[nodiscard]] fleet::ControlledNode controlled(const fleet::InventoryNode& node) const;
  /// Its owner has installed the agent: the inventory says so, or a forced command that staging met.
  [[nodiscard]] bool has_own_agent(const fleet::InventoryNode& node) const;

 private:
  [[nodiscard]] std::string remote_command(const fleet::InventoryNode& node, const std::string& word) const;

  const FleetHome& home_;
  fleet::AgentProgram agent_;
  fleet::SshPlaces places_;
  static constexpr std::ptrdiff_t at_once_max = 16;
  mutable std::mutex mutex_;
  mutable std::set<std::string> forced_;                            ///< nodes with a forced command
  mutable std::counting_semaphore<at_once_max> gate_{at_once_max};  ///< preparations at once
};

}  // namespace utnt::apps
