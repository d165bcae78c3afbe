// SPDX-License-Identifier: BSD-2-Clause
// Times that come again, as cron writes them: minute, hour, day of month, month, day of week, all UTC. Each field is
// `*`, a number, a range `a-b`, either with a step `/n`, or several of these with commas. Names of months and days and
// `@` words are not read. Source: POSIX crontab; steps as in Debian's cron.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

namespace utnt::fleet {

class Schedule {
 public:
  /// Throws std::invalid_argument that names the field, also for a schedule that has no time at all (30 February).
  static Schedule parse(std::string_view text);

  /// The first time after `wall_seconds` (since 1970-01-01 UTC): always a whole minute, always later.
  [[nodiscard]] std::int64_t next(std::int64_t wall_seconds) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  [[nodiscard]] bool is_on(std::int64_t day) const;

  std::string text_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  /// POSIX: when both kinds of day are named, either is enough.
  bool is_any_day_{true};
  bool is_any_weekday_{true};
};

}  // namespace utnt::fleet
