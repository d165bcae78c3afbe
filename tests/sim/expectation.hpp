// SPDX-License-Identifier: BSD-2-Clause
// What a scenario must give under the original rules: tests/scenarios/expected/NAME.tnt.txt, derived by hand from the
// TNT specification, never from a run. Lines that begin with '#' come first:
//   # S7: the row of the scenario table
//   # scenario: s07_php_brpr             (the file's own name without .tnt.txt when absent)
//   # run: --frpla 2 --brute-force       (options that differ from the defaults)
//   # probes: initial 5; revelation 4 4 4 3; ping 8
//   # unsteady: why reordering or another seed may change the result
// then the classic text with attempts, RTTs as "-"; a label written "*" matches any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "run_scenario.hpp"

namespace utnt::sim {

struct Expectation {
  std::string name;
  std::string scenario;
  std::string row;
  std::vector<std::string> options;
  std::string probes;    ///< empty = not stated
  std::string unsteady;  ///< empty = the same result whatever the order and the seed
  std::string text;
};

/// All files of tests/scenarios/expected, by name. Throws std::runtime_error when a file cannot be understood.
std::vector<Expectation> read_expectations();

/// The request with the options of the expectation.
RunRequest request_for(const Expectation& expectation, std::uint64_t seed);

/// The classic text of all traces with attempts, RTTs masked. Labels become "*" where `expected` says so.
std::string masked_text(const Run& run, std::string_view expected);

/// As in the line "# probes:"; the traces of several destinations are separated by " | ".
std::string probes_text(const Run& run);

}  // namespace utnt::sim
