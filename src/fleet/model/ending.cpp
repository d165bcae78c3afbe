// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/ending.hpp"

#include <algorithm>

#include "fleet/model/outcome.hpp"

namespace utnt::fleet {
namespace {

std::string one_line(std::string_view text, std::size_t bytes_max) {
  std::string line{text.substr(0, bytes_max)};
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return line;
}

}  // namespace

std::string ending_text(const Ending& ending) {
  if (ending.is_complete) return std::string{ending_complete};
  auto text = one_line(ending.reason, ending_reason_max);
  if (!ending.detail.empty()) text += '\t' + one_line(ending.detail, ending_detail_max);
  return text;
}

Ending parse_ending(std::string_view text) {
  if (text == ending_complete) return complete();
  const auto tab = text.find('\t');
  auto reason = one_line(text.substr(0, tab), ending_reason_max);
  if (reason.empty() || reason == ending_complete) reason = reason::bad_result;
  return failed(reason, tab == text.npos ? std::string{} : one_line(text.substr(tab + 1), ending_detail_max));
}

}  // namespace utnt::fleet
