// SPDX-License-Identifier: BSD-2-Clause
// One story of the demo: a scenario, what a plain traceroute sees in it, what utnt finds, what the emulator knows.
#pragma once

#include <string>
#include <vector>

#include "core/config.hpp"
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

/// How the stories are traced: one destination, small tables, a fixed seed.
core::EngineConfig demo_config(const wire::IpAddress& source);

/// Whether every true tunnel was found: class, both ends, all routers between them.
bool is_as_true(const emu::Truth& truth, const results::TraceResult& trace);

/// Keeps the last trace that it is given.
class LastTrace : public results::ResultSink {
 public:
  void run(const results::RunInfo&) override {}
  void trace(const results::TraceResult& result) override { trace_ = result; }
  void ping(const results::PingResult&) override {}
  void tunnel(const results::TunnelResult&) override {}
  void summary(const results::Summary&) override {}
  [[nodiscard]] const results::TraceResult& get() const { return trace_; }

 private:
  results::TraceResult trace_;
};

/// The story as text, `number` of `total`.
std::string render(const DemoStory& story, std::size_t number, std::size_t total, bool color);

}  // namespace utnt::apps
