// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/event_clock.hpp"

#include <utility>

namespace utnt::fleet {
namespace {

constexpr std::int64_t second = 1'000'000'000;

}  // namespace

EventClock::EventClock(EventList list, std::set<std::uint64_t> had, Instant start, std::int64_t wall_start_ns)
    : list_{std::move(list)}, had_{std::move(had)}, start_{start}, wall_start_ns_{wall_start_ns} {
  for (std::size_t i = 0; i < list_.schedules.size(); ++i) plan(i, wall_start_ns_ / second);
}

void EventClock::plan(std::size_t schedule, std::int64_t after_wall_s) {
  const auto wall = list_.schedules[schedule].schedule.next(after_wall_s);
  scheduled_.push({.at = start_ + Duration{wall * second - wall_start_ns_}, .wall_s = wall, .schedule = schedule});
}

std::vector<DueEvent> EventClock::take_due(Instant now) {
  std::vector<DueEvent> due;
  for (; next_ < list_.events.size() && start_ + list_.events[next_].at <= now; ++next_) {
    const auto& event = list_.events[next_];
    if (!had_.contains(event.number)) due.push_back({.number = event.number, .what = event.what});
  }
  while (!scheduled_.empty() && scheduled_.top().at <= now) {
    const auto coming = scheduled_.top();
    scheduled_.pop();
    constexpr std::uint64_t lines = 1'000'000, minute = 60;
    const auto& scheduled = list_.schedules[coming.schedule];
    const auto number = static_cast<std::uint64_t>(coming.wall_s) / minute * lines + scheduled.line;
    if (!had_.contains(number)) due.push_back({.number = number, .what = scheduled.what});
    plan(coming.schedule, coming.wall_s);
  }
  return due;
}

std::optional<Instant> EventClock::next_at() const {
  std::optional<Instant> next;
  if (next_ < list_.events.size()) next = start_ + list_.events[next_].at;
  if (!scheduled_.empty() && (!next || scheduled_.top().at < *next)) next = scheduled_.top().at;
  return next;
}

}  // namespace utnt::fleet
