// SPDX-License-Identifier: BSD-2-Clause
// What the fuzz targets share: the input as bytes, and the check that a view stays inside what it was made from.
// Broken expectations go through UTNT_ASSERT, so that libFuzzer and the corpus replay both see an abort.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace utnt::fuzz {

inline ConstBytes input_bytes(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}

/// Empty parts are inside everything: parsers may hand out a default span for "absent".
inline void expect_inside(ConstBytes part, ConstBytes whole) {
  if (part.empty()) return;
  UTNT_ASSERT(part.data() >= whole.data());
  UTNT_ASSERT(part.data() + part.size() <= whole.data() + whole.size());
}

/// Reads every byte, so that the address sanitizer sees a span that is too long.
inline std::uint8_t touch(ConstBytes bytes) {
  std::uint8_t sum = 0;
  for (const auto b : bytes) sum = static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(b));
  return sum;
}

}  // namespace utnt::fuzz
