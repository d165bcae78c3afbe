// SPDX-License-Identifier: BSD-2-Clause
// The words for how an instance ended, as programs read them.
#pragma once

#include <string_view>

#include "tender/tender.hpp"

namespace utnt::tender {

constexpr std::string_view name_of(End end) {
  switch (end) {
    case End::exited:
      return "exited";
    case End::faulted:
      return "faulted";
    case End::forbidden:
      return "forbidden";
    case End::time_limit:
      return "time_limit";
    case End::stopped:
      return "stopped";
    case End::killed:
      return "killed";
  }
  return "unknown";
}

}  // namespace utnt::tender
