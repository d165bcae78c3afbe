// SPDX-License-Identifier: BSD-2-Clause
// Small networks for the tests of this folder, and the line of the specification with settings added.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "emu/scenario.hpp"

namespace utnt::emu {

/// VP-CE1-PE1-P1-P2-P3-PE2-CE2-D with `as_keys` in the AS of the provider and `more` at the end.
inline std::string line_of_three(std::string_view as_keys, std::string_view more = {}) {
  std::string text{
      "title = \"line\"\nchain = [\"VP\", \"CE1\", \"PE1\", \"P1\", \"P2\", \"P3\", \"PE2\", \"CE2\", \"D\"]\n"
      "destinations = [\"D\"]\n[as.core]\nrouters = [\"PE1\", \"P1\", \"P2\", \"P3\", \"PE2\"]\n"};
  return text.append(as_keys).append("\n").append(more);
}

/// VP-R1-R2-R3-D without labels.
inline std::string short_line(std::string_view more = {}) {
  std::string text{"title = \"line\"\nchain = [\"VP\", \"R1\", \"R2\", \"R3\", \"D\"]\ndestinations = [\"D\"]\n"};
  return text.append(more);
}

inline std::unique_ptr<ScenarioNetwork> load(std::string_view text, std::uint64_t seed = 1) {
  return load_scenario(text, "test", seed);
}

}  // namespace utnt::emu
