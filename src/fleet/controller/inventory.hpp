// SPDX-License-Identifier: BSD-2-Clause
// The nodes of a fleet, as a person wrote them down: a TOML file, or one that other tools use already (an Ansible
// inventory, the list `host,user,key`). Fields: docs/reference/fleet.md. What is wrong is named with file, line, field
// and what was expected; nothing is guessed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os_linux/failure.hpp"

namespace utnt::fleet {

enum class NodeTransport : std::uint8_t { ssh, local };
/// Who brings the agent there.
enum class NodeAgent : std::uint8_t {
  staged,     ///< the controller
  installed,  ///< the node's owner
};

/// Ceilings for this node; what its own configuration says stays below or wins.
struct NodeLimits {
  std::uint32_t pps{100};                         ///< of all its instances
  std::uint32_t prefix_pps{20};                   ///< to one /24 (IPv6: /48)
  std::uint64_t probes_per_hour{1'000'000};       ///< of all its instances
  std::uint64_t prefix_probes_per_hour{36'000};   ///< to one /24
  std::uint64_t bytes{std::uint64_t{256} << 20};  ///< of one result
  std::uint64_t memory{std::uint64_t{64} << 20};  ///< of one instance
  std::uint32_t cpu{100};                         ///< percent of one processor
  friend bool operator==(const NodeLimits&, const NodeLimits&) = default;
};

/// How instances there reach the network; empty kind: as the node's own configuration says.
struct NetworkSetting {
  std::string kind{};  ///< unix, tap, ring
  std::string peer{};  ///< socket of unix, else the interface
  std::string address{};
  std::string gateway{};
  std::string gateway_mac{};
  friend bool operator==(const NetworkSetting&, const NetworkSetting&) = default;
};

struct InventoryNode {
  std::string name;
  std::string host{};  ///< name, address, or a Host of the user's ssh_config
  NodeTransport transport{NodeTransport::ssh};
  NodeAgent agent{NodeAgent::staged};
  std::string user{};  ///< empty: as the user's ssh_config says, so with the next three
  std::optional<std::uint16_t> port{};
  std::string key{};   ///< file of the private key
  std::string jump{};  ///< [user@]host[:port], commas between several
  std::vector<std::string> tags{};
  std::string location{};  ///< for people
  std::uint32_t slots{1};
  std::vector<std::string> tenders{"process", "qemu"};  ///< allowed ones
  NodeLimits limits{};
  NetworkSetting network{};
  std::string image_url{};  ///< where it fetches images itself; {digest} stands for the image's
  std::size_t line{0};      ///< where it stands; 0: nowhere
};

struct Inventory {
  std::string file{};  ///< it was read from, or empty
  std::vector<InventoryNode> nodes{};
  std::vector<std::string> notes{};  ///< for people: what an import did not take over
  [[nodiscard]] const InventoryNode* find(std::string_view name) const;
};

class InventoryError : public os_linux::Failure {
 public:
  /// "hosts.toml:12: port: expected a number from 1 to 65535, found '0'"; line 0: the whole file.
  InventoryError(std::string_view file, std::size_t line, std::string_view what);
};

enum class InventoryFormat : std::uint8_t {
  toml,
  ansible_ini,
  ansible_yaml,  ///< also what `ansible-inventory --list` prints: JSON is YAML
  csv,           ///< host,user,key
};

/// By the ending of the file's name: .toml, .yaml, .yml, .json, .csv; anything else is read as Ansible's INI.
InventoryFormat inventory_format(std::string_view file);
Inventory parse_inventory(std::string_view text, InventoryFormat format, const std::string& file);
Inventory read_inventory(const std::string& file);
/// This machine as node `localhost`, which needs no configuration.
Inventory localhost_inventory();

/// The TOML of it, for `utnt fleet nodes import`: parse_inventory() reads the same nodes back.
std::string inventory_toml(const Inventory& inventory);
/// The network setting as the JSON that a node's welcome carries; empty for none.
std::string network_json(const NetworkSetting& network);

/// Throws InventoryError: a field is out of its range, or two nodes have one name. For all formats.
void check_inventory(const Inventory& inventory);

}  // namespace utnt::fleet
