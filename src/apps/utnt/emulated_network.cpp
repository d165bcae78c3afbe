// SPDX-License-Identifier: BSD-2-Clause
// See emulated_network.hpp.
#include "apps/utnt/emulated_network.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "apps/utnt/command.hpp"
#include "apps/utnt/text_lines.hpp"

namespace utnt::apps {

namespace {

constexpr std::size_t scenario_bytes_max = 4U << 20;

std::string read_scenario_file(const std::string& path) {
  std::ifstream input{path, std::ios::binary};
  if (!input || !is_readable_file(path)) {
    throw Failure{ExitCode::bad_input, fmt::format("cannot read the scenario {}: {}", path, why_unreadable(path))};
  }
  std::string text(scenario_bytes_max + 1, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(input.gcount()));
  if (text.size() > scenario_bytes_max) {
    throw Failure{ExitCode::bad_input, fmt::format("{} is too long for a scenario (more than 4 MiB)", path)};
  }
  return text;
}

}  // namespace

std::unique_ptr<emu::ScenarioNetwork> open_emulated_network(const std::string& name_or_path, std::uint64_t seed) {
  try {
    const bool is_path = name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml");
    if (is_path) return emu::load_scenario(read_scenario_file(name_or_path), name_or_path, seed);
    if (const auto* builtin = emu::find_builtin_scenario(name_or_path)) {
      return emu::load_scenario(builtin->text, builtin->name, seed);
    }
    throw Failure{
        ExitCode::bad_input,
        fmt::format("no scenario is called \"{}\"; `utnt lab list` shows the names, and a file is named with its "
                    "ending .toml",
                    printable(name_or_path))};
  } catch (const emu::ScenarioError& error) {
    throw Failure{ExitCode::bad_input, error.what()};
  }
}

}  // namespace utnt::apps
