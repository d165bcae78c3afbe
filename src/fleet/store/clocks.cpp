// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/store/clocks.hpp"

#include <sys/stat.h>

#include <fstream>

#include "os_linux/clock.hpp"

namespace utnt::fleet {

Clocks read_clocks() {
  Clocks clocks;
  clocks.now = os_linux::monotonic_now();
  clocks.wall_ns = os_linux::wall_clock_ns();
  std::ifstream boot{"/proc/sys/kernel/random/boot_id"};
  std::getline(boot, clocks.domain);
  // A time namespace shifts the monotonic clock: its number belongs to the name. Without /proc the domain stays empty,
  // which compares with nothing.
  struct stat time_namespace {};
  if (!clocks.domain.empty() && ::stat("/proc/self/ns/time", &time_namespace) == 0)
    clocks.domain += '/' + std::to_string(time_namespace.st_ino);
  return clocks;
}

}  // namespace utnt::fleet
