// SPDX-License-Identifier: BSD-2-Clause
// Runs another program to its end: no shell, no environment, its input from us, a bound on its time.
#pragma once

#include <string>
#include <vector>

namespace utnt::tender {

struct ProgramEnd {
  int status{-1};      ///< exit status; -1: it ended by a signal
  std::string errors;  ///< the beginning of its standard error, on one line
  bool was_killed{false};
};

/// `command`: path of the program, then its arguments. It is killed after ten seconds. Throws os_linux::Failure when it
/// cannot be started.
ProgramEnd run_program(const std::vector<std::string>& command, const std::string& input);

}  // namespace utnt::tender
