// SPDX-License-Identifier: BSD-2-Clause
// Bytes for tests: written as hex digits, drawn from a seed, shown as hex digits.
#pragma once

#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.hpp"

namespace utnt::test {

/// Pairs of hex digits; spaces between pairs are skipped.
inline std::vector<std::byte> bytes_of(std::string_view hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < hex.size();) {
    if (hex[i] == ' ') {
      ++i;
      continue;
    }
    bytes.push_back(static_cast<std::byte>(std::stoul(std::string{hex.substr(i, 2)}, nullptr, 16)));
    i += 2;
  }
  return bytes;
}

inline std::vector<std::byte> random_bytes(Prng& prng, std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (auto& b : bytes) b = static_cast<std::byte>(prng.next() & 0xff);
  return bytes;
}

inline std::string hex_of(std::span<const std::byte> bytes) {
  std::string text;
  for (const auto b : bytes) {
    char digits[4];
    std::snprintf(digits, sizeof digits, "%02x ", static_cast<unsigned>(b));
    text += digits;
  }
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace utnt::test
