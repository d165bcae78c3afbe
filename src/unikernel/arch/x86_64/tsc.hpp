// SPDX-License-Identifier: BSD-2-Clause
// The time-stamp counter, read when everything before is done.
#pragma once

#include <cstdint>

namespace utnt::unikernel {

inline std::uint64_t read_tsc() {
  std::uint32_t low = 0, high = 0;
  asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return std::uint64_t{high} << 32 | low;
}

}  // namespace utnt::unikernel
