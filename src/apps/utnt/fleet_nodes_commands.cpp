// SPDX-License-Identifier: BSD-2-Clause
// Nodes as a whole: list, import; and what no node may probe.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/utnt/fleet_commands.hpp"
#include "apps/utnt/fleet_home.hpp"
#include "apps/utnt/fleet_text.hpp"
#include "fleet/controller/inventory.hpp"
#include "fleet/trust/digest.hpp"
#include "fleet/trust/minisign.hpp"
#include "os_linux/clock.hpp"
#include "wire/address.hpp"

namespace utnt::apps {

ExitCode fleet_nodes_list(const FleetNodesOptions& options) {
  const auto store = FleetHome{options.directory}.open_store(fleet::Access::reader);
  for (const auto& node : store.nodes()) {
    const auto hello = nlohmann::ordered_json::parse(node.capabilities, nullptr, false);
    if (options.json) {
      print_json({{"type", "node"},
                  {"node", node.name},
                  {"key", node.public_key},
                  {"enrolled", os_linux::utc_text(node.enrolled_ns)},
                  {"checked", os_linux::utc_text(node.checked_ns)},
                  {"revoked", node.revoked_ns.has_value()},
                  {"hello", hello}});
      continue;
    }
    const auto machine = hello.is_object() && hello.contains("machine") ? hello["machine"] : nlohmann::ordered_json{};
    fmt::print("{:<16}  {}  seen {}  {}\n", node.name, node.revoked_ns ? "REVOKED " : "enrolled",
               os_linux::utc_text(node.checked_ns),
               machine.is_object() ? printable(machine.value("arch", "?") + " " + machine.value("kernel", "?")) : "");
  }
  return ExitCode::done;
}

ExitCode fleet_nodes_import(const FleetNodesOptions& options) {
  const auto inventory = fleet::read_inventory(options.inventory);
  for (const auto& note : inventory.notes) fmt::print(stderr, "utnt fleet nodes import: {}\n", note);
  fmt::print("{}", fleet::inventory_toml(inventory));
  return ExitCode::done;
}

ExitCode fleet_block_list(const FleetBlockListOptions& options) {
  const FleetHome home{options.directory};
  std::ifstream file{options.file};
  if (!file) throw Failure{ExitCode::bad_input, "cannot read the block list " + options.file};
  std::string text;
  std::size_t number = 0, prefixes = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    line.resize(std::min(line.find('#'), line.size()));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.pop_back();
    if (line.empty()) continue;
    if (!wire::parse_prefix(line))
      throw Failure{ExitCode::bad_input, fmt::format("{}:{}: no prefix such as 192.0.2.0/24", options.file, number)};
    text += line + "\n";
    ++prefixes;
  }
  auto store = home.open_store(fleet::Access::tool);
  const auto digest = fleet::sha256_hex(text);
  const auto signature = fleet::sign_content(home.key(), std::as_bytes(std::span{text}), "block list " + digest);
  store.put_block_list({.digest = digest,
                        .text = text,
                        .signature = fleet::minisig_text(signature),
                        .added_ns = os_linux::wall_clock_ns()});
  store.append_audit({.who = "operator", .action = "block list", .detail = digest});
  fmt::print("{} prefixes are in force, as {}\n", prefixes, digest.substr(0, 12));
  for (const auto& [node, known] : store.block_list_acks())
    fmt::print("{:<16}  {}\n", node, known == digest ? "has it" : "has an older one until it connects");
  return ExitCode::done;
}

}  // namespace utnt::apps
