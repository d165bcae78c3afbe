// SPDX-License-Identifier: BSD-2-Clause
// `utnt lab up`, `exec` and `down`: the life of a lab.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "apps/utnt/emulated_network.hpp"
#include "apps/utnt/lab_commands.hpp"
#include "apps/utnt/text_lines.hpp"
#include "lab/host.hpp"
#include "lab/registry.hpp"
#include "results/address_text.hpp"

namespace utnt::apps {

using results::address_text;

namespace {

constexpr int patience_ms = 2000;

bool is_path(const std::string& name) { return name.find('/') != std::string::npos || name.ends_with(".toml"); }

std::string known_scenarios() {
  std::string text;
  for (const auto& builtin : emu::builtin_scenarios()) {
    const auto info = emu::read_scenario_info(builtin.text, builtin.name);
    text += fmt::format("\n  {:<36}{}", builtin.name, fmt::join(info.aliases, ", "));
  }
  return text;
}

std::unique_ptr<emu::ScenarioNetwork> open_network(const LabUpOptions& options) {
  if (!is_path(options.scenario) && emu::find_builtin_scenario(options.scenario) == nullptr) {
    throw Failure{
        ExitCode::bad_input,
        fmt::format("no scenario is called \"{}\". A file is named with its ending .toml; built in are (name, "
                    "aliases):{}",
                    printable(options.scenario), known_scenarios())};
  }
  return open_emulated_network(options.scenario, options.seed);
}

lab::PortKind port_of(const LabUpOptions& options) {
  if (!options.unix_socket.empty()) return lab::PortKind::unix_socket;
  if (options.port == "here") return lab::PortKind::tap_here;
  if (options.port == "tap") return lab::PortKind::tap;
  return options.port == "pair" ? lab::PortKind::pair : lab::PortKind::automatic;
}

void print_up(const lab::LabRecord& record) {
  const auto destination = record.destinations.empty() ? std::string{"DST"} : record.destinations.front();
  fmt::print("lab {} is up: {}\n", record.name, record.title);
  if (!record.unix_socket.empty()) {
    fmt::print("frames go over the Unix datagram socket {}\n", record.unix_socket);
    return;
  }
  const auto option = record.name == lab::default_lab ? std::string{} : " --name " + record.name;
  fmt::print("try:  utnt lab exec{} -- utnt trace {}\nthen: utnt lab truth{} {}\n", option, destination, option,
             destination);
}

std::string absolute(const std::string& path) { return std::filesystem::absolute(path).string(); }

}  // namespace

ExitCode lab_up(const LabUpOptions& options) {
  auto network = open_network(options);
  lab::Registry registry{lab::runtime_directory()};
  const auto name = options.name.empty() ? std::string{lab::default_lab} : options.name;
  auto claim = registry.claim(name);
  const auto& info = network->info();
  lab::LabPlan plan;
  plan.port = port_of(options);
  plan.record.name = name;
  plan.record.scenario = info.name;
  plan.record.title = info.title;
  plan.record.seed = options.seed;
  plan.record.unix_socket = options.unix_socket.empty() ? std::string{} : absolute(options.unix_socket);
  for (const auto& destination : info.destinations) plan.record.destinations.push_back(address_text(destination));
  if (is_path(options.scenario)) {
    // A copy, so that the truth stays that of this lab when the file is edited.
    plan.record.scenario = claim.directory + "/scenario.toml";
    std::filesystem::copy_file(options.scenario, plan.record.scenario,
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::permissions(plan.record.scenario, std::filesystem::perms{0600});
  }
  const auto record = lab::start_lab(registry, std::move(claim), std::move(plan), *network);
  options.json ? fmt::print("{}\n", lab::json_text(record)) : print_up(record);
  return ExitCode::done;
}

int lab_exec(const std::string& name, const std::vector<std::string>& command) {
  if (command.empty()) throw Failure{ExitCode::bad_input, "give the program to run: utnt lab exec -- COMMAND"};
  lab::Registry registry{lab::runtime_directory()};
  lab::enter_lab(registry.find(name));
  std::fflush(nullptr);
  return lab::execute(command);
}

ExitCode lab_down(const LabNameOptions& options) {
  lab::Registry registry{lab::runtime_directory()};
  const auto labs = options.all ? registry.running() : std::vector{registry.find(options.name)};
  for (const auto& record : labs) {
    auto counters = registry.stop(record, patience_ms);
    while (counters.ends_with('\n')) counters.pop_back();
    if (options.json) {
      fmt::print("{}\n",
                 nlohmann::ordered_json{{"type", "lab_down"}, {"name", record.name}, {"counters", counters}}.dump());
    } else {
      fmt::print("lab {} is down{}{}\n", record.name, counters.empty() ? "" : ": ", counters);
    }
  }
  return ExitCode::done;
}

}  // namespace utnt::apps
