// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/ansible_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "fleet/controller/inventory_formats.hpp"

namespace utnt::fleet {
namespace {

using Names = std::initializer_list<std::string_view>;

/// The first of these variables that is set. Templates are Ansible's to evaluate: one in a variable that we need is an
/// error.
const AnsibleValue* find_var(const AnsibleVars& vars, const std::string& file, Names names) {
  for (const auto name : names) {
    const auto found = vars.find(name);
    if (found == vars.end() || found->second.text.empty()) continue;
    if (found->second.text.find("{{") != std::string::npos)
      throw InventoryError{
          file, found->second.line,
          unexpected(name, "a value and no template (let `ansible -m debug -a var=" + std::string{name} + "` tell it)",
                     found->second.text)};
    return &found->second;
  }
  return nullptr;
}

std::uint16_t port_of(const AnsibleValue& value, const std::string& file) {
  std::uint32_t port = 0;
  const auto* const end = value.text.data() + value.text.size();
  const auto read = std::from_chars(value.text.data(), end, port);
  if (read.ec != std::errc{} || read.ptr != end || port == 0 || port > 65'535)
    throw InventoryError{file, value.line, unexpected("ansible_port", "a number from 1 to 65535", value.text)};
  return static_cast<std::uint16_t>(port);
}

/// Of `-J bastion`, `-o ProxyJump=bastion`, `-oProxyJump=bastion`; empty: none.
std::string jump_of(std::string_view arguments) {
  std::vector<std::string_view> words;
  constexpr std::string_view between = " \t\"'=";
  for (std::size_t at = arguments.find_first_not_of(between); at != std::string_view::npos;) {
    const auto end = std::min(arguments.find_first_of(between, at), arguments.size());
    words.push_back(arguments.substr(at, end - at));
    at = arguments.find_first_not_of(between, end);
  }
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == "-J" || words[i] == "ProxyJump" || words[i] == "-oProxyJump") return std::string{words[i + 1]};
  return {};
}

void note_once(std::vector<std::string>& notes, const std::string& note) {
  if (std::ranges::find(notes, note) == notes.end()) notes.push_back(note);
}

void read_arguments(const AnsibleVars& vars, const std::string& file, InventoryNode& node,
                    std::vector<std::string>& notes) {
  for (const auto* const name : {"ansible_ssh_common_args", "ansible_ssh_extra_args"}) {
    const auto* value = find_var(vars, file, {name});
    if (value == nullptr) continue;
    const auto jump = jump_of(value->text);
    if (!jump.empty()) {
      node.jump = jump;
    } else {
      note_once(notes, fmt::format("{}:{}: {} was not taken over; what ssh needs of it belongs into your ssh_config",
                                   file, value->line, name));
    }
  }
  for (const auto* const name : {"ansible_password", "ansible_ssh_pass"})
    if (const auto found = vars.find(std::string_view{name}); found != vars.end())
      note_once(notes, fmt::format("{}:{}: {} was not taken over; nodes are reached with keys only", file,
                                   found->second.line, name));
}

void read_connection(const AnsibleVars& vars, const std::string& file, InventoryNode& node) {
  const auto* value = find_var(vars, file, {"ansible_connection"});
  if (value == nullptr) {
    if (node.host == "localhost") node.transport = NodeTransport::local;
    return;
  }
  constexpr std::string_view collection = "ansible.builtin.";
  std::string_view word = value->text;
  if (word.starts_with(collection)) word.remove_prefix(collection.size());
  if (word == "local") {
    node.transport = NodeTransport::local;
  } else if (word != "ssh" && word != "smart" && word != "paramiko" && word != "paramiko_ssh") {
    throw InventoryError{file, value->line, unexpected("ansible_connection", "ssh or local", value->text)};
  }
}

}  // namespace

InventoryNode ansible_node(const std::string& name, const AnsibleVars& vars, const std::string& file, std::size_t line,
                           std::vector<std::string>& notes) {
  InventoryNode node{.name = name};
  node.host = name;
  node.line = line;
  // An IPv6 address is a good host and no name of a node.
  std::ranges::replace(node.name, ':', '-');
  if (const auto* host = find_var(vars, file, {"ansible_host", "ansible_ssh_host"})) node.host = host->text;
  if (const auto* user = find_var(vars, file, {"ansible_user", "ansible_ssh_user"})) node.user = user->text;
  if (const auto* port = find_var(vars, file, {"ansible_port", "ansible_ssh_port"})) node.port = port_of(*port, file);
  if (const auto* key = find_var(vars, file, {"ansible_ssh_private_key_file", "ansible_private_key_file"}))
    node.key = key->text;
  read_arguments(vars, file, node, notes);
  read_connection(vars, file, node);
  return node;
}

}  // namespace utnt::fleet
