// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/node/agent_log.hpp"

#include <unistd.h>

#include "os_linux/clock.hpp"

namespace utnt::fleet {

void write_agent_log(const std::string& text) {
  // One write a line: several programs may append to the same file.
  auto line = os_linux::utc_text(os_linux::wall_clock_ns()) + " ";
  for (const char c : text) line += c >= ' ' || c == '\t' ? c : ' ';
  line += '\n';
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace utnt::fleet
