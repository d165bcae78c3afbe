// SPDX-License-Identifier: BSD-2-Clause
// Where running programs of this user leave files for each other: who is up, what is to be removed. Gone after a
// restart of the machine, and readable by nobody else. Source: the XDG base directory specification.
#pragma once

#include <string>

namespace utnt::os_linux {

/// $XDG_RUNTIME_DIR/utnt, else /run/utnt for root, else /tmp/utnt-UID; made with mode 0700.
/// Throws Failure when it cannot be made or belongs to somebody else.
std::string runtime_directory();

/// Makes `path` with mode 0700 unless it is there. Throws Failure (not_permitted) when others could read or write it.
void make_private_directory(const std::string& path);

}  // namespace utnt::os_linux
