// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/event_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <span>

#include "fleet/model/duration_text.hpp"
#include "fleet/model/line_words.hpp"
#include "fleet/model/word_check.hpp"

namespace utnt::fleet {
namespace {

constexpr std::int64_t rate_max = 1'000'000;

std::optional<Duration> rate_unit(std::string_view text) {
  if (text == "/s") return Duration{1'000'000'000};
  if (text == "/min") return Duration{60'000'000'000};
  if (text == "/h") return Duration{3'600'000'000'000};
  return std::nullopt;
}

using Words = std::span<const std::string>;

class ListReader {
 public:
  void read_line(std::string_view line, std::size_t number) {
    line_ = number;
    const auto words = line_words(line);
    if (words.empty()) return;
    const auto rest = Words{words}.subspan(1);
    if (words.front() == "expect")
      read_expectation(rest);
    else if (words.front() == "rate")
      read_rate(rest);
    else if (words.front() == "schedule")
      read_schedule(rest);
    else
      read_time(words.front(), rest);
  }

  EventList finish() {
    line_ = expected_line_;
    if (expected_ && *expected_ != list_.events.size())
      throw wrong("expect", fmt::format("{} events", *expected_), std::to_string(list_.events.size()));
    if (list_.events.empty() && list_.schedules.empty())
      throw std::invalid_argument{"list: expected at least one event, found none"};
    std::ranges::stable_sort(list_.events, {}, &Event::at);
    std::uint64_t number = 0;
    for (auto& event : list_.events) event.number = ++number;
    list_.gaps = find_gaps(times_);
    return std::move(list_);
  }
  [[nodiscard]] std::size_t line() const { return line_; }

 private:
  void read_expectation(Words words) {
    std::uint64_t count = 0;
    const auto text = words.size() == 1 ? std::string_view{words[0]} : std::string_view{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (problem != std::errc{} || end != text.data() + text.size()) throw wrong("expect", "the number of events", text);
    if (expected_) throw wrong("expect", "it once", text);
    expected_ = count;
    expected_line_ = line_;
  }

  void read_time(std::string_view text, Words words) {
    const auto time = parse_duration(text);
    if (!time) throw wrong("time", "seconds since the start, such as 7 or 7.5; or rate, schedule, expect", text);
    if (!times_.empty() && *time < times_.back())
      throw wrong("time", "one not before the line above, " + seconds_text(times_.back()), text);
    times_.push_back(*time);
    add(*time, event_from_words(words));
  }

  /// 10/s for 60s, from 5s
  void read_rate(Words words) {
    if (words.size() < 3 || words[1] != "for")
      throw wrong("rate", "N/s for TIME", fmt::format("{}", fmt::join(words, " ")));
    const auto slash = std::min(words[0].find('/'), words[0].size());
    const auto unit = rate_unit(std::string_view{words[0]}.substr(slash));
    std::int64_t count = 0;
    const auto number = std::string_view{words[0]}.substr(0, slash);
    const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (!unit || problem != std::errc{} || end != number.data() + number.size() || count < 1 || count > rate_max)
      throw wrong("rate", "a number from 1 to 1000000, and /s, /min or /h", words[0]);
    const auto length = parse_duration(words[2]);
    if (!length || *length <= Duration{}) throw wrong("for", "a time, such as 60s", words[2]);
    words = words.subspan(3);
    auto from = std::optional{Duration{}};
    if (words.size() >= 2 && words[0] == "from") {
      from = parse_duration(words[1]);
      if (!from) throw wrong("from", "a time, such as 5s", words[1]);
      words = words.subspan(2);
    }
    const auto spec = event_from_words(words);
    for (std::int64_t i = 0;; ++i) {
      const auto after = *unit * i / count;  // i is bounded by event_list_max
      if (after >= *length) return;
      add(*from + after, spec);
    }
  }

  void read_schedule(Words words) {
    if (words.size() < 5)
      throw wrong("schedule", "five fields: minute hour day month weekday", fmt::format("{} of them", words.size()));
    const auto text = fmt::format("{} {} {} {} {}", words[0], words[1], words[2], words[3], words[4]);
    list_.schedules.push_back(
        {.schedule = Schedule::parse(text), .what = event_from_words(words.subspan(5)), .line = line_});
    if (list_.schedules.size() > schedules_max) throw wrong("schedule", "at most 1000 of them", "more");
  }

  void add(Duration at, const EventSpec& spec) {
    if (list_.events.size() == event_list_max)
      throw wrong("list", fmt::format("at most {} events", event_list_max), "more");
    list_.events.push_back({.number = 0, .at = at, .what = spec, .line = line_});
  }

  static std::string seconds_text(Duration time) { return fmt::format("{}", static_cast<double>(time.ns()) / 1e9); }

  static constexpr std::size_t schedules_max = 1'000;

  EventList list_;
  std::vector<Duration> times_;
  std::optional<std::uint64_t> expected_;
  std::size_t expected_line_{0};
  std::size_t line_{0};
};

}  // namespace

EventList parse_event_list(std::string_view text, std::string_view name) {
  ListReader reader;
  const auto complaint = [&](std::size_t line, std::string_view what) {
    return EventListError{line == 0 ? fmt::format("{}: {}", name, what) : fmt::format("{}:{}: {}", name, line, what)};
  };
  if (text.size() > event_list_text_max) throw complaint(0, "size: expected at most 64 MiB");
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > event_line_max) throw complaint(number, "line: expected at most 1 MiB");
    try {
      reader.read_line(line, number);
    } catch (const std::invalid_argument& problem) {
      throw complaint(number, problem.what());
    }
  }
  try {
    return reader.finish();
  } catch (const std::invalid_argument& problem) {
    throw complaint(reader.line(), problem.what());
  }
}

std::vector<Gap> find_gaps(const std::vector<Duration>& times) {
  std::map<Duration, std::size_t> distances;
  for (std::size_t i = 1; i < times.size(); ++i) ++distances[times[i] - times[i - 1]];
  const auto common = std::ranges::max_element(distances, {}, [](const auto& entry) { return entry.second; });
  if (common == distances.end() || common->first <= Duration{} || 2 * common->second < times.size() - 1) return {};
  const auto step = common->first.ns();
  std::vector<Gap> gaps;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const auto distance = (times[i] - times[i - 1]).ns();
    if (distance > step && distance % step == 0)
      gaps.push_back(
          {.after = times[i - 1], .before = times[i], .missing = static_cast<std::uint64_t>(distance / step - 1)});
  }
  return gaps;
}

std::string gap_text(const Gap& gap) {
  const auto text = [](Duration time) { return fmt::format("{} s", static_cast<double>(time.ns()) / 1e9); };
  if (gap.missing == 1) return text(gap.after + (gap.before - gap.after) / 2);
  return fmt::format("{} times between {} and {}", gap.missing, text(gap.after), text(gap.before));
}

std::string paper_event_list(bool is_full) {
  constexpr int missing_second = 44;
  std::string text = is_full ? "# One event a second for a minute, as the paper's text describes it.\nexpect 60\n"
                             : "# The paper's list as its artifact has it: second 44 is missing.\nexpect 59\n";
  for (int second = 1; second <= 60; ++second)
    if (is_full || second != missing_second) text += std::to_string(second) + '\n';
  return text;
}

}  // namespace utnt::fleet
