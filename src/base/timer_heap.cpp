// SPDX-License-Identifier: BSD-2-Clause
#include "base/timer_heap.hpp"

namespace utnt {

TimerHeap::TimerHeap(std::span<Node> nodes, std::span<std::uint32_t> positions) : nodes_{nodes}, positions_{positions} {
  for (auto& position : positions_) position = no_index;
}

void TimerHeap::place(std::size_t at, const Node& node) {
  nodes_[at] = node;
  positions_[node.id] = static_cast<std::uint32_t>(at);
}

void TimerHeap::sift_up(std::size_t at, const Node& node) {
  while (at > 0) {
    const auto parent = (at - 1) / 2;
    if (!before(node, nodes_[parent])) break;
    place(at, nodes_[parent]);
    at = parent;
  }
  place(at, node);
}

void TimerHeap::sift_down(std::size_t at, const Node& node) {
  for (;;) {
    auto child = 2 * at + 1;
    if (child >= size_) break;
    if (child + 1 < size_ && before(nodes_[child + 1], nodes_[child])) ++child;
    if (!before(nodes_[child], node)) break;
    place(at, nodes_[child]);
    at = child;
  }
  place(at, node);
}

void TimerHeap::set(std::uint32_t id, Instant at) {
  const Node node{at, id};
  if (positions_[id] == no_index) {
    UTNT_ASSERT(size_ < nodes_.size());
    sift_up(size_++, node);
    return;
  }
  const auto position = positions_[id];
  if (nodes_[position].at == at) return;
  if (before(node, nodes_[position])) {
    sift_up(position, node);
  } else {
    sift_down(position, node);
  }
}

void TimerHeap::cancel(std::uint32_t id) {
  const auto position = positions_[id];
  if (position == no_index) return;
  positions_[id] = no_index;
  const auto last = nodes_[--size_];
  if (position == size_) return;
  if (position > 0 && before(last, nodes_[(position - 1) / 2])) {
    sift_up(position, last);
  } else {
    sift_down(position, last);
  }
}

std::optional<Instant> TimerHeap::earliest() const {
  if (size_ == 0) return std::nullopt;
  return nodes_[0].at;
}

std::optional<std::uint32_t> TimerHeap::pop_due(Instant now) {
  if (size_ == 0 || nodes_[0].at > now) return std::nullopt;
  const auto id = nodes_[0].id;
  cancel(id);
  return id;
}

}  // namespace utnt
