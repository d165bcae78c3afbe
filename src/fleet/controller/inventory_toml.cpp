// SPDX-License-Identifier: BSD-2-Clause
// The inventory's own notation: [defaults] and one [[node]] for each node.
#include <stdexcept>

namespace {
/// Stands in for the TOML library's own assertions, some of which malformed text can break.
struct TomlAssertion : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void refuse_toml() { throw TomlAssertion{"malformed TOML"}; }
}  // namespace

#undef NDEBUG  // the library switches its checks off with it, and assumes what they would have checked
#define TOML_ASSERT(expression) ((expression) ? static_cast<void>(0) : refuse_toml())
// The scenario reader has these functions too, with an assertion of its own: under one name the linker would mix them.
#define toml toml_of_inventory
#include <toml++/toml.h>

#include <cstdint>
#include <limits>
#include <set>

#include "fleet/controller/inventory_formats.hpp"

namespace utnt::fleet {
namespace {

std::size_t line_of(const toml::node& node) { return node.source().begin.line; }

std::string shown(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return node.is_table() ? "a table" : node.is_array() ? "a list" : "a value of another kind";
}

/// The members of one table; what nobody has asked for at the end is an error.
class TomlFields {
 public:
  TomlFields(const toml::table& table, const std::string& file, std::string prefix)
      : table_{table}, file_{file}, prefix_{std::move(prefix)} {}

  const toml::node* find(std::string_view field) {
    asked_.insert(std::string{field});
    return table_.get(field);
  }
  void text(std::string_view field, std::string& out) {
    const auto* node = find(field);
    if (node == nullptr) return;
    if (!node->is_string()) fail(*node, field, "a text in quotes", shown(*node));
    out = node->as_string()->get();
  }
  template <class Number>
  void number(std::string_view field, Number& out) {
    const auto* node = find(field);
    if (node == nullptr) return;
    constexpr auto max = std::numeric_limits<Number>::max();
    const auto* value = node->as_integer();
    const bool fits = value != nullptr && value->get() >= 0 && static_cast<std::uint64_t>(value->get()) <= max;
    if (!fits) fail(*node, field, "a whole number from 0 to " + std::to_string(max), shown(*node));
    out = static_cast<Number>(value->get());
  }
  void texts(std::string_view field, std::vector<std::string>& out) {
    const auto* node = find(field);
    if (node == nullptr) return;
    if (!node->is_array()) fail(*node, field, R"(a list such as ["a", "b"])", shown(*node));
    out.clear();
    for (const auto& element : *node->as_array()) {
      if (!element.is_string()) fail(element, field, "texts in quotes", shown(element));
      out.push_back(element.as_string()->get());
    }
  }
  const toml::table* table(std::string_view field) {
    const auto* node = find(field);
    if (node != nullptr && !node->is_table()) fail(*node, field, "a table", shown(*node));
    return node == nullptr ? nullptr : node->as_table();
  }
  [[noreturn]] void fail(const toml::node& at, std::string_view field, std::string_view expected,
                         std::string_view found) const {
    throw InventoryError{file_, line_of(at), unexpected(prefix_ + std::string{field}, expected, found)};
  }
  void nothing_else(std::string_view known) const {
    for (const auto& [key, value] : table_)
      if (!asked_.contains(std::string{key.str()}))
        throw InventoryError{
            file_, key.source().begin.line,
            unexpected(prefix_.empty() ? "field" : prefix_.substr(0, prefix_.size() - 1), known, key.str())};
  }

 private:
  const toml::table& table_;
  const std::string& file_;
  std::string prefix_;
  std::set<std::string, std::less<>> asked_;
};

void read_limits(const toml::table& table, const std::string& file, NodeLimits& limits) {
  TomlFields fields{table, file, "limits."};
  fields.number("pps", limits.pps);
  fields.number("prefix_pps", limits.prefix_pps);
  fields.number("probes_per_hour", limits.probes_per_hour);
  fields.number("prefix_probes_per_hour", limits.prefix_probes_per_hour);
  fields.number("bytes", limits.bytes);
  fields.number("memory", limits.memory);
  fields.number("cpu", limits.cpu);
  fields.nothing_else("pps, prefix_pps, probes_per_hour, prefix_probes_per_hour, bytes, memory or cpu");
}

void read_network(const toml::table& table, const std::string& file, NetworkSetting& network) {
  TomlFields fields{table, file, "network."};
  fields.text("kind", network.kind);
  fields.text("peer", network.peer);
  fields.text("address", network.address);
  fields.text("gateway", network.gateway);
  fields.text("gateway_mac", network.gateway_mac);
  fields.nothing_else("kind, peer, address, gateway or gateway_mac");
  if (network.kind.empty())
    throw InventoryError{file, line_of(table), unexpected("network.kind", "unix, tap or ring", "")};
}

/// The fields that [defaults] and [[node]] share. Returns whether the transport was named.
bool read_common(TomlFields& fields, const std::string& file, InventoryNode& node) {
  fields.text("user", node.user);
  if (fields.find("port") != nullptr) {
    std::uint16_t port = 0;
    fields.number("port", port);
    node.port = port;
  }
  fields.text("key", node.key);
  fields.text("jump", node.jump);
  fields.texts("tags", node.tags);
  fields.text("location", node.location);
  fields.text("image_url", node.image_url);
  fields.number("slots", node.slots);
  fields.texts("tenders", node.tenders);
  if (const auto* limits = fields.table("limits")) read_limits(*limits, file, node.limits);
  if (const auto* network = fields.table("network")) read_network(*network, file, node.network);
  if (const auto* agent = fields.find("agent")) {
    std::string word;
    fields.text("agent", word);
    if (word != "staged" && word != "installed") fields.fail(*agent, "agent", "staged or installed", word);
    node.agent = word == "installed" ? NodeAgent::installed : NodeAgent::staged;
  }
  const auto* transport = fields.find("transport");
  if (transport == nullptr) return false;
  std::string word;
  fields.text("transport", word);
  if (word != "ssh" && word != "local") fields.fail(*transport, "transport", "ssh or local", word);
  node.transport = word == "local" ? NodeTransport::local : NodeTransport::ssh;
  return true;
}

InventoryNode read_node(const toml::table& table, const std::string& file, const InventoryNode& usual,
                        bool usual_has_transport) {
  auto node = usual;
  node.line = line_of(table);
  TomlFields fields{table, file, ""};
  const auto* name = fields.find("name");
  if (name == nullptr) throw InventoryError{file, node.line, unexpected("name", "the node's name", "")};
  fields.text("name", node.name);
  fields.text("host", node.host);
  const bool has_transport = read_common(fields, file, node);
  fields.nothing_else(
      "name, host, transport, agent, user, port, key, jump, tags, location, slots, tenders, limits, image_url or "
      "network");
  if (node.host.empty()) node.host = node.name;
  if (!has_transport && !usual_has_transport && node.host == "localhost") node.transport = NodeTransport::local;
  return node;
}

std::vector<InventoryNode> read_file(const toml::table& root, const std::string& file) {
  std::vector<InventoryNode> nodes;
  TomlFields fields{root, file, ""};
  InventoryNode usual{.name = {}};
  bool has_transport = false;
  if (const auto* defaults = fields.table("defaults")) {
    TomlFields inside{*defaults, file, "defaults."};
    has_transport = read_common(inside, file, usual);
    inside.nothing_else(
        "transport, agent, user, port, key, jump, tags, location, slots, tenders, limits, image_url or network");
  }
  if (const auto* list = fields.find("node")) {
    if (!list->is_array()) fields.fail(*list, "node", "[[node]], with two brackets", shown(*list));
    for (const auto& element : *list->as_array()) {
      if (!element.is_table()) fields.fail(element, "node", "a table", shown(element));
      nodes.push_back(read_node(*element.as_table(), file, usual, has_transport));
    }
  }
  fields.nothing_else("[defaults] or [[node]]");
  return nodes;
}

}  // namespace

std::vector<InventoryNode> nodes_of_toml(std::string_view text, const std::string& file) {
  // The library's test for exotic white space is undefined for most characters beyond ASCII: they never reach it.
  std::size_t line = 1;
  for (const char c : text) {
    if (c == '\n') ++line;
    if (static_cast<unsigned char>(c) >= 0x80)
      throw InventoryError{file, line, "only ASCII characters are read; others are written as \\u00e9 in quoted texts"};
  }
  try {
    return read_file(toml::parse(text, file), file);
  } catch (const toml::parse_error& problem) {
    throw InventoryError{file, problem.source().begin.line, problem.description()};
  } catch (const TomlAssertion& problem) {
    throw InventoryError{file, 0, problem.what()};
  }
}

}  // namespace utnt::fleet
