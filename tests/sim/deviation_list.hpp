// SPDX-License-Identifier: BSD-2-Clause
// Lists of known differences between results and truth, as TOML: each entry names the scenario, what differs (a
// sentence of truth_check.hpp) and why. Two files with different meaning:
//   tests/scenarios/known_limits.toml      nobody could know better: `rule` is a row of docs/reference/detectability.md
//   tests/scenarios/open_deviations.toml   we should know better: defects that wait to be mended
#pragma once

#include <set>
#include <string>
#include <vector>

namespace utnt::sim {

struct Deviation {
  std::string scenario;  ///< with the run's options behind a blank, where there are any
  std::string what;
  std::string why;  ///< rule id in known_limits.toml, a sentence in open_deviations.toml
};

/// Throws std::runtime_error with file and line when the file cannot be understood or an entry lacks a key.
std::vector<Deviation> read_deviations(const std::string& file_name, const std::string& why_key);

/// What the two files say about one scenario.
struct AcceptedDeviations {
  std::set<std::string> limits, open;
};
AcceptedDeviations accepted_for(const std::string& scenario);

}  // namespace utnt::sim
