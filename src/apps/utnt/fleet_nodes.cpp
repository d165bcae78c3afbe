// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/fleet_nodes.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>

#include "apps/utnt/command.hpp"
#include "apps/utnt/run_network.hpp"
#include "fleet/transport/known_hosts.hpp"
#include "fleet/transport/process_link.hpp"
#include "fleet/transport/ssh_failure.hpp"
#include "fleet/transport/stage.hpp"

namespace utnt::apps {

namespace {

/// Beside this program.
std::string agent_path() {
  const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "utnt-node";
  if (!std::filesystem::exists(path))
    throw Failure{ExitCode::environment, fmt::format("the agent {} is not installed", path.string())};
  return path.string();
}

std::string runtime_directory() {
  const char* const given = std::getenv("XDG_RUNTIME_DIR");
  return (given != nullptr && *given == '/' ? std::string{given} : "/tmp") + fmt::format("/utnt-fleet-{}", ::geteuid());
}

fleet::SshTarget target_of(const fleet::InventoryNode& node) {
  return {
      .name = node.name, .host = node.host, .user = node.user, .port = node.port, .key = node.key, .jump = node.jump};
}

bool is_readable(int descriptor) {
  pollfd ready{descriptor, POLLIN, 0};
  return ::poll(&ready, 1, 0) > 0;
}

/// Gives back what was acquired.
template <class Semaphore>
class Release {
 public:
  explicit Release(Semaphore& semaphore) : semaphore_{semaphore} {}
  Release(const Release&) = delete;
  Release& operator=(const Release&) = delete;
  ~Release() { semaphore_.release(); }

 private:
  Semaphore& semaphore_;
};

}  // namespace

fleet::NetworkSetting network_setting(const NetworkChoice& choice) {
  RunOptions run;
  run.net = choice.net;
  run.address = choice.address;
  run.gateway = choice.gateway;
  run.gateway_mac = choice.gateway_mac;
  const auto network = run_network(run);
  fleet::NetworkSetting setting{.kind = "unix",
                                .peer = network.nic.peer_path,
                                .address = network.address,
                                .gateway = network.gateway,
                                .gateway_mac = network.gateway_mac};
  const bool is_tap = network.nic.kind == tender::NicKind::tap,
             is_ring = network.nic.kind == tender::NicKind::packet_ring;
  if (network.to_make || (!is_tap && !is_ring && network.nic.kind != tender::NicKind::unix_datagram))
    throw Failure{ExitCode::bad_input, fmt::format("--net {}: name an interface that exists", choice.net)};
  if (is_tap || is_ring) {
    setting.kind = is_tap ? "tap" : "ring";
    setting.peer = network.nic.tap;
  }
  return setting;
}

fleet::Inventory open_inventory(const std::string& file, const FleetHome& home,
                                const std::optional<NetworkChoice>& choice, std::uint32_t slots) {
  if (!file.empty()) return fleet::read_inventory(file);
  if (std::filesystem::exists(home.inventory_path())) return fleet::read_inventory(home.inventory_path());
  auto inventory = fleet::localhost_inventory();
  for (auto& node : inventory.nodes) {
    if (choice) node.network = network_setting(*choice);
    node.slots = slots;
  }
  return inventory;
}

NodeConnections::NodeConnections(const FleetHome& home)
    : home_{home},
      agent_{fleet::load_agent(agent_path())},
      places_{.runtime_dir = runtime_directory(), .known_hosts = home.directory() + "/known_hosts"} {
  fleet::prepare_runtime_dir(places_.runtime_dir);
}

fleet::StageResult NodeConnections::stage(const fleet::InventoryNode& node, int cancel) const {
  if (node.transport == fleet::NodeTransport::local) return {};
  if (has_own_agent(node)) return {.outcome = fleet::Staged::installed};
  auto result = fleet::stage_agent(node.name, agent_, fleet::ssh_shell(target_of(node), places_, cancel));
  if (result.outcome == fleet::Staged::installed) {
    const std::lock_guard guard{mutex_};
    forced_.insert(node.name);
  }
  return result;
}

bool NodeConnections::has_own_agent(const fleet::InventoryNode& node) const {
  const std::lock_guard guard{mutex_};
  return node.agent == fleet::NodeAgent::installed || forced_.contains(node.name);
}

std::string NodeConnections::remote_command(const fleet::InventoryNode& node, const std::string& word) const {
  return has_own_agent(node) ? fleet::remote_installed_command(word) : fleet::remote_agent_command(agent_.digest, word);
}

fleet::Preparation::Work NodeConnections::preparation(const fleet::InventoryNode& node, bool enrols) const {
  if (node.transport == fleet::NodeTransport::local) return {};
  return [this, node, enrols](int cancel) -> fleet::Prepared {
    constexpr std::chrono::milliseconds turn{50};
    while (!gate_.try_acquire_for(turn))
      if (is_readable(cancel)) return {.why = node.name + ": nobody waits for it any more"};
    const Release release{gate_};
    const auto own_name = node.name + ": ";  // whoever tells it begins with that
    const auto without_name = [&](const std::string& why) {
      return why.starts_with(own_name) ? why.substr(own_name.size()) : why;
    };
    try {
      if (enrols) enrol_host_key(node, cancel);
      const auto staged = stage(node, cancel);
      if (staged.outcome <= fleet::Staged::now) return {};
      return {.why = without_name(staged.detail), .can_heal = fleet::can_heal(staged)};
    } catch (const Failure& failure) {
      return {.why = without_name(failure.what())};
    }
  };
}

std::vector<std::pair<std::string, fleet::StageResult>> NodeConnections::stage_all(
    const fleet::Inventory& inventory) const {
  std::vector<std::pair<std::string, fleet::StageResult>> results(inventory.nodes.size());
  constexpr std::size_t at_once = at_once_max;
  for (std::size_t begin = 0; begin < inventory.nodes.size(); begin += at_once) {
    std::vector<std::jthread> threads;
    for (auto i = begin; i < std::min(begin + at_once, inventory.nodes.size()); ++i) {
      threads.emplace_back([&, i] {
        results[i].first = inventory.nodes[i].name;
        try {
          results[i].second = stage(inventory.nodes[i]);
        } catch (const std::exception& error) {
          results[i].second = {.outcome = fleet::Staged::no_connection, .detail = error.what()};
        }
      });
    }
  }
  return results;
}

fleet::ControlledNode NodeConnections::controlled(const fleet::InventoryNode& node) const {
  std::function<fleet::Command()> command;
  std::function<bool(const std::string&)> can_heal;
  if (node.transport == fleet::NodeTransport::local) {
    // Each local node has a spool of its own, so that several can stand for a fleet on one machine.
    command = [relay = fleet::local_relay_command(agent_path(), home_.directory() + "/spool-" + node.name)] {
      return relay;
    };
  } else {
    command = [this, node] { return fleet::ssh_command(target_of(node), places_, remote_command(node, "relay")); };
    can_heal = [](const std::string& why) { return fleet::can_heal(fleet::ssh_failure_of(why)); };
  }
  return {.name = node.name,
          .connect = [command]() -> std::unique_ptr<fleet::Link> {
            return std::make_unique<fleet::ProcessLink>(command(),
                                                        fleet::StreamLimits{.silence_max = fleet::link_silence_max});
          },
          .can_heal = std::move(can_heal),
          .has_own_agent = [this, node] { return has_own_agent(node); },
          .network = fleet::network_json(node.network),
          .slots = node.slots,
          .limits = node.limits,
          .image_url = node.image_url};
}

fleet::CommandResult NodeConnections::run_agent(const fleet::InventoryNode& node, const std::string& command,
                                                ConstBytes input) const {
  if (node.transport == fleet::NodeTransport::local) {
    const auto spool = home_.directory() + "/spool-" + node.name;
    return fleet::run_command({.words = {agent_path(), command, "--spool", spool}}, input);
  }
  return fleet::ssh_shell(target_of(node), places_)(remote_command(node, command), input);
}

std::vector<fleet::HostKey> NodeConnections::pinned(const std::string& name) const {
  return fleet::pinned_keys(places_.known_hosts, name);
}

void NodeConnections::forget_host_key(const std::string& name, const fleet::InventoryNode* node) const {
  fleet::pin_keys(places_.known_hosts, name, {});
  if (node == nullptr || node->transport == fleet::NodeTransport::local) return;
  fleet::run_command(fleet::ssh_control_command(target_of(*node), places_, fleet::SshControl::exit), {});
}

void NodeConnections::enrol_host_key(const fleet::InventoryNode& node, int cancel) const {
  if (node.transport == fleet::NodeTransport::local) return;
  if (!fleet::pinned_keys(places_.known_hosts, node.name).empty()) return;
  fleet::pin_keys(places_.known_hosts, node.name, fleet::scan_host_keys(target_of(node), places_, cancel));
}

}  // namespace utnt::apps
