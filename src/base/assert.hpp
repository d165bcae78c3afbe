// SPDX-License-Identifier: BSD-2-Clause
// Assertions that stay on in release, for bugs of ours only: never for anything a packet, a file or a user can cause.
// Each platform (Linux program, unikernel, tests) defines panic(); the pure folders only call it.
#pragma once

namespace utnt {

/// Reports a bug of ours and stops the program. Defined once per platform; never returns.
[[noreturn]] void panic(const char* file, int line, const char* text) noexcept;

}  // namespace utnt

#define UTNT_ASSERT(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::utnt::panic(__FILE__, __LINE__, #condition))
