// SPDX-License-Identifier: BSD-2-Clause
// A failed assertion in an image: one line on the log, then exit code 126. And what the language needs although no
// program of ours calls it.
#include "base/assert.hpp"
#include "unikernel/platform.hpp"
#include "unikernel/runtime/log_number.hpp"

void utnt::panic(const char* file, int line, const char* text) noexcept {
  using unikernel::platform::log_write;
  const auto length = [](const char* s) {
    std::size_t n = 0;
    while (s[n] != 0) ++n;
    return n;
  };
  log_write("internal error: ");
  log_write({file, length(file)});
  log_write(":");
  unikernel::log_number(static_cast<std::uint64_t>(line));
  log_write(": ");
  log_write({text, length(text)});
  log_write("\n");
  unikernel::platform::finish(126);
}

namespace std {
/// What a string view calls for a position behind its end.
[[noreturn]] void __throw_out_of_range_fmt(const char*, ...);
void __throw_out_of_range_fmt(const char* text, ...) { utnt::panic("runtime", 0, text); }
}  // namespace std

extern "C" {
void* __dso_handle = nullptr;
[[noreturn]] void __cxa_pure_virtual() { utnt::panic("runtime", 0, "a pure virtual function was called"); }
}
