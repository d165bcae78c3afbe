// SPDX-License-Identifier: BSD-2-Clause
// One host of an Ansible inventory as a node: the variables that say how to reach it.
#pragma once

#include "fleet/controller/ansible_tree.hpp"

namespace utnt::fleet {

InventoryNode ansible_node(const std::string& name, const AnsibleVars& vars, const std::string& file, std::size_t line,
                           std::vector<std::string>& notes);

}  // namespace utnt::fleet
