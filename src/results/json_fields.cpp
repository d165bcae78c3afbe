// SPDX-License-Identifier: BSD-2-Clause
// Hex strings of result lines.
#include "results/json_fields.hpp"

namespace utnt::results {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void JsonFields::hex(const char* key, std::vector<std::byte>& out) const {
  const auto* v = find(key);
  if (v == nullptr) return;
  const auto& text = text_of(*v, key);
  if (text.size() % 2 != 0) fail(key, "an even number of hex digits is expected");
  out.clear();
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) fail(key, "hex digits are expected");
    out.push_back(static_cast<std::byte>(high << 4 | low));
  }
}

}  // namespace utnt::results
