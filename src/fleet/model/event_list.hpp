// SPDX-License-Identifier: BSD-2-Clause
// The list of events that a campaign is: one line an event, its time in seconds, and what it asks for. Rates stand for
// many events, schedules for those that come again. The format is documented in docs/reference/fleet.md.
//   7.5  targets=192.0.2.1 nodes=tag:eu count=2 priority=5 start-by=10s
//   rate 10/s for 60s from 5s  nodes=all
//   schedule */5 * * * *  count=all
//   expect 59
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "fleet/model/event_spec.hpp"
#include "fleet/model/schedule.hpp"

namespace utnt::fleet {

struct Event {
  std::uint64_t number{0};  ///< place in the list, from 1
  Duration at;              ///< after the start
  EventSpec what;
  std::size_t line{0};
};

struct ScheduledEvent {
  Schedule schedule;
  EventSpec what;
  std::size_t line{0};
};

/// Times that an otherwise even list lacks.
struct Gap {
  Duration after;
  Duration before;
  std::uint64_t missing{0};
};

struct EventList {
  std::vector<Event> events;  ///< by time; of equal times by line
  std::vector<ScheduledEvent> schedules;
  std::vector<Gap> gaps;
};

inline constexpr std::size_t event_list_max = 200'000;  ///< events
inline constexpr std::size_t event_list_text_max = std::size_t{64} << 20;
inline constexpr std::size_t event_line_max = std::size_t{1} << 20;

/// FILE:LINE: FIELD: expected ..., found ...
class EventListError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// `name` stands for the file in complaints. Throws EventListError, for a list without events too.
EventList parse_event_list(std::string_view text, std::string_view name);

/// Gaps of times in order: their commonest distance is the step, if at least half of the distances are it.
std::vector<Gap> find_gaps(const std::vector<Duration>& times);
/// "44 s" or "10 times between 3 s and 14 s": for people.
std::string gap_text(const Gap& gap);

/// The list that the paper's artifact has (seconds 1 to 60, one event each, without 44: 59), or the one that its text
/// describes (all 60).
std::string paper_event_list(bool is_full);

}  // namespace utnt::fleet
