// SPDX-License-Identifier: BSD-2-Clause
// `utnt fleet nodes check`: connects to every node, puts the agent there, lets it find out by trying what the node can
// do, and keeps the signed record. Unknown keys are refused unless --enrol says that they are the right ones.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include "apps/utnt/fleet_check_text.hpp"
#include "apps/utnt/fleet_commands.hpp"
#include "apps/utnt/fleet_home.hpp"
#include "apps/utnt/fleet_nodes.hpp"
#include "apps/utnt/fleet_text.hpp"
#include "apps/utnt/image_file.hpp"
#include "apps/utnt_node/arguments.hpp"
#include "fleet/model/probe_request.hpp"
#include "fleet/trust/statement.hpp"
#include "os_linux/clock.hpp"

namespace utnt::apps {

namespace {

using Json = nlohmann::ordered_json;

std::string other_version(const std::string& found) {
  return fmt::format("; is it {}? Install {} there", found, fleet::node_version);
}

std::string version_of(const Checked& checked) {
  const auto version = checked.record.is_object() ? checked.record.value("version", Json{}) : Json{};
  return version.is_string() ? printable(version.get<std::string>()) : "utnt-node of another version";
}

std::string file_bytes(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

/// Of the images of these tenders and variants those that are installed here.
std::vector<fleet::ProbeImage> installed_images(const std::vector<std::string>& kinds) {
  std::vector<fleet::ProbeImage> images;
  for (const auto& kind : kinds)
    if (const auto path = installed_image(kind); !path.empty())
      images.push_back({.tender = kind, .bytes = file_bytes(path)});
  return images;
}

/// The tenders that the inventory allows there.
std::vector<std::string> tenders_of(const fleet::InventoryNode& node) {
  auto tenders = node.tenders;
  std::erase_if(tenders, [](const auto& tender) { return tender != "process" && tender != "qemu"; });
  return tenders;
}

/// The variants that its owner allows there and that are tried by an image of their own.
std::vector<std::string> other_variants(const Json& record) {
  std::vector<std::string> variants;
  const auto allowed = record.is_object() ? record.value("variants", Json{}) : Json{};
  for (const auto* const variant : {"container", "vm"})
    if (allowed.is_array() && std::ranges::find(allowed, Json(variant)) != allowed.end())
      variants.emplace_back(variant);
  return variants;
}

void take_answer(Checked& checked, const fleet::CommandResult& result) {
  const auto end = result.output.find('\n');
  if (result.exit_status != 0 || end == std::string::npos) {
    checked.problem = result.is_out_of_time ? "its agent does not answer" : "its agent: " + printable(result.errors);
    if (checked.has_own_agent) checked.problem += other_version("utnt-node of another version");
    return;
  }
  checked.record_text = result.output.substr(0, end);
  checked.signature = result.output.substr(end + 1);
  while (!checked.signature.empty() && checked.signature.back() == '\n') checked.signature.pop_back();
  checked.record = Json::parse(checked.record_text, nullptr, false);
  const auto part = [&](const char* name) { return checked.record.is_object() && checked.record[name].is_object(); };
  if (!checked.record.is_object() || checked.record.value("schema", Json{}) != 1)
    checked.problem = "what came is no record of a node that is known here" + other_version(version_of(checked));
  else if (!part("machine") || !part("kvm") || !part("guests"))
    checked.problem = "what came is no record of a node";
  else if (const auto version = version_of(checked); version != fleet::node_version)
    checked.remark = "its agent is " + version + ", this program's is " + fleet::node_version;
}

void probe(Checked& checked, const NodeConnections& connections, const fleet::InventoryNode& node,
           const fleet::ProbeRequest& request) {
  const auto text = fleet::write_probe_request(request);
  checked.before_ns = os_linux::wall_clock_ns();
  const auto result = connections.run_agent(node, "probe", std::as_bytes(std::span{text}));
  checked.after_ns = os_linux::wall_clock_ns();
  take_answer(checked, result);
}

Checked check(const NodeConnections& connections, const fleet::InventoryNode& node, bool enrols) {
  Checked checked;
  try {
    const bool is_remote = node.transport != fleet::NodeTransport::local;
    if (enrols) connections.enrol_host_key(node);
    if (is_remote) {
      const auto keys = connections.pinned(node.name);
      if (keys.empty()) {
        checked.problem = "its host key is not pinned yet; --enrol pins the one that it shows";
        return checked;
      }
      checked.host_key = keys.front().type + " " + keys.front().key;
    }
    const auto staged = connections.stage(node);
    if (staged.outcome > fleet::Staged::now) {
      checked.problem = staged.detail;
      return checked;
    }
    checked.has_own_agent = connections.has_own_agent(node);
    fleet::ProbeRequest request{.enrols = enrols, .images = installed_images(tenders_of(node))};
    probe(checked, connections, node, request);
    // Their images are large: they go only where they may run, which the node has just told.
    auto others = installed_images(other_variants(checked.record));
    if (checked.problem.empty() && !others.empty()) {
      std::ranges::move(others, std::back_inserter(request.images));
      probe(checked, connections, node, request);
    }
  } catch (const std::exception& error) {
    checked.problem = error.what();
  }
  return checked;
}

std::vector<Checked> check_all(const NodeConnections& connections, const fleet::Inventory& inventory, bool enrols) {
  std::vector<Checked> all(inventory.nodes.size());
  constexpr std::size_t at_once = 16;
  for (std::size_t begin = 0; begin < all.size(); begin += at_once) {
    std::vector<std::jthread> threads;
    for (auto i = begin; i < std::min(begin + at_once, all.size()); ++i)
      threads.emplace_back([&, i] { all[i] = check(connections, inventory.nodes[i], enrols); });
  }
  return all;
}

/// Why the key that signed the record is not believed; empty: it is.
std::string judge_key(const Checked& checked, const fleet::Store& store, const std::string& name, bool enrols) {
  const auto row = store.find_node(name);
  const auto text = checked.record.value("key", std::string{});
  const auto key = fleet::parse_key_text(text);
  if (row && row->revoked_ns) return "its key was revoked";
  const bool is_known = row && !row->public_key.empty();
  if (!key) return is_known ? "it has no key any more; --enrol makes another" : "it is not enrolled; --enrol does that";
  if (!fleet::is_statement_by(*key, fleet::Purpose::record, checked.record_text, checked.signature))
    return "its record is not signed by the key in it";
  const auto had = store.node_keys(name);
  if (std::ranges::any_of(had, [&](const auto& k) { return k.public_key == text && k.revoked_ns; }))
    return "it has a key again that was revoked; remove node.key in its spool, and --enrol makes another";
  if (!is_known && !enrols) return "it is not enrolled; --enrol does that";
  if (is_known && row->public_key != text && !enrols)
    return "its key is not the one that was enrolled; if that is right, --enrol takes the new one";
  return {};
}

void keep(fleet::Store& store, const std::string& name, Checked& checked) {
  auto row = store.find_node(name).value_or(fleet::NodeRow{.name = name});
  const auto key = checked.record["key"].get<std::string>();
  const auto now = os_linux::wall_clock_ns();
  checked.is_new = row.public_key != key;
  if (checked.is_new) row.enrolled_ns = now;
  row.public_key = key;
  row.checked_ns = now;
  if (!checked.host_key.empty()) row.host_key = checked.host_key;
  auto capabilities = Json::parse(row.capabilities, nullptr, false);
  if (!capabilities.is_object()) capabilities = Json::object();
  const auto clock = clock_offset(checked);
  capabilities["machine"] = checked.record["machine"];
  capabilities["check"] = {{"at_ns", now},
                           {"record", checked.record_text},
                           {"signature", checked.signature},
                           {"clock_offset_ns", clock.ns},
                           {"clock_uncertain_ns", clock.uncertain_ns}};
  row.capabilities = capabilities.dump(-1, ' ', false, Json::error_handler_t::replace);
  store.put_node(row);
  if (checked.is_new) store.append_audit({.who = "operator", .action = "enrol", .detail = name + " " + key});
}

/// What is wrong with a node that has told what it can do; empty: at least one tender works.
std::string judge_guests(const Json& guests) {
  const bool works = std::any_of(guests.begin(), guests.end(),
                                 [](const Json& guest) { return guest.is_object() && is_true(guest, "works"); });
  return works ? std::string{} : "no tender works there";
}

}  // namespace

ExitCode fleet_nodes_check(const FleetNodesOptions& options) {
  const FleetHome home{options.directory};
  const auto inventory = open_inventory(options.inventory, home, std::nullopt, 1);
  const NodeConnections connections{home};
  auto all = check_all(connections, inventory, options.enrols);
  auto store = home.open_store(fleet::Access::tool);
  if (!options.json) print_check_head();
  std::size_t problems = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& checked = all[i];
    const auto& name = inventory.nodes[i].name;
    if (checked.problem.empty()) {
      checked.problem = judge_key(checked, store, name, options.enrols);
      if (checked.problem.empty()) {
        keep(store, name, checked);
        checked.problem = judge_guests(checked.record["guests"]);
      }
    }
    if (!checked.problem.empty()) ++problems;
    options.json ? print_check_line(name, checked) : print_check_row(name, checked);
  }
  return problems == 0 ? ExitCode::done : ExitCode::done_with_failures;
}

}  // namespace utnt::apps
