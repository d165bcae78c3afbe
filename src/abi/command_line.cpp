// SPDX-License-Identifier: BSD-2-Clause
#include "abi/command_line.hpp"

namespace utnt::abi {

std::optional<Word> CommandLine::next() {
  const auto begin = rest_.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  rest_.remove_prefix(begin);
  const auto word = rest_.substr(0, rest_.find(' '));
  rest_.remove_prefix(word.size());
  const auto equals = word.find('=');
  if (equals == std::string_view::npos) return Word{word, {}};
  return Word{word.substr(0, equals), word.substr(equals + 1)};
}

std::optional<std::string_view> value_of(std::string_view command_line, std::string_view key) {
  CommandLine words{command_line};
  while (const auto word = words.next()) {
    if (word->key == key) return word->value;
  }
  return std::nullopt;
}

Result<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  }
  if (text.empty()) return Fail{Error::malformed};
  std::uint64_t value = 0;
  for (const char c : text) {
    const auto digit = c >= '0' && c <= '9'   ? static_cast<std::uint64_t>(c - '0')
                       : c >= 'a' && c <= 'f' ? static_cast<std::uint64_t>(c - 'a' + 10)
                       : c >= 'A' && c <= 'F' ? static_cast<std::uint64_t>(c - 'A' + 10)
                                              : base;
    if (digit >= base) return Fail{Error::malformed};
    if (value > (UINT64_MAX - digit) / base) return Fail{Error::invalid_argument};
    value = value * base + digit;
  }
  return value;
}

}  // namespace utnt::abi
