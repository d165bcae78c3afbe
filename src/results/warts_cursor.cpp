// SPDX-License-Identifier: BSD-2-Clause
// Bounds-checked steps through a record.
#include "results/warts_cursor.hpp"

namespace utnt::results {

ConstBytes WartsCursor::take(std::size_t count) {
  if (count > rest_.size()) throw WartsProblem{"a field runs past the end of its record"};
  const auto taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

std::string WartsCursor::text() {
  std::string out;
  for (;;) {
    const auto c = u8();
    if (c == 0) return out;
    out += static_cast<char>(c);
  }
}

Nanoseconds WartsCursor::time() {
  const Nanoseconds seconds{u32()};
  return seconds * 1'000'000'000 + Nanoseconds{u32()} * 1'000;
}

}  // namespace utnt::results
