// SPDX-License-Identifier: BSD-2-Clause
// Scenarios: emulated networks described by a TOML text (docs/reference/scenario-format.md), and the catalogue of those
// that are compiled in from tests/scenarios/.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "emu/counters.hpp"
#include "emu/impairments.hpp"
#include "emu/network.hpp"
#include "emu/recorder.hpp"

namespace utnt::emu {

/// A scenario text that cannot be used. what() reads "FILE:LINE: what is wrong, and what would be right".
class ScenarioError : public std::runtime_error {
 public:
  ScenarioError(std::string_view file, std::size_t line, std::string_view message);
  [[nodiscard]] std::size_t line() const { return line_; }

 private:
  std::size_t line_;
};

/// What a scenario says about itself.
struct ScenarioInfo {
  std::string name;                  ///< as given to load_scenario; file name without ".toml" for built-in ones
  std::string id;                    ///< "S7", "S29"; empty when the text names none
  std::string title;                 ///< one line
  std::string story;                 ///< a paragraph for people
  std::vector<std::string> aliases;  ///< friendly names for commands: "php", "uhp"
  std::vector<wire::IpAddress> destinations;  ///< what to trace, in this order; at least one
  std::vector<std::string> methods;           ///< probe methods to try: "icmp" (default), "udp"
  std::vector<std::string> expect;            ///< notes on the expected result, for people
};

class ScenarioNetwork : public Network {
 public:
  [[nodiscard]] virtual const ScenarioInfo& info() const = 0;
  /// Adds disturbance at the edge of the vantage point; replaces an earlier call's.
  virtual void set_impairments(const Impairments& impairments) = 0;
  /// Records the walk of every packet sent from now on; nullptr stops. The recorder must outlive its use.
  virtual void set_recorder(Recorder* recorder) = 0;
  [[nodiscard]] virtual const NetworkCounters& counters() const = 0;
  /// As truth(), for the very flow of `probe`: where equal-cost paths exist, the branch this packet takes.
  [[nodiscard]] virtual Truth truth_for(wire::Packet probe) const = 0;
};

/// Builds the network that `toml_text` describes. `name` stands in errors and in ScenarioInfo; `seed` decides every
/// random choice (flow hashes, jitter, loss): the same text, seed, packets and times give the same bytes.
/// Throws ScenarioError.
std::unique_ptr<ScenarioNetwork> load_scenario(std::string_view toml_text, std::string_view name, std::uint64_t seed);

/// The self-description alone, without building the network. Throws ScenarioError.
ScenarioInfo read_scenario_info(std::string_view toml_text, std::string_view name);

struct BuiltinScenario {
  std::string_view name;  ///< file name without ".toml"
  std::string_view text;
};

/// The compiled-in scenarios, sorted by name.
std::span<const BuiltinScenario> builtin_scenarios();

/// By name, unambiguous beginning of a name up to "_" ("s07"), or alias ("php"); nullptr when there is none.
const BuiltinScenario* find_builtin_scenario(std::string_view name_or_alias);

}  // namespace utnt::emu
