// SPDX-License-Identifier: BSD-2-Clause
// The system-call filter of an image as a process, written by hand as a classic BPF program: everything that is not
// listed kills the process. Pure data, so that tests can read it; utnt-tender installs it.
// Source: the kernel's documentation of seccomp_filter; the unikernel specification, section 12.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace utnt::tender {

/// Laid out as the kernel's struct sock_filter.
struct FilterInstruction {
  std::uint16_t code{0};
  std::uint8_t jump_true{0};
  std::uint8_t jump_false{0};
  std::uint32_t value{0};
};
static_assert(sizeof(FilterInstruction) == 8);

/// What the filter asks of each system call that it allows.
struct FilterRules {
  std::span<const std::int32_t> readable;   ///< descriptors for read
  std::span<const std::int32_t> writable;   ///< for write
  std::span<const std::int32_t> flushable;  ///< packet rings: sendto without data or address
  bool traces{false};                       ///< log what is forbidden, instead of killing
};

inline constexpr unsigned filter_descriptors_max = 8;  ///< in each of the lists
inline constexpr std::uint32_t polled_descriptors_max = 4;

struct CallFilter {
  std::array<FilterInstruction, 160> instructions{};
  unsigned count{0};
};

/// At most filter_descriptors_max in each list.
CallFilter make_call_filter(const FilterRules& rules);

}  // namespace utnt::tender
