// SPDX-License-Identifier: BSD-2-Clause
// Also what the compiler and base call by themselves: the entry point and panic(). The program has no other runtime.
#include "tender/process/program/kernel.hpp"

#include <asm/errno.h>
#include <asm/unistd.h>

#include <initializer_list>

#include "base/assert.hpp"

namespace utnt::tender::program {
namespace {

std::int32_t log_fd = 2;

void write_log(std::string_view text) { call_kernel(__NR_write, log_fd, text.data(), text.size()); }

/// The few errors that a user can do something about, by name.
std::string_view name_of(long error, char (&digits)[8]) {
  switch (error) {
    case EPERM:
      return "operation not permitted";
    case EACCES:
      return "permission denied";
    case ENOENT:
      return "no such file";
    case ENOMEM:
      return "no memory left";
    case EBADF:
      return "not an open descriptor";
    case EEXIST:
      return "something else lies at these addresses";
    case EINVAL:
      return "invalid argument";
    default:
      break;
  }
  unsigned at = sizeof digits;
  for (; error > 0 && at > 0; error /= 10) digits[--at] = static_cast<char>('0' + error % 10);
  return {digits + at, sizeof digits - at};
}

}  // namespace

void set_log(std::int32_t fd) { log_fd = fd; }

void fail(Status status, std::string_view a, std::string_view b, std::string_view c, std::string_view d) {
  if (log_fd >= 0) {
    for (const auto part : {std::string_view{"utnt-tender: "}, a, b, c, d, std::string_view{"\n"}}) {
      if (!part.empty()) write_log(part);
    }
  }
  for (;;) call_kernel(__NR_exit_group, static_cast<int>(status));
}

long require(long result, std::string_view what, std::string_view subject) {
  if (result >= 0) return result;
  const bool denied = result == -EPERM || result == -EACCES;
  char digits[8];
  fail(denied ? Status::not_permitted : Status::environment, what, subject, ": ", name_of(-result, digits));
}

}  // namespace utnt::tender::program

void utnt::panic(const char* /*file*/, int /*line*/, const char* text) noexcept {
  std::size_t length = 0;
  while (text[length] != 0) ++length;
  tender::program::fail(tender::program::Status::assertion, "internal error: ", {text, length});
}

// The kernel leaves argc and argv on the stack; the frame of a C++ function begins 16-byte aligned behind a call.
asm(R"(
  .text
  .globl _start
_start:
  xorl %ebp, %ebp
  movq %rsp, %rdi
  andq $-16, %rsp
  call utnt_tender_main
  ud2
)");
