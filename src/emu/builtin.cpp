// SPDX-License-Identifier: BSD-2-Clause
// Finding compiled-in scenarios by name or alias.
#include "emu/builtin.hpp"

#include <algorithm>

#include "emu/config_tree.hpp"

namespace utnt::emu {

std::span<const BuiltinScenario> builtin_scenarios() { return {builtin_table, builtin_count}; }

const BuiltinScenario* find_builtin_scenario(std::string_view wanted) {
  const auto all = builtin_scenarios();
  const BuiltinScenario* begins = nullptr;
  for (const auto& scenario : all) {
    if (scenario.name == wanted) return &scenario;
    if (scenario.name.starts_with(wanted) && scenario.name.substr(wanted.size()).starts_with("_") && begins == nullptr)
      begins = &scenario;
  }
  if (begins != nullptr) return begins;
  for (const auto& scenario : all) {
    const auto table = parse_config(scenario.text, scenario.name);
    Section root{scenario.name, "", table, 1};
    std::vector<std::string> aliases;
    root.words("aliases", aliases);
    if (std::find(aliases.begin(), aliases.end(), wanted) != aliases.end()) return &scenario;
  }
  return nullptr;
}

}  // namespace utnt::emu
