// SPDX-License-Identifier: BSD-2-Clause
// Compares the tunnels of a trace with the truth of the emulator: class, both ends (an alias of an end counts), all
// LSRs in order. A tunnel that is only suspected is neither found nor false.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "emu/truth.hpp"
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

/// One tunnel of the truth and what became of it.
struct Match {
  const emu::TrueTunnel* truth{nullptr};
  const results::Tunnel* found{nullptr};  ///< with class and both ends right; nullptr when there is none
  bool lsrs_right{false};
};

struct Score {
  std::vector<Match> matches;                  ///< one for each tunnel of the truth
  std::vector<const results::Tunnel*> untrue;  ///< reported as found, and matching no tunnel of the truth
};

Score score(const results::TraceResult& trace, const emu::Truth& truth);

}  // namespace utnt::sim
