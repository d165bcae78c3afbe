// SPDX-License-Identifier: BSD-2-Clause
// When the events of a list are due. Everything runs on the monotonic clock: what a schedule says in calendar time is
// turned into it once, by how the two clocks stood to each other at the start, so that a wall clock that is set moves
// no event and repeats none.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <set>
#include <vector>

#include "base/time.hpp"
#include "fleet/model/event_list.hpp"

namespace utnt::fleet {

/// An event whose time has come.
struct DueEvent {
  std::uint64_t number{0};  ///< scheduled ones: their minute since 1970 and their line, so that it is the same again
  EventSpec what;
};

class EventClock {
 public:
  /// `had`: numbers of events that have become jobs already (an interrupted campaign that goes on).
  EventClock(EventList list, std::set<std::uint64_t> had, Instant start, std::int64_t wall_start_ns);

  std::vector<DueEvent> take_due(Instant now);
  [[nodiscard]] std::optional<Instant> next_at() const;
  /// Nothing more will come. Never, where there is a schedule.
  [[nodiscard]] bool is_over() const { return next_ == list_.events.size() && scheduled_.empty(); }

 private:
  struct Coming {
    Instant at;
    std::int64_t wall_s{0};
    std::size_t schedule{0};
    friend bool operator>(const Coming& a, const Coming& b) { return a.at > b.at; }
  };
  void plan(std::size_t schedule, std::int64_t after_wall_s);

  EventList list_;
  std::set<std::uint64_t> had_;
  std::size_t next_{0};
  Instant start_;
  std::int64_t wall_start_ns_;
  std::priority_queue<Coming, std::vector<Coming>, std::greater<>> scheduled_;
};

}  // namespace utnt::fleet
