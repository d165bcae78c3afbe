// SPDX-License-Identifier: BSD-2-Clause
// A binary heap of deadlines for small dense ids, with change and cancel in O(log n). One deadline an id; ties by id.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/index_queue.hpp"
#include "base/time.hpp"

namespace utnt {

class TimerHeap {
 public:
  struct Node {
    Instant at;
    std::uint32_t id{0};
  };

  TimerHeap() = default;
  /// Both spans as long as there are ids.
  TimerHeap(std::span<Node> nodes, std::span<std::uint32_t> positions);

  void set(std::uint32_t id, Instant at);
  /// Like set(), unless an earlier deadline stands already.
  void set_no_later(std::uint32_t id, Instant at) {
    if (positions_[id] == no_index || at < nodes_[positions_[id]].at) set(id, at);
  }
  void cancel(std::uint32_t id);
  [[nodiscard]] std::optional<Instant> earliest() const;
  /// The id with the earliest deadline if that is at or before `now`; it is removed.
  std::optional<std::uint32_t> pop_due(Instant now);

 private:
  static bool before(const Node& a, const Node& b) { return a.at != b.at ? a.at < b.at : a.id < b.id; }
  void place(std::size_t at, const Node& node);
  void sift_up(std::size_t at, const Node& node);
  void sift_down(std::size_t at, const Node& node);

  std::span<Node> nodes_;
  std::span<std::uint32_t> positions_;  ///< by id: index in nodes_, or no_index
  std::size_t size_{0};
};

}  // namespace utnt
