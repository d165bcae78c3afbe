// SPDX-License-Identifier: BSD-2-Clause
// Inventories that others write: the first byte chooses TOML, Ansible's two notations or CSV, the rest is the file. It
// is refused with a complaint, or what was read keeps its bounds and is read the same from the TOML that is made of it.
#include <string>
#include <string_view>

#include "fleet/controller/inventory.hpp"
#include "fuzz/fuzz_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace utnt::fleet;  // NOLINT(google-build-using-namespace): nothing but this function is here
  constexpr InventoryFormat formats[]{InventoryFormat::toml, InventoryFormat::ansible_ini,
                                      InventoryFormat::ansible_yaml, InventoryFormat::csv};
  if (size == 0) return 0;
  const auto format = formats[data[0] % std::size(formats)];
  const std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};
  Inventory inventory;
  try {
    inventory = parse_inventory(text, format, "file");
  } catch (const InventoryError& error) {
    UTNT_ASSERT(std::string_view{error.what()}.starts_with("file"));
    return 0;
  }
  constexpr std::size_t nodes_max = 1'000;  // ranges of a few bytes make many, and looking each up takes its time
  if (inventory.nodes.size() > nodes_max) return 0;
  for (const auto& node : inventory.nodes) {
    UTNT_ASSERT(inventory.find(node.name) == &node);
    UTNT_ASSERT(node.slots > 0 && !node.tenders.empty());
    UTNT_ASSERT(node.host.empty() || node.host.front() != '-');
  }
  for (const auto& note : inventory.notes) UTNT_ASSERT(!note.empty());
  const auto toml = inventory_toml(inventory);
  UTNT_ASSERT(inventory_toml(parse_inventory(toml, InventoryFormat::toml, "copy")) == toml);
  return 0;
}
