// SPDX-License-Identifier: BSD-2-Clause
// Ansible's YAML notation, and the JSON that `ansible-inventory --list` and inventory scripts print: JSON is YAML, so
// that one reader with line numbers serves both.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

#include "fleet/controller/ansible_tree.hpp"
#include "fleet/controller/inventory_formats.hpp"

namespace utnt::fleet {
namespace {

constexpr int depth_max = 64;
constexpr std::size_t visits_max = 1'000'000;  ///< aliases may make a small file stand for a huge tree

std::size_t line_of(const YAML::Node& node) { return static_cast<std::size_t>(node.Mark().line + 1); }

std::string shown(const YAML::Node& node) {
  return node.IsScalar() ? node.Scalar() : node.IsMap() ? "a map" : node.IsSequence() ? "a list" : "nothing";
}

class YamlReader {
 public:
  explicit YamlReader(const std::string& file) : file_{file}, tree_{file} {}

  AnsibleTree read(const YAML::Node& root) {
    if (!root.IsMap()) fail(root, "file", "groups, such as 'all:'", shown(root));
    for (const auto& entry : root) {
      const auto name = name_of(entry.first, "group");
      if (name == "plugin")
        fail(entry.first, "plugin", "groups; for a dynamic inventory save what `ansible-inventory --list` prints",
             name);
      if (name == "_meta") {
        take_meta(entry.second);
      } else {
        take_group(name, entry.second, 0);
      }
    }
    return std::move(tree_);
  }

 private:
  [[noreturn]] void fail(const YAML::Node& at, std::string_view field, std::string_view expected,
                         std::string_view found) const {
    throw InventoryError{file_, line_of(at), unexpected(field, expected, found)};
  }
  void visit(const YAML::Node& node) {
    if (++visits_ > visits_max) fail(node, "file", fmt::format("at most {} entries", visits_max), "more");
  }
  std::string name_of(const YAML::Node& node, std::string_view field) {
    visit(node);
    if (!node.IsScalar() || node.Scalar().empty()) fail(node, field, "a name", shown(node));
    return node.Scalar();
  }

  void take_group(const std::string& name, const YAML::Node& group, int depth) {
    visit(group);
    if (depth > depth_max) fail(group, "group", fmt::format("at most {} levels", depth_max), name);
    auto& known = tree_.group(name, line_of(group));
    if (group.IsNull()) return;
    if (group.IsSequence()) return take_hosts(name, group);
    if (!group.IsMap()) fail(group, "group " + name, "hosts, children or vars", shown(group));
    for (const auto& entry : group) {
      const auto key = name_of(entry.first, "group " + name);
      if (key == "hosts") {
        take_hosts(name, entry.second);
      } else if (key == "children") {
        take_children(name, entry.second, depth);
      } else if (key == "vars") {
        for (const auto& [variable, value] : vars_from(entry.second)) known.vars.insert_or_assign(variable, value);
      } else {
        fail(entry.first, "group " + name, "hosts, children or vars", key);
      }
    }
  }

  void take_hosts(const std::string& group, const YAML::Node& hosts) {
    visit(hosts);
    if (hosts.IsNull()) return;
    if (!hosts.IsMap() && !hosts.IsSequence()) fail(hosts, "hosts", "a map or a list of hosts", shown(hosts));
    for (const auto& entry : hosts) {
      const auto& key = hosts.IsMap() ? entry.first : static_cast<const YAML::Node&>(entry);
      const auto name = name_of(key, "hosts");
      tree_.add_hosts(name, group, hosts.IsMap() ? vars_from(entry.second) : AnsibleVars{}, line_of(key));
    }
  }

  void take_children(const std::string& group, const YAML::Node& children, int depth) {
    visit(children);
    if (children.IsNull()) return;
    if (!children.IsMap() && !children.IsSequence())
      fail(children, "children", "a map or a list of groups", shown(children));
    for (const auto& entry : children) {
      const auto& key = children.IsMap() ? entry.first : static_cast<const YAML::Node&>(entry);
      const auto name = name_of(key, "children");
      tree_.add_child(group, name, line_of(key));
      if (children.IsMap()) take_group(name, entry.second, depth + 1);
    }
  }

  void take_meta(const YAML::Node& meta) {
    if (!meta.IsMap()) fail(meta, "_meta", "hostvars", shown(meta));
    for (const auto& entry : meta) {
      if (name_of(entry.first, "_meta") != "hostvars" || entry.second.IsNull()) continue;
      if (!entry.second.IsMap()) fail(entry.second, "_meta.hostvars", "a map of hosts", shown(entry.second));
      for (const auto& host : entry.second)
        tree_.add_hosts(name_of(host.first, "_meta.hostvars"), {}, vars_from(host.second), line_of(host.first));
    }
  }

  /// Variables that are lists or maps are none that reach a host, so they are passed over.
  AnsibleVars vars_from(const YAML::Node& vars) {
    AnsibleVars out;
    visit(vars);
    if (vars.IsNull()) return out;
    if (!vars.IsMap()) fail(vars, "variables", "NAME: VALUE", shown(vars));
    for (const auto& entry : vars) {
      const auto name = name_of(entry.first, "variables");
      if (entry.second.IsScalar()) {
        out.insert_or_assign(name, AnsibleValue{entry.second.Scalar(), line_of(entry.second)});
      } else if (name.starts_with("ansible_") && !entry.second.IsNull() && is_used(name)) {
        fail(entry.second, name, "one value", shown(entry.second));
      }
    }
    return out;
  }
  static bool is_used(std::string_view name) {
    static constexpr std::array<std::string_view, 5> used{"host", "port", "user", "connection", "private_key_file"};
    return std::ranges::any_of(used, [name](std::string_view ending) { return name.ends_with(ending); });
  }

  const std::string& file_;
  AnsibleTree tree_;
  std::size_t visits_{0};
};

}  // namespace

std::vector<InventoryNode> nodes_of_ansible_yaml(std::string_view text, const std::string& file,
                                                 std::vector<std::string>& notes) {
  try {
    return YamlReader{file}.read(YAML::Load(std::string{text})).nodes(notes);
  } catch (const YAML::Exception& problem) {
    throw InventoryError{file, problem.mark.is_null() ? 0 : static_cast<std::size_t>(problem.mark.line + 1),
                         problem.msg};
  }
}

}  // namespace utnt::fleet
