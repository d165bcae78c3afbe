// SPDX-License-Identifier: BSD-2-Clause
#include "base/crc32c.hpp"

#include <array>

namespace utnt {
namespace {

constexpr std::uint32_t polynomial = 0x82f6'3b78U;

/// By half a byte: sixteen entries are enough for records, and small.
constexpr std::array<std::uint32_t, 16> make_table() {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    auto value = i;
    for (int bit = 0; bit < 4; ++bit) value = value >> 1 ^ ((value & 1U) != 0 ? polynomial : 0);
    table[i] = value;
  }
  return table;
}
constexpr auto table = make_table();

}  // namespace

std::uint32_t crc32c(ConstBytes bytes, std::uint32_t before) {
  auto value = ~before;
  for (const auto byte : bytes) {
    value ^= static_cast<std::uint32_t>(byte);
    value = value >> 4 ^ table[value & 0xf];
    value = value >> 4 ^ table[value & 0xf];
  }
  return ~value;
}

}  // namespace utnt
