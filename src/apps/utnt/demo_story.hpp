// SPDX-License-Identifier: BSD-2-Clause
// One story of the demo: a scenario, what a plain traceroute sees in it, what utnt finds, what the emulator knows.
#pragma once

#include <string>
#include <vector>

#include "emu/scenario.hpp"
#include "emu/truth.hpp"
#include "results/trace_model.hpp"

namespace utnt::apps {

struct DemoStory {
  emu::ScenarioInfo info;
  wire::IpAddress destination;
  results::TraceResult trace;
  emu::Truth truth;
  bool is_right{false};  ///< every true tunnel was found: class, both ends, all routers between them
  std::uint64_t probes{0};
  double seconds{0};  ///< virtual
};

/// The five stories, by the names that open_emulated_network() takes.
std::vector<std::string> demo_stories();

/// Traces the first destination of the scenario. Throws Failure for an unknown name.
DemoStory tell_story(const std::string& scenario);

/// The story as text, `number` of `total`.
std::string render(const DemoStory& story, std::size_t number, std::size_t total, bool color);

}  // namespace utnt::apps
