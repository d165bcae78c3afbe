// SPDX-License-Identifier: BSD-2-Clause
// panic() of the program: a bug of ours. Says where, then aborts, so that a core file shows the rest.
#include <cstdio>
#include <cstdlib>

#include "base/assert.hpp"

void utnt::panic(const char* file, int line, const char* text) noexcept {
  std::fprintf(stderr, "utnt: internal error, please report it: %s:%d: %s\n", file, line, text);
  std::abort();
}
