// SPDX-License-Identifier: BSD-2-Clause
// The program `utnt`: parses the command line, runs one command, and is the only place that picks an exit code.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "apps/utnt/command.hpp"

namespace {

using utnt::apps::ExitCode;
using utnt::apps::Failure;

/// "utnt trace", once the command is known.
std::string name_of(const CLI::App& root) {
  const auto chosen = root.get_subcommands();
  return chosen.empty() ? "utnt" : "utnt " + chosen[0]->get_name();
}

int fail(const CLI::App& root, ExitCode code, const char* what) {
  std::fprintf(stderr, "%s: %s\n", name_of(root).c_str(), what);
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App root;
  utnt::apps::Invocation invocation;
  utnt::apps::build_command_line(root, invocation);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return root.exit(error);
    return fail(root, ExitCode::bad_input, (std::string{error.what()} + " (see " + name_of(root) + " --help)").c_str());
  }
  try {
    const auto code = static_cast<int>(invocation.run());
    return invocation.passed_exit_code >= 0 ? invocation.passed_exit_code : code;
  } catch (const Failure& error) {
    return fail(root, error.code(), error.what());
  } catch (const std::exception& error) {
    return fail(root, ExitCode::environment, error.what());
  }
}
