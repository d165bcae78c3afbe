// SPDX-License-Identifier: BSD-2-Clause
// The list of hosts that the published controller reads: one `host,user,key` a line.
#include <algorithm>
#include <array>

#include "fleet/controller/inventory_formats.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t columns = 3;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

InventoryNode node_of(std::string_view line, const std::string& file, std::size_t number) {
  if (line.find('"') != std::string_view::npos)
    throw InventoryError{file, number, unexpected("line", "host,user,key without quotes", line)};
  if (std::ranges::count(line, ',') != columns - 1)
    throw InventoryError{file, number, unexpected("line", "host,user,key", line)};
  std::array<std::string_view, columns> fields;
  for (auto& field : fields) {
    const auto comma = line.find(',');
    field = trimmed(line.substr(0, comma));
    line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
  }
  InventoryNode node{.name = std::string{fields[0]}};
  node.host = node.name;
  node.user = fields[1];
  node.key = fields[2];
  node.line = number;
  // An IPv6 address is a good host and no name of a node.
  std::ranges::replace(node.name, ':', '-');
  if (node.host.empty()) throw InventoryError{file, number, unexpected("host", "a name or an address", "")};
  return node;
}

}  // namespace

std::vector<InventoryNode> nodes_of_csv(std::string_view text, const std::string& file) {
  std::vector<InventoryNode> nodes;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#' || (nodes.empty() && line == "host,user,key")) continue;
    nodes.push_back(node_of(line, file, number));
  }
  return nodes;
}

}  // namespace utnt::fleet
