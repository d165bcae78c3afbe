// SPDX-License-Identifier: BSD-2-Clause
// A decimal number on the log, for platforms and panics; programs have lines of their own.
#pragma once

#include <cstdint>

#include "unikernel/platform.hpp"

namespace utnt::unikernel {

inline void log_number(std::uint64_t number) {
  char digits[20];
  std::size_t at = sizeof digits;
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  platform::log_write({digits + at, sizeof digits - at});
}

}  // namespace utnt::unikernel
