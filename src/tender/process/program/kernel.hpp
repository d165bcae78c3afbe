// SPDX-License-Identifier: BSD-2-Clause
// System calls without a C library, and the one way in which utnt-tender fails: a line for people, and an exit code.
// Calling convention: System V ABI, x86-64 supplement, A.2.1. The numbers stand in the .cpp files (asm/unistd.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace utnt::tender::program {

/// The kernel's answer: a value, or a negative error number.
template <class... Arguments>
long call_kernel(long number, Arguments... arguments) {
  static_assert(sizeof...(arguments) <= 6);
  [[maybe_unused]] const auto word = [](auto value) {
    if constexpr (std::is_pointer_v<decltype(value)>) {
      return reinterpret_cast<long>(value);
    } else {
      return static_cast<long>(value);
    }
  };
  const long words[7] = {word(arguments)..., 0};
  long result = 0;
  register long r10 asm("r10") = words[3];
  register long r8 asm("r8") = words[4];
  register long r9 asm("r9") = words[5];
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(words[0]), "S"(words[1]), "d"(words[2]), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

enum class Status : int { bad_input = 2, not_permitted = 3, environment = 4, assertion = 126 };

/// Where fail() writes; -1: nowhere.
void set_log(std::int32_t fd);
/// "utnt-tender: " and the parts, as one line, and the end.
[[noreturn]] void fail(Status status, std::string_view a, std::string_view b = {}, std::string_view c = {},
                       std::string_view d = {});
/// Fails when `result` is an error of the kernel: not permitted for EPERM and EACCES, else environment.
long require(long result, std::string_view what, std::string_view subject = {});

}  // namespace utnt::tender::program
