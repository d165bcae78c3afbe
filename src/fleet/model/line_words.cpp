// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/line_words.hpp"

#include "fleet/model/word_check.hpp"

namespace utnt::fleet {

std::vector<std::string> line_words(std::string_view line) {
  std::vector<std::string> words;
  bool is_in_word = false;
  bool is_quoted = false;
  for (const char c : line) {
    const bool is_blank = c == ' ' || c == '\t';
    if (!is_in_word && c == '#') break;
    if (is_blank && !is_quoted) {
      is_in_word = false;
      continue;
    }
    if (!is_in_word) words.emplace_back();
    is_in_word = true;
    if (c == '"')
      is_quoted = !is_quoted;
    else
      words.back() += c;
  }
  if (is_quoted) throw wrong("word", "a closing quote", words.back());
  return words;
}

}  // namespace utnt::fleet
