// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/platform.hpp"

int utnt::unikernel::program(const Startup& startup) {
  platform::log_write(startup.command_line);
  platform::log_write("\n");
  return 0;
}
