// SPDX-License-Identifier: BSD-2-Clause
// A place where a process may be killed, named for whoever does that: in the programs as they are shipped nothing
// happens there. Tests link other definitions of the two functions into programs of their own, which end a process by
// SIGKILL at the n-th place that it comes to; so what is tested are the real programs, and nothing in those can be
// told to kill itself.
#pragma once

#include <string_view>

namespace utnt::os_linux {

/// This process may end here.
void fault_point(std::string_view name) noexcept;
/// Another process may, one that this one has to do with: `what` it is to us, and its number.
void fault_point_of(std::string_view what, std::string_view name, int process_id) noexcept;

}  // namespace utnt::os_linux
