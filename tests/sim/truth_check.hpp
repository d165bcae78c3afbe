// SPDX-License-Identifier: BSD-2-Clause
// Says in sentences where the tunnels of a trace differ from the truth of the emulator; lab/tunnel_match.hpp says what
// counts as the same.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "emu/truth.hpp"
#include "lab/tunnel_match.hpp"
#include "results/trace_model.hpp"
#include "run_scenario.hpp"

namespace utnt::sim {

/// What differs, one sentence each, with names of routers in place of addresses where the truth knows them:
///   "explicit PE1-PE2 not found"            "invisible_php PE1-PE2 suspected only"
///   "explicit PE1-PE2 with LSRs P1 P3"      "implicit PE1-CE2 is not there"
std::set<std::string> deviations(const results::TraceResult& trace, const emu::Truth& truth);

/// Of all traces of a run together.
std::set<std::string> deviations(const Run& run);

/// The tunnels that no rule can see, as in the sentences above ("explicit PE1-PE2"), and the rule that hides each.
std::map<std::string, std::string> undetectable_tunnels(const Run& run);

}  // namespace utnt::sim
