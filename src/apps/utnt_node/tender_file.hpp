// SPDX-License-Identifier: BSD-2-Clause
// The agent carries utnt-tender inside itself and lays it beside its spool before the first run.
#pragma once

#include <string>

namespace utnt::fleet {

/// Path of utnt-tender in the spool, written when it is not there or is another build's. Throws os_linux::Failure.
std::string place_tender(const std::string& spool);

}  // namespace utnt::fleet
