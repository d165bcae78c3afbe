// SPDX-License-Identifier: BSD-2-Clause
// First-in first-out queues of small indices, linked through one shared array: an index is in at most one queue of
// those that share the array, and moving it costs no memory.
#pragma once

#include <cstdint>
#include <span>

#include "base/assert.hpp"

namespace utnt {

inline constexpr std::uint32_t no_index = 0xffff'ffffU;

struct IndexQueue {
  std::uint32_t head{no_index};
  std::uint32_t tail{no_index};

  [[nodiscard]] bool empty() const { return head == no_index; }
  void push(std::span<std::uint32_t> next, std::uint32_t index) {
    next[index] = no_index;
    if (empty()) {
      head = index;
    } else {
      next[tail] = index;
    }
    tail = index;
  }
  /// Removes the oldest index; asserts that there is one.
  std::uint32_t pop(std::span<std::uint32_t> next) {
    UTNT_ASSERT(!empty());
    const auto index = head;
    head = next[index];
    if (empty()) tail = no_index;
    return index;
  }
  /// Appends all of `other`, which becomes empty.
  void append(std::span<std::uint32_t> next, IndexQueue& other) {
    if (other.empty()) return;
    if (empty()) {
      head = other.head;
    } else {
      next[tail] = other.head;
    }
    tail = other.tail;
    other = {};
  }
};

/// A stack of free slot numbers 0..n-1 over caller's memory; the lowest number comes first when fresh.
class FreeList {
 public:
  FreeList() = default;
  explicit FreeList(std::span<std::uint32_t> slots) : slots_{slots}, count_{slots.size()} {
    for (std::size_t i = 0; i < slots.size(); ++i) slots_[i] = static_cast<std::uint32_t>(slots.size() - 1 - i);
  }
  [[nodiscard]] std::size_t available() const { return count_; }
  /// no_index when none is free.
  std::uint32_t take() { return count_ == 0 ? no_index : slots_[--count_]; }
  void give(std::uint32_t slot) {
    UTNT_ASSERT(count_ < slots_.size());
    slots_[count_++] = slot;
  }

 private:
  std::span<std::uint32_t> slots_;
  std::size_t count_{0};
};

}  // namespace utnt
