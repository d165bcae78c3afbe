// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt_node/arguments.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "fleet/transport/stage.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;

constexpr std::array<std::pair<std::string_view, NodeCommand>, 10> commands{{{"relay", NodeCommand::relay},
                                                                             {"agent", NodeCommand::agent},
                                                                             {"probe", NodeCommand::probe},
                                                                             {"rotate", NodeCommand::rotate},
                                                                             {"version", NodeCommand::version},
                                                                             {"--version", NodeCommand::version},
                                                                             {"help", NodeCommand::help},
                                                                             {"--help", NodeCommand::help},
                                                                             {"-h", NodeCommand::help},
                                                                             {"-V", NodeCommand::version}}};

NodeCommand command_named(const std::string& word) {
  for (const auto& [name, command] : commands)
    if (name == word) return command;
  throw Failure{ExitCode::bad_input, "unknown command " + word + "; utnt-node help lists them"};
}

}  // namespace

NodeCommand forced_command(const std::string& original) {
  const auto word = original.substr(original.find_last_of(" \t") + 1);
  constexpr std::array allowed{NodeCommand::relay, NodeCommand::probe, NodeCommand::rotate, NodeCommand::version};
  for (const auto& [name, command] : commands)
    if (name == word && std::find(allowed.begin(), allowed.end(), command) != allowed.end()) return command;
  throw Failure{ExitCode::not_permitted, std::string{forced_command_refusal}};
}

NodeArguments parse_node_arguments(std::span<char* const> words) {
  NodeArguments arguments;
  if (words.size() < 2) throw Failure{ExitCode::bad_input, "a command is missing; utnt-node help lists them"};
  arguments.command = command_named(words[1]);
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::string word{words[i]};
    if (word != "--spool") throw Failure{ExitCode::bad_input, "unknown argument " + word};
    if (++i == words.size() || *words[i] == '\0') throw Failure{ExitCode::bad_input, "--spool wants a directory"};
    arguments.spool = std::filesystem::absolute(words[i]).string();
  }
  return arguments;
}

}  // namespace utnt::fleet
