// SPDX-License-Identifier: BSD-2-Clause
// The exception of the code that talks to Linux: what could not be done, where, what to do about it,
// and the exit status that the program should end with.
#pragma once

#include <stdexcept>
#include <string>

#include "os_linux/exit_code.hpp"

namespace utnt::os_linux {

class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& message) : std::runtime_error{message}, code_{code} {}
  [[nodiscard]] ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// A Failure for the system call that just failed: `message`, a colon, and the text of `error_number`.
/// The exit code follows from the number: EPERM and EACCES are not_permitted, everything else environment.
[[nodiscard]] Failure system_failure(const std::string& message, int error_number);

}  // namespace utnt::os_linux
