// SPDX-License-Identifier: BSD-2-Clause
// The readers behind parse_inventory(): each turns one notation into nodes, which are checked afterwards all alike.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fleet/controller/inventory.hpp"

namespace utnt::fleet {

std::vector<InventoryNode> nodes_of_toml(std::string_view text, const std::string& file);
std::vector<InventoryNode> nodes_of_ansible_ini(std::string_view text, const std::string& file,
                                                std::vector<std::string>& notes);
std::vector<InventoryNode> nodes_of_ansible_yaml(std::string_view text, const std::string& file,
                                                 std::vector<std::string>& notes);
std::vector<InventoryNode> nodes_of_csv(std::string_view text, const std::string& file);

/// "port: expected a number from 1 to 65535, found 'ssh'"; what was found is cut and made printable.
std::string unexpected(std::string_view field, std::string_view expected, std::string_view found);

}  // namespace utnt::fleet
