// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/inventory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "fleet/controller/inventory_formats.hpp"
#include "fleet/model/image_url.hpp"
#include "fleet/model/word_check.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t file_bytes_max = std::size_t{16} << 20;
constexpr std::size_t nodes_max = 100'000, name_max = 64, host_max = 253, text_max = 1'024, tags_max = 64;
constexpr std::uint64_t hour_max = std::uint64_t{1} << 40;
constexpr std::uint32_t slots_max = 10'000, pps_max = 100'000, cpu_max = 10'000;

/// A word for ssh: nothing that a shell, ssh itself or a file name could take for something else.
bool is_plain_word(std::string_view text, std::size_t length_max) {
  return !text.empty() && text.size() <= length_max && text.front() != '-' && std::ranges::all_of(text, [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\'' && c != '\\' && c != '`';
  });
}

/// What is not cannot be written as TOML, and not be shown.
bool is_utf8(const std::string& text) {
  const auto written = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore);
  return nlohmann::json::parse(written, nullptr, false) == text;
}

class Checker {
 public:
  Checker(const std::string& file, const InventoryNode& node) : file_{file}, node_{node} {}

  void check() const {
    need(is_name(node_.name, name_max), "name", "1 to 64 letters, digits and . _ -", node_.name);
    need(node_.name.front() != '-' && node_.name.front() != '.', "name", "a letter or digit first", node_.name);
    if (node_.transport == NodeTransport::ssh)
      need(is_plain_word(node_.host, host_max), "host", "a name or an address", node_.host);
    if (!node_.user.empty()) need(is_plain_word(node_.user, name_max), "user", "a user's name", node_.user);
    if (!node_.jump.empty())
      need(is_plain_word(node_.jump, text_max), "jump", "[user@]host[:port], commas between several", node_.jump);
    if (node_.port) need(*node_.port != 0, "port", "a number from 1 to 65535", "0");
    need(node_.key.size() <= text_max && node_.key.find('\n') == std::string::npos && is_utf8(node_.key), "key",
         "the path of a file", node_.key);
    need(node_.location.size() <= text_max && is_utf8(node_.location), "location",
         fmt::format("at most {} bytes of UTF-8", text_max), node_.location);
    range("slots", node_.slots, 1, slots_max);
    if (!node_.image_url.empty())
      need(!image_url_complaint(node_.image_url), "image_url", "an http or https URL without a password",
           node_.image_url);
    check_lists();
    check_limits();
    check_network();
  }

 private:
  void need(bool is_right, std::string_view field, std::string_view expected, std::string_view found) const {
    if (!is_right) throw InventoryError{file_, node_.line, unexpected(field, expected, found)};
  }
  void range(std::string_view field, std::uint64_t value, std::uint64_t min, std::uint64_t max) const {
    need(value >= min && value <= max, field, fmt::format("a number from {} to {}", min, max), std::to_string(value));
  }
  void check_lists() const {
    need(node_.tags.size() <= tags_max, "tags", fmt::format("at most {}", tags_max), std::to_string(node_.tags.size()));
    std::set<std::string_view> seen;
    for (const auto& tag : node_.tags) {
      need(is_name(tag, name_max), "tags", "words of 1 to 64 letters, digits and . _ -", tag);
      need(seen.insert(tag).second, "tags", "every tag once", tag);
    }
    need(!node_.tenders.empty(), "tenders", "at least one of process, qemu, firecracker", "none");
    seen.clear();
    for (const auto& tender : node_.tenders) {
      need(tender == "process" || tender == "qemu" || tender == "firecracker", "tenders",
           "process, qemu or firecracker", tender);
      need(seen.insert(tender).second, "tenders", "every tender once", tender);
    }
  }
  void check_limits() const {
    range("limits.pps", node_.limits.pps, 1, pps_max);
    range("limits.prefix_pps", node_.limits.prefix_pps, 1, pps_max);
    range("limits.probes_per_hour", node_.limits.probes_per_hour, 1, hour_max);
    range("limits.prefix_probes_per_hour", node_.limits.prefix_probes_per_hour, 1, hour_max);
    range("limits.bytes", node_.limits.bytes, 1'024, std::uint64_t{16} << 30);
    range("limits.memory", node_.limits.memory, std::uint64_t{64} << 10, std::uint64_t{64} << 30);
    range("limits.cpu", node_.limits.cpu, 1, cpu_max);
  }
  void check_network() const {
    const auto& network = node_.network;
    if (network == NetworkSetting{}) return;
    need(network.kind == "unix" || network.kind == "tap" || network.kind == "ring", "network.kind", "unix, tap or ring",
         network.kind);
    need(is_plain_word(network.peer, text_max), "network.peer",
         network.kind == "unix" ? "the path of a socket" : "an interface", network.peer);
    need(is_plain_word(network.address, name_max) && network.address.find('/') != std::string::npos, "network.address",
         "A.B.C.D/LENGTH", network.address);
    if (!network.gateway.empty())
      need(is_plain_word(network.gateway, name_max), "network.gateway", "an address", network.gateway);
    if (!network.gateway_mac.empty())
      need(is_plain_word(network.gateway_mac, name_max), "network.gateway_mac", "six octets such as 02:00:00:00:00:01",
           network.gateway_mac);
  }

  const std::string& file_;
  const InventoryNode& node_;
};

/// A basic string of TOML; the reader takes ASCII only, so everything else is escaped.
std::string quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// JSON escapes characters beyond the basic plane as two surrogates, which TOML does not know: one \U instead.
std::string toml_string(std::string_view text) {
  const auto json = quoted(text);
  std::string out;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const auto unit = [&json](std::size_t from) { return std::stoul(json.substr(from + 2, 4), nullptr, 16); };
    if (json[at] != '\\') {
      out += json[at];
    } else if (json[at + 1] != 'u' || unit(at) < 0xd800 || unit(at) > 0xdbff) {
      out += json.substr(at++, 2);
    } else {
      out += fmt::format("\\U{:08X}", 0x10000 + ((unit(at) - 0xd800) << 10) + (unit(at + 6) - 0xdc00));
      at += 11;
    }
  }
  return out;
}

std::string toml_list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const auto& text : texts) out += (out.size() > 1 ? ", " : "") + toml_string(text);
  return out + "]";
}

void append_node(std::string& out, const InventoryNode& node) {
  const InventoryNode usual{.name = {}};
  const auto text = [&out](std::string_view field, const std::string& value) {
    if (!value.empty()) out += fmt::format("{} = {}\n", field, toml_string(value));
  };
  out += "\n[[node]]\n";
  text("name", node.name);
  if (node.host != node.name) text("host", node.host);
  out += fmt::format("transport = \"{}\"\n", node.transport == NodeTransport::local ? "local" : "ssh");
  if (node.agent == NodeAgent::installed) text("agent", "installed");
  text("user", node.user);
  if (node.port) out += fmt::format("port = {}\n", *node.port);
  text("key", node.key);
  text("jump", node.jump);
  if (!node.tags.empty()) out += fmt::format("tags = {}\n", toml_list(node.tags));
  text("location", node.location);
  text("image_url", node.image_url);
  if (node.slots != usual.slots) out += fmt::format("slots = {}\n", node.slots);
  if (node.tenders != usual.tenders) out += fmt::format("tenders = {}\n", toml_list(node.tenders));
  if (node.limits != usual.limits)
    out += fmt::format(
        "limits = {{pps = {}, prefix_pps = {}, probes_per_hour = {}, prefix_probes_per_hour = {}, bytes = {}, "
        "memory = {}, cpu = {}}}\n",
        node.limits.pps, node.limits.prefix_pps, node.limits.probes_per_hour, node.limits.prefix_probes_per_hour,
        node.limits.bytes, node.limits.memory, node.limits.cpu);
  if (node.network == NetworkSetting{}) return;
  out += "[node.network]\n";
  text("kind", node.network.kind);
  text("peer", node.network.peer);
  text("address", node.network.address);
  text("gateway", node.network.gateway);
  text("gateway_mac", node.network.gateway_mac);
}

}  // namespace

InventoryError::InventoryError(std::string_view file, std::size_t line, std::string_view what)
    : Failure{os_linux::ExitCode::bad_input,
              line == 0 ? fmt::format("{}: {}", file, what) : fmt::format("{}:{}: {}", file, line, what)} {}

std::string unexpected(std::string_view field, std::string_view expected, std::string_view found) {
  constexpr std::size_t shown_max = 60;
  std::string shown{found.substr(0, shown_max)};
  for (auto& c : shown)
    if (c < 0x20 || c == 0x7f) c = '?';
  return fmt::format("{}: expected {}, found '{}{}'", field, expected, shown, found.size() > shown_max ? "..." : "");
}

const InventoryNode* Inventory::find(std::string_view name) const {
  const auto found = std::ranges::find(nodes, name, &InventoryNode::name);
  return found == nodes.end() ? nullptr : &*found;
}

void check_inventory(const Inventory& inventory) {
  if (inventory.nodes.empty()) throw InventoryError{inventory.file, 0, "no node in it; at least one is expected"};
  if (inventory.nodes.size() > nodes_max)
    throw InventoryError{
        inventory.file, 0,
        unexpected("node", fmt::format("at most {}", nodes_max), std::to_string(inventory.nodes.size()))};
  std::map<std::string_view, std::size_t> lines;
  for (const auto& node : inventory.nodes) {
    Checker{inventory.file, node}.check();
    const auto [first, is_new] = lines.emplace(node.name, node.line);
    if (!is_new)
      throw InventoryError{
          inventory.file, node.line,
          fmt::format("name: expected every node once, found '{}' again (first in line {})", node.name, first->second)};
  }
}

InventoryFormat inventory_format(std::string_view file) {
  const auto ending = std::filesystem::path{file}.extension().string();
  if (ending == ".toml") return InventoryFormat::toml;
  if (ending == ".yaml" || ending == ".yml" || ending == ".json") return InventoryFormat::ansible_yaml;
  return ending == ".csv" ? InventoryFormat::csv : InventoryFormat::ansible_ini;
}

Inventory parse_inventory(std::string_view text, InventoryFormat format, const std::string& file) {
  if (text.size() > file_bytes_max)
    throw InventoryError{file, 0, fmt::format("expected at most {} bytes, found {}", file_bytes_max, text.size())};
  Inventory inventory{.file = file};
  switch (format) {
    case InventoryFormat::toml:
      inventory.nodes = nodes_of_toml(text, file);
      break;
    case InventoryFormat::ansible_ini:
      inventory.nodes = nodes_of_ansible_ini(text, file, inventory.notes);
      break;
    case InventoryFormat::ansible_yaml:
      inventory.nodes = nodes_of_ansible_yaml(text, file, inventory.notes);
      break;
    case InventoryFormat::csv:
      inventory.nodes = nodes_of_csv(text, file);
      break;
  }
  check_inventory(inventory);
  return inventory;
}

Inventory read_inventory(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  std::string text;
  // A directory opens and cannot be read.
  if (!in || (in.peek(), in.bad()))
    throw InventoryError{
        file, 0,
        fmt::format("cannot be read: {}; name an inventory, or none to use this machine alone", std::strerror(errno))};
  std::array<char, 65'536> piece;
  while (text.size() <= file_bytes_max && (in.read(piece.data(), piece.size()), in.gcount() > 0))
    text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
  return parse_inventory(text, inventory_format(file), file);
}

Inventory localhost_inventory() {
  return {.file = {}, .nodes = {{.name = "localhost", .host = "localhost", .transport = NodeTransport::local}}};
}

std::string inventory_toml(const Inventory& inventory) {
  std::string out = "# Nodes of a fleet; docs/reference/fleet.md describes every field.\n";
  for (const auto& node : inventory.nodes) append_node(out, node);
  return out;
}

std::string network_json(const NetworkSetting& network) {
  if (network == NetworkSetting{}) return {};
  const nlohmann::ordered_json json{{"kind", network.kind},
                                    {"peer", network.peer},
                                    {"address", network.address},
                                    {"gateway", network.gateway},
                                    {"gateway_mac", network.gateway_mac}};
  return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace utnt::fleet
