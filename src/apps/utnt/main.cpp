// SPDX-License-Identifier: BSD-2-Clause
// The program `utnt`: parses the command line, runs one command, and is the only place that picks an exit code.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
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

/// A caller may have closed the standard streams. Without this the next file opened would take such a number, and what
/// is meant for a terminal would land in it; this way writing fails as it should.
void keep_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) == -1 && ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) == -1)
      return;
  }
}

int run(int argc, char** argv) {
  CLI::App root;
  utnt::apps::Invocation invocation;
  utnt::apps::build_command_line(root, invocation);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      root.exit(error);
      return std::cout.flush() ? 0 : fail(root, ExitCode::environment, "cannot write to standard output");
    }
    return fail(root, ExitCode::bad_input, (std::string{error.what()} + " (see " + name_of(root) + " --help)").c_str());
  }
  try {
    const auto code = static_cast<int>(invocation.run());
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      return fail(root, ExitCode::environment,
                  (std::string{"cannot write to standard output: "} + std::strerror(errno)).c_str());
    }
    return invocation.passed_exit_code >= 0 ? invocation.passed_exit_code : code;
  } catch (const Failure& error) {
    return fail(root, error.code(), error.what());
  } catch (const std::exception& error) {
    return fail(root, ExitCode::environment, error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_streams();
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {  // before a command is known: no memory
    std::fprintf(stderr, "utnt: %s\n", error.what());
    return static_cast<int>(ExitCode::environment);
  }
}
