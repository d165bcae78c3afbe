// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <vector>

#include "fleet/model/word_check.hpp"

namespace utnt::fleet {
namespace {

constexpr std::int64_t minute_s = 60;
constexpr std::int64_t day_s = 86'400;
/// The longest wait for 29 February, over a century that has none, and some more.
constexpr std::int64_t days_ahead_max = 366 * 9;

struct Date {
  unsigned month;  ///< 1-12
  unsigned day;    ///< 1-31
};

/// Proleptic Gregorian calendar. Counted from 1 March of year 0, so that the leap day is the last of its year; 400
/// years are 146,097 days.
Date date_of(std::int64_t days_since_1970) {
  const auto shifted = days_since_1970 + 719'468;
  const auto day_of_era = ((shifted % 146'097) + 146'097) % 146'097;
  const auto year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto month_from_march = (5 * day_of_year + 2) / 153;
  const auto day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const auto month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {.month = static_cast<unsigned>(month), .day = static_cast<unsigned>(day)};
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

struct Field {
  std::string_view name;
  unsigned min;
  unsigned max;
};

std::optional<unsigned> number_in(std::string_view text, const Field& field) {
  unsigned value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (value < field.min || value > field.max) return std::nullopt;
  return value;
}

/// One of the parts between commas.
template <class Set>
bool add_part(Set& set, std::string_view part, const Field& field) {
  unsigned step = 1;
  const auto slash = part.find('/');
  const auto range = part.substr(0, slash);
  if (slash != part.npos) {
    const auto given = number_in(part.substr(slash + 1), {.name = {}, .min = 1, .max = field.max + 1});
    if (!given) return false;
    step = *given;
  }
  auto first = std::optional{field.min};
  auto last = std::optional{field.max};
  if (range != "*") {
    const auto dash = range.find('-');
    first = number_in(range.substr(0, dash), field);
    if (dash != range.npos)
      last = number_in(range.substr(dash + 1), field);
    else if (slash == part.npos)
      last = first;
    else
      return false;  // a step needs a range to go over
  }
  if (!first || !last || *first > *last) return false;
  for (auto value = *first; value <= *last; value += step) set.set(value % set.size());
  return true;
}

template <class Set>
void add_field(Set& set, std::string_view text, const Field& field) {
  for (std::string_view rest = text;;) {
    const auto comma = rest.find(',');
    if (!add_part(set, rest.substr(0, comma), field))
      throw wrong(field.name, fmt::format("*, numbers from {} to {}, ranges a-b, steps /n", field.min, field.max),
                  text);
    if (comma == rest.npos) return;
    rest.remove_prefix(comma + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return words;
    const auto end = std::min(text.find_first_of(" \t", begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

}  // namespace

Schedule Schedule::parse(std::string_view text) {
  const auto words = words_of(text);
  if (words.size() != 5) throw wrong("schedule", "five fields: minute hour day month weekday", text);
  Schedule schedule;
  schedule.text_ = fmt::format("{} {} {} {} {}", words[0], words[1], words[2], words[3], words[4]);
  add_field(schedule.minutes_, words[0], {.name = "minute", .min = 0, .max = 59});
  add_field(schedule.hours_, words[1], {.name = "hour", .min = 0, .max = 23});
  add_field(schedule.days_, words[2], {.name = "day of month", .min = 1, .max = 31});
  add_field(schedule.months_, words[3], {.name = "month", .min = 1, .max = 12});
  add_field(schedule.weekdays_, words[4], {.name = "day of week", .min = 0, .max = 7});
  schedule.is_any_day_ = words[2].starts_with('*');
  schedule.is_any_weekday_ = words[4].starts_with('*');
  if (schedule.next(0) < 0) throw wrong("day of month", "a day that the months have", words[2]);
  return schedule;
}

bool Schedule::is_on(std::int64_t day) const {
  const auto date = date_of(day);
  const auto weekday = static_cast<std::size_t>((day % 7 + 11) % 7);  // 1970-01-01 was a Thursday
  if (!months_.test(date.month)) return false;
  const bool is_day = days_.test(date.day);
  const bool is_weekday = weekdays_.test(weekday);
  return is_any_day_ || is_any_weekday_ ? is_day && is_weekday : is_day || is_weekday;
}

std::int64_t Schedule::next(std::int64_t wall_seconds) const {
  const auto from = (floor_div(wall_seconds, minute_s) + 1) * minute_s;
  const auto first_day = floor_div(from, day_s);
  for (auto day = first_day; day <= first_day + days_ahead_max; ++day) {
    if (!is_on(day)) continue;
    auto minute = day == first_day ? (from - day * day_s) / minute_s : 0;
    for (; minute < day_s / minute_s; ++minute)
      if (hours_.test(static_cast<std::size_t>(minute / 60)) && minutes_.test(static_cast<std::size_t>(minute % 60)))
        return day * day_s + minute * minute_s;
  }
  return -1;
}

}  // namespace utnt::fleet
