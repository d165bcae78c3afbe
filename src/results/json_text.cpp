// SPDX-License-Identifier: BSD-2-Clause
// Escapes and UTF-8 repair. Sources: RFC 8259 section 7, RFC 3629 section 4.
#include "results/json_text.hpp"

#include <array>

namespace utnt::results {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

/// Bytes of the well-formed UTF-8 sequence at the front of `v`, 0 when there is none.
std::size_t utf8_sequence(std::string_view v) {
  const auto at = [&v](std::size_t i) { return i < v.size() ? static_cast<unsigned char>(v[i]) : 0U; };
  const auto first = at(0);
  const auto continues = [&at](std::size_t i) { return (at(i) & 0xc0U) == 0x80U; };
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xe0 && at(1) < 0xa0) return 0;  // overlong
    if (first == 0xed && at(1) > 0x9f) return 0;  // surrogate
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xf0 && at(1) < 0x90) return 0;
    if (first == 0xf4 && at(1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

void JsonText::fixed_point(std::uint32_t v, unsigned digits) {
  std::uint32_t unit = 1;
  for (unsigned i = 0; i < digits; ++i) unit *= 10;
  std::string text = std::to_string(v / unit) + '.';
  const auto fraction = std::to_string(v % unit);
  text.append(digits - fraction.size(), '0');
  raw(text + fraction);
}

void JsonText::text(std::string_view v) {
  comma();
  out_ += '"';
  while (!v.empty()) {
    const auto length = utf8_sequence(v);
    const char c = v.front();
    if (length == 0) {
      out_ += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out_ += "\\u00";
      out_ += hex_digits[static_cast<unsigned char>(c) >> 4];
      out_ += hex_digits[static_cast<unsigned char>(c) & 0xf];
    } else {
      out_ += v.substr(0, length);
    }
    v.remove_prefix(length == 0 ? 1 : length);
  }
  out_ += '"';
}

void JsonText::address(const wire::IpAddress& v) {
  if (v.is_none()) return null();
  std::array<char, wire::address_text_max> room;
  word(wire::format_address(v, room));
}

void JsonText::hex(std::span<const std::byte> bytes) {
  comma();
  out_ += '"';
  for (const auto b : bytes) {
    out_ += hex_digits[static_cast<std::size_t>(b) >> 4];
    out_ += hex_digits[static_cast<std::size_t>(b) & 0xf];
  }
  out_ += '"';
}

}  // namespace utnt::results
