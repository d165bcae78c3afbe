// SPDX-License-Identifier: BSD-2-Clause
// Octets as hexadecimal digits: hardware addresses and seeds, as the monitors and the image read them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace utnt::tender {

template <class Octets>
std::string hex(const Octets& octets, std::string_view between) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto octet : octets) {
    const auto value = static_cast<std::size_t>(octet);
    if (!text.empty()) text += between;
    text += digits[value >> 4];
    text += digits[value & 0xf];
  }
  return text;
}

}  // namespace utnt::tender
