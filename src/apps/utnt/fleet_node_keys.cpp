// SPDX-License-Identifier: BSD-2-Clause
// What becomes of a node's keys: its agent's is rotated or revoked, its sshd's is forgotten. All of it is audited.
#include <fmt/format.h>

#include <optional>

#include "apps/utnt/fleet_commands.hpp"
#include "apps/utnt/fleet_home.hpp"
#include "apps/utnt/fleet_nodes.hpp"
#include "apps/utnt/fleet_text.hpp"
#include "fleet/model/rotate_request.hpp"
#include "fleet/trust/key_record.hpp"
#include "fleet/trust/trust_error.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {
namespace {

constexpr Duration grace{60'000'000'000};  ///< for results that the old key has signed and that are on their way

fleet::NodeRow enrolled_node(const fleet::Store& store, const std::string& name) {
  const auto row = store.find_node(name);
  if (!row || row->public_key.empty())
    throw Failure{ExitCode::bad_input, "no node " + name + " is enrolled; `utnt fleet nodes list` lists them"};
  return *row;
}

/// The key that the old one has signed.
fleet::PublicKey key_vouched_for(const std::string& name, const fleet::PublicKey& old_key,
                                 const fleet::CommandResult& result) {
  if (result.exit_status != 0)
    throw Failure{ExitCode::environment,
                  fmt::format("{}: its agent: {}", name,
                              result.is_out_of_time ? std::string{"it does not answer"} : printable(result.errors))};
  auto line = result.output;
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  fleet::KeyRing ring;
  ring.add({.key = old_key, .owner = name});
  try {
    constexpr std::int64_t second = 1'000'000'000;
    return fleet::accept_rotation(ring, line, os_linux::wall_clock_ns() / second, name + ": its answer").key;
  } catch (const fleet::TrustError& error) {
    throw Failure{ExitCode::environment, printable(error.what())};
  }
}

}  // namespace

ExitCode fleet_nodes_revoke(const FleetNodesOptions& options) {
  auto store = FleetHome{options.directory}.open_store(fleet::Access::tool);
  if (!store.find_node(options.node))
    throw Failure{ExitCode::bad_input, "no node " + options.node + " is enrolled; `utnt fleet nodes list` lists them"};
  store.revoke_node(options.node);
  store.append_audit({.who = "operator", .action = "revoke", .detail = options.node});
  fmt::print("{} is revoked: nothing from its key is taken any more\n", options.node);
  return ExitCode::done;
}

ExitCode fleet_nodes_rotate(const FleetNodesOptions& options) {
  const FleetHome home{options.directory};
  auto store = home.open_store(fleet::Access::tool);
  const auto& name = options.node;
  const auto row = enrolled_node(store, name);
  if (row.revoked_ns) throw Failure{ExitCode::bad_input, name + ": its key was revoked, and stays so"};
  const auto old_key = fleet::parse_key_text(row.public_key);
  const auto inventory = open_inventory(options.inventory, home, std::nullopt, 1);
  const auto* const node = inventory.find(name);
  if (node == nullptr)
    throw Failure{ExitCode::bad_input, fmt::format("{}: is not in the inventory, which tells how it is reached", name)};
  if (!old_key) throw Failure{ExitCode::bad_input, name + ": the store holds no key of it that can be read"};
  const NodeConnections connections{home};
  const auto staged = connections.stage(*node);
  if (staged.outcome > fleet::Staged::now) throw Failure{ExitCode::environment, printable(staged.detail)};
  const auto request = fleet::write_rotate_request({.node = name, .key = *old_key});
  const auto result = connections.run_agent(*node, "rotate", std::as_bytes(std::span{request}));
  const auto next = key_vouched_for(name, *old_key, result);
  store.rotate_node_key(
      name, fleet::key_text(next), grace,
      {.who = "operator",
       .action = "rotate",
       .detail = fmt::format("{} {} after {}", name, fleet::key_text(next), fleet::key_text(*old_key))});
  fmt::print("{}: key {} instead of {}, which stays known for the results that it signed\n", name,
             fleet::key_id_text(next.id), fleet::key_id_text(old_key->id));
  return ExitCode::done;
}

ExitCode fleet_nodes_forget_host_key(const FleetNodesOptions& options) {
  const FleetHome home{options.directory};
  const auto& name = options.node;
  const NodeConnections connections{home};
  const auto keys = connections.pinned(name);
  if (keys.empty()) throw Failure{ExitCode::bad_input, fmt::format("no host key is pinned for a node {}", name)};
  const auto inventory = open_inventory(options.inventory, home, std::nullopt, 1);
  auto store = home.open_store(fleet::Access::tool);
  std::string fingerprints;
  for (const auto& key : keys) fingerprints += " " + fleet::fingerprint(key);
  store.append_audit({.who = "operator", .action = "forget host key", .detail = name + fingerprints});
  connections.forget_host_key(name, inventory.find(name));
  if (auto row = store.find_node(name)) {
    row->host_key.clear();
    store.put_node(*row);
  }
  fmt::print("{}: forgot{}; `utnt fleet nodes check --enrol` pins the key that it shows next\n", name, fingerprints);
  return ExitCode::done;
}

}  // namespace utnt::apps
