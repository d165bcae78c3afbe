// SPDX-License-Identifier: BSD-2-Clause
// Turns errno into a Failure. One place decides which errors mean a missing permission.
#include "os_linux/failure.hpp"

#include <cerrno>
#include <system_error>

namespace utnt::os_linux {

Failure system_failure(const std::string& message, int error_number) {
  const bool permission = error_number == EPERM || error_number == EACCES;
  return Failure{permission ? ExitCode::not_permitted : ExitCode::environment,
                 message + ": " + std::generic_category().message(error_number)};
}

}  // namespace utnt::os_linux
