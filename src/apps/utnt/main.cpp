// SPDX-License-Identifier: BSD-2-Clause
// The program `utnt`: parses the command line, runs one command, and is the only place that picks an exit code.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "apps/utnt/command.hpp"

namespace {

using utnt::apps::ExitCode;
using utnt::apps::Failure;

int fail(const CLI::App& root, ExitCode code, const char* what) {
  const auto chosen = root.get_subcommands();
  std::fprintf(stderr, "utnt%s%s: %s\n", chosen.empty() ? "" : " ", chosen.empty() ? "" : chosen[0]->get_name().c_str(),
               what);
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
    return root.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::bad_input);
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
