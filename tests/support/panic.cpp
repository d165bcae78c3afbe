// SPDX-License-Identifier: BSD-2-Clause
// panic() of the test programs: print and abort, so that death tests and CTest see it.
#include <cstdio>
#include <cstdlib>

#include "base/assert.hpp"
#include "support/replay_hint.hpp"

const char* utnt::test::replay_hint = nullptr;

void utnt::panic(const char* file, int line, const char* text) noexcept {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, text);
  if (test::replay_hint != nullptr) std::fprintf(stderr, "%s\n", test::replay_hint);
  std::abort();
}
