// SPDX-License-Identifier: BSD-2-Clause
// Reading line-oriented input that may be anything: huge, binary, without an end of line. One line is kept at a time,
// and of a line longer than a sane one only the beginning.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

namespace utnt::apps {

class TextLines {
 public:
  static constexpr std::size_t line_bytes_max = 1024;

  explicit TextLines(std::istream& input) : input_{input} {}
  /// The next line without its end (LF or CRLF); empty at the end of the input. Valid until the next call.
  std::optional<std::string_view> next();
  /// Number of the line that next() gave last, from 1.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  /// True when the last line was longer than line_bytes_max.
  [[nodiscard]] bool was_cut() const { return was_cut_; }

 private:
  std::istream& input_;
  std::string line_;
  std::uint64_t number_{0};
  bool was_cut_{false};
};

/// The line up to '#', without white space at both ends.
std::string_view without_comment(std::string_view line);
/// `text` shortened to 60 bytes, with every byte that is not printable ASCII as '?': safe for a terminal.
std::string printable(std::string_view text);

/// False for a directory, a missing file and one without permission.
bool is_readable_file(const std::string& path);
/// Why is_readable_file() said no, in words.
std::string why_unreadable(const std::string& path);

}  // namespace utnt::apps
