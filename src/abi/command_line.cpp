// SPDX-License-Identifier: BSD-2-Clause
#include "abi/command_line.hpp"

namespace utnt::abi {

namespace {

/// Where `wanted` first stands in `text`, or its end. Not string_view's find and substr: those need memchr and throw.
std::size_t position_of(std::string_view text, char wanted) {
  std::size_t at = 0;
  while (at < text.size() && text[at] != wanted) ++at;
  return at;
}

}  // namespace

std::optional<Word> CommandLine::next() {
  while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  if (rest_.empty()) return std::nullopt;
  const std::string_view word{rest_.data(), position_of(rest_, ' ')};
  rest_.remove_prefix(word.size());
  const auto equals = position_of(word, '=');
  if (equals == word.size()) return Word{word, {}};
  return Word{{word.data(), equals}, {word.data() + equals + 1, word.size() - equals - 1}};
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
