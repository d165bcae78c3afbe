// SPDX-License-Identifier: BSD-2-Clause
// What this machine and this user can do with utnt. Every check looks only, or tries things in a child process inside a
// sealed namespace: no packet leaves, nothing stays behind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace utnt::apps {

enum class CheckResult : std::uint8_t {
  works,
  missing,   ///< a command that people want does not work without it
  optional,  ///< absent, and only some extra needs it
};

struct Check {
  std::string name;  ///< one or two words, stable: scripts look for it
  CheckResult result{CheckResult::works};
  std::string detail;  ///< what was found
  std::string advice;  ///< what to do; empty when it works
};

std::vector<Check> all_checks();

}  // namespace utnt::apps
