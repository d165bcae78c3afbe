// SPDX-License-Identifier: BSD-2-Clause
// See text_lines.hpp.
#include "apps/utnt/text_lines.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace utnt::apps {

std::optional<std::string_view> TextLines::next() {
  auto* buffer = input_.rdbuf();
  line_.clear();
  was_cut_ = false;
  bool any = false;
  for (;;) {
    const auto byte = buffer->sbumpc();
    if (byte == std::char_traits<char>::eof()) break;
    any = true;
    if (byte == '\n') break;
    if (line_.size() < line_bytes_max) {
      line_.push_back(static_cast<char>(byte));
    } else {
      was_cut_ = true;
    }
  }
  if (!any) return std::nullopt;
  ++number_;
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  return line_;
}

std::string_view without_comment(std::string_view line) {
  line = line.substr(0, line.find('#'));
  constexpr std::string_view blanks = " \t\r\v\f";
  const auto first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

std::string printable(std::string_view text) {
  constexpr std::size_t shown_max = 60;
  std::string out{text.substr(0, shown_max)};
  for (auto& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text.size() > shown_max ? out + "..." : out;
}

bool is_readable_file(const std::string& path) {
  std::error_code error;
  return ::access(path.c_str(), R_OK) == 0 && !std::filesystem::is_directory(path, error);
}

std::string why_unreadable(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return "it is a directory";
  return ::access(path.c_str(), R_OK) == 0 ? "reading failed" : std::strerror(errno);
}

}  // namespace utnt::apps
