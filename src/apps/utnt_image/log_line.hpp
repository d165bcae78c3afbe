// SPDX-License-Identifier: BSD-2-Clause
// One line for the log, put together without a heap. What does not fit is cut.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "unikernel/platform.hpp"

namespace utnt::image {

class LogLine {
 public:
  LogLine& operator<<(std::string_view text) {
    for (const char c : text) put(c);
    return *this;
  }
  LogLine& operator<<(std::uint64_t number) {
    std::array<char, 20> digits{};
    std::size_t at = digits.size();
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return *this << std::string_view{digits.data() + at, digits.size() - at};
  }
  /// Text that came from outside: unprintable bytes become '?', and a long one is cut.
  LogLine& quote(std::string_view text) {
    constexpr std::size_t shown_max = 60;
    put('"');
    for (const char c : text.substr(0, shown_max)) put(c >= ' ' && c <= '~' ? c : '?');
    put('"');
    return *this;
  }
  void send() {
    bytes_[size_++] = '\n';
    unikernel::platform::log_write({bytes_.data(), size_});
    size_ = 0;
  }

 private:
  void put(char c) {
    if (size_ + 1 < bytes_.size()) bytes_[size_++] = c;
  }
  std::array<char, 240> bytes_{};
  std::size_t size_{0};
};

}  // namespace utnt::image
