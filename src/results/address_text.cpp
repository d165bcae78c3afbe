// SPDX-License-Identifier: BSD-2-Clause
// Conversions to text; the calendar comes from the standard library, no clock is read.
#include "results/address_text.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace utnt::results {

std::string address_text(const wire::IpAddress& address) {
  std::array<char, wire::address_text_max> room;
  return std::string{wire::format_address(address, room)};
}

std::string time_text(Nanoseconds since_1970) {
  constexpr Nanoseconds per_second = 1'000'000'000;
  auto seconds = since_1970 / per_second;
  if (since_1970 % per_second < 0) --seconds;
  const std::chrono::sys_seconds point{std::chrono::seconds{seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{point - day};
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::string milliseconds_text(Nanoseconds duration) {
  const auto microseconds = duration / 1'000;
  return fmt::format("{}.{:03}", microseconds / 1'000, microseconds % 1'000);
}

}  // namespace utnt::results
