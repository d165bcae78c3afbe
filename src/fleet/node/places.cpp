// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/places.hpp"

#include <cstdlib>
#include <filesystem>

#include "fleet/trust/digest.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {

std::string default_spool() {
  if (const char* const state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
    return std::string{state} + "/utnt-node";
  if (const char* const home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::string{home} + "/.local/state/utnt-node";
  throw os_linux::Failure{os_linux::ExitCode::environment, "no HOME: name the agent's directory with --spool"};
}

std::string own_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

std::string own_program_digest() { return sha256_hex_of_file("/proc/self/exe"); }

}  // namespace utnt::fleet
