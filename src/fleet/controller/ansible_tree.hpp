// SPDX-License-Identifier: BSD-2-Clause
// An Ansible inventory as groups, hosts and variables, whichever notation it came from, and what a fleet takes from it:
// how to reach each host, and its groups as tags. Source: Ansible's user guide, "How to build your inventory".
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/controller/inventory.hpp"

namespace utnt::fleet {

struct AnsibleValue {
  std::string text;
  std::size_t line{0};
};
using AnsibleVars = std::map<std::string, AnsibleValue, std::less<>>;

struct AnsibleHost {
  AnsibleVars vars;
  std::set<std::string> groups;  ///< that name it
  std::size_t line{0};
};
struct AnsibleGroup {
  AnsibleVars vars;
  std::set<std::string> parents;
  std::size_t line{0};
};

class AnsibleTree {
 public:
  explicit AnsibleTree(std::string file) : file_{std::move(file)} {}

  AnsibleGroup& group(const std::string& name, std::size_t line);
  [[nodiscard]] bool has_group(std::string_view name) const { return groups_.contains(name); }
  /// `pattern` may hold ranges such as web[01:20] or db-[a:c]; `group` empty: none.
  void add_hosts(const std::string& pattern, const std::string& group, const AnsibleVars& vars, std::size_t line);
  void add_child(const std::string& parent, const std::string& child, std::size_t line);

  /// In the order in which the hosts were named first. What is not taken over and might be missed goes to `notes`.
  [[nodiscard]] std::vector<InventoryNode> nodes(std::vector<std::string>& notes) const;

 private:
  void check_cycles() const;
  [[nodiscard]] std::set<std::string> groups_of(const AnsibleHost& host) const;
  [[nodiscard]] std::size_t depth_of(const std::string& group) const;
  [[nodiscard]] AnsibleVars vars_of(const AnsibleHost& host, const std::set<std::string>& groups) const;

  std::string file_;
  std::map<std::string, AnsibleGroup, std::less<>> groups_;
  std::map<std::string, AnsibleHost> hosts_;
  std::vector<std::string> order_;
  mutable std::map<std::string, std::size_t> depths_;
};

/// All hosts that a pattern with ranges stands for.
std::vector<std::string> expand_ranges(const std::string& pattern, const std::string& file, std::size_t line);

}  // namespace utnt::fleet
