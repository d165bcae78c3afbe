// SPDX-License-Identifier: BSD-2-Clause
// The checks that orders and events share: names, digests, ranges; and how a complaint about a field reads.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace utnt::fleet {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_name_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}
constexpr bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}
constexpr bool is_name(std::string_view text, std::size_t length_max) {
  return !text.empty() && text.size() <= length_max && std::ranges::all_of(text, is_name_char);
}

/// "targets: expected every address once, found '192.0.2.1'"; what was found is cut and made printable.
inline std::invalid_argument wrong(std::string_view field, std::string_view expected, std::string_view found) {
  constexpr std::size_t shown_max = 60;
  std::string shown{found.substr(0, shown_max)};
  for (auto& c : shown)
    if (c < 0x20 || c >= 0x7f) c = '?';
  if (found.size() > shown_max) shown += "...";
  return std::invalid_argument{fmt::format("{}: expected {}, found '{}'", field, expected, shown)};
}

inline void check_range(std::string_view field, std::uint64_t value, std::uint64_t min, std::uint64_t max) {
  if (value < min || value > max)
    throw wrong(field, fmt::format("a number from {} to {}", min, max), std::to_string(value));
}

}  // namespace utnt::fleet
