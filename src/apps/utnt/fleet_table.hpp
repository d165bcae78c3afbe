// SPDX-License-Identifier: BSD-2-Clause
// The live view of `utnt fleet run` on a terminal: a table that rewrites itself in place, and lines that scroll away
// above it. Never wider or higher than the terminal, or it could not be taken back.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "fleet/controller/live_state.hpp"

namespace utnt::apps {

struct TableSize {
  std::size_t columns{80};
  std::size_t rows{24};
};

struct TableHead {
  std::string campaign;
  std::string policy;
};

/// What stands in it: fewer lines than `size.rows`, each shorter than `size.columns`.
std::vector<std::string> fleet_table(const fleet::LiveState& state, const TableHead& head, Duration running,
                                     const TableSize& size, Instant now);

class FleetTable {
 public:
  /// `descriptor` is a terminal's; not owned. `state` must outlive it.
  FleetTable(int descriptor, const fleet::LiveState& state);

  void set_head(TableHead head) { head_ = std::move(head); }
  /// Draws it anew when something has changed, a few times a second at the most; `at_once`: in any case.
  void draw(Instant now, bool at_once = false);
  /// A line that scrolls away above the table.
  void print_above(const std::string& line);

  /// Whether a table makes sense there: a terminal that can move its cursor.
  static bool fits(int descriptor);

 private:
  void write(const std::string& text) const;
  [[nodiscard]] std::string erased();

  int descriptor_;
  const fleet::LiveState& state_;
  TableHead head_;
  Instant started_;
  Instant drawn_;
  std::uint64_t version_{0};
  std::size_t lines_{0};  ///< that stand there now
};

}  // namespace utnt::apps
