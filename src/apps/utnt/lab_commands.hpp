// SPDX-License-Identifier: BSD-2-Clause
// The actions of `utnt lab`, one function each; lab.cpp gives them their options.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/utnt/command.hpp"
#include "emu/scenario.hpp"

namespace utnt::apps {

struct LabUpOptions {
  std::string scenario;
  std::string name;
  std::string port{"auto"};
  std::string unix_socket;
  std::uint64_t seed{1};
  bool json{false};
};
ExitCode lab_up(const LabUpOptions& options);

struct LabNameOptions {
  std::string name;
  bool json{false};
  bool all{false};  ///< `down` only
};
ExitCode lab_list(const LabNameOptions& options);
ExitCode lab_down(const LabNameOptions& options);

struct LabTruthOptions {
  std::vector<std::string> destinations;
  std::string name;
  std::string scenario;               ///< instead of a running lab
  std::optional<std::uint64_t> seed;  ///< of `scenario`
  std::string flow;                   ///< "SOURCE:DESTINATION"; empty = the network's choice
  std::string method{"icmp-paris"};   ///< of `flow`
  bool json{false};
};
ExitCode lab_truth(const LabTruthOptions& options);

struct LabScoreOptions {
  std::string results;
  std::string name;
  std::string scenario;               ///< instead of a running lab
  std::optional<std::uint64_t> seed;  ///< of `scenario`
  bool json{false};
};
ExitCode lab_score(const LabScoreOptions& options);

/// The network of the lab called `name` (empty: the only one), or of `scenario` and `seed` when that is given.
std::unique_ptr<emu::ScenarioNetwork> open_lab_network(const std::string& name, const std::string& scenario,
                                                       std::optional<std::uint64_t> seed);

/// Replaces the process; returns only the exit code for a program that cannot be run.
int lab_exec(const std::string& name, const std::vector<std::string>& command);

}  // namespace utnt::apps
