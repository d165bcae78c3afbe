// SPDX-License-Identifier: BSD-2-Clause
// The agent's log: lines with the time on standard error, which is agent.log in the spool.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace utnt::fleet {

void write_agent_log(const std::string& text);

template <class... Values>
void agent_log(fmt::format_string<Values...> format, Values&&... values) {
  write_agent_log(fmt::format(format, std::forward<Values>(values)...));
}

}  // namespace utnt::fleet
