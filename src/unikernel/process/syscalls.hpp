// SPDX-License-Identifier: BSD-2-Clause
// The system calls of the sandboxed process, all of them: the tender's filter kills at any other. Numbers and calling
// convention: Linux, arch/x86 (System V ABI supplement, A.2.1).
#pragma once

#include <cstddef>
#include <cstdint>

namespace utnt::unikernel::process {

enum class Call : long {
  read = 0,
  write = 1,
  send_to = 44,
  clock_gettime = 228,
  exit_group = 231,
  ppoll = 271,
};

inline long call(Call number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
  long result = 0;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(static_cast<long>(number)), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
               : "rcx", "r11", "memory");
  return result;
}

struct Timespec {
  std::int64_t seconds{0};
  std::int64_t nanoseconds{0};
};

struct PollFd {
  std::int32_t fd{-1};
  std::int16_t events{0};
  std::int16_t revents{0};
};

inline constexpr std::int16_t poll_in = 1, poll_out = 4;
inline constexpr long message_dont_wait = 0x40;
inline constexpr long error_again = -11, error_interrupted = -4;
inline constexpr long clock_monotonic = 1, clock_realtime = 0;

}  // namespace utnt::unikernel::process
