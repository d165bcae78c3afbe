// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/duration_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "fleet/model/word_check.hpp"

namespace utnt::fleet {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::array units{Unit{"ms", 1'000'000}, Unit{"s", second_ns}, Unit{"min", 60 * second_ns},
                           Unit{"h", 3'600 * second_ns}, Unit{"", second_ns}};
constexpr std::int64_t duration_max_ns = 366 * 86'400 * second_ns;

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && (is_digit(text[digits]) || text[digits] == '.')) ++digits;
  const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
  const auto number = text.substr(0, digits);
  const auto point = std::min(number.find('.'), number.size());
  const auto whole = number.substr(0, point);
  const auto fraction = point < number.size() ? number.substr(point + 1) : std::string_view{};
  if (unit == units.end() || whole.empty() || whole.size() > 9 || (point < number.size() && fraction.empty()))
    return std::nullopt;
  std::int64_t ns = 0;
  for (const char c : whole) ns = ns * 10 + (c - '0');
  if (ns > duration_max_ns / unit->ns) return std::nullopt;
  ns *= unit->ns;
  auto worth = unit->ns;
  for (const char c : fraction) {
    if (!is_digit(c)) return std::nullopt;
    worth /= 10;
    ns += worth * (c - '0');
  }
  if (ns > duration_max_ns) return std::nullopt;
  return Duration{ns};
}

std::string duration_words(Duration duration) {
  constexpr std::int64_t minute_s = 60, hour_s = 3'600;
  const auto ns = std::max<std::int64_t>(duration.ns(), 0);
  if (ns < 10 * second_ns) return fmt::format("{:.1f} s", static_cast<double>(ns) / static_cast<double>(second_ns));
  const auto seconds = (ns + second_ns / 2) / second_ns;
  const auto two = [](std::int64_t big, const char* big_unit, std::int64_t small, const char* small_unit) {
    return small == 0 ? fmt::format("{} {}", big, big_unit)
                      : fmt::format("{} {} {} {}", big, big_unit, small, small_unit);
  };
  if (seconds < minute_s) return fmt::format("{} s", seconds);
  if (seconds < hour_s) return two(seconds / minute_s, "min", seconds % minute_s, "s");
  return two(seconds / hour_s, "h", seconds % hour_s / minute_s, "min");
}

}  // namespace utnt::fleet
