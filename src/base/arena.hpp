// SPDX-License-Identifier: BSD-2-Clause
// Carves arrays out of one block of memory given at start. The same code runs twice: first on an arena without memory,
// to learn how much is needed, then on the real one; so the two can never disagree. Memory that is known to be zero is
// not written where zeros are what its elements begin with: pages that nobody uses stay untouched.
#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <type_traits>

#include "base/assert.hpp"

namespace utnt {

/// What stands in memory that is handed over.
enum class MemoryHolds : unsigned char { anything, zeros };

class Arena {
 public:
  static constexpr std::size_t alignment = 64;

  /// Only counts: the spans that take() returns must not be touched.
  constexpr Arena() = default;
  /// Carves from `memory`, whose start must be aligned to `alignment`.
  explicit Arena(std::span<std::byte> memory, MemoryHolds content = MemoryHolds::anything)
      : memory_{memory}, counting_{false}, is_zero_{content == MemoryHolds::zeros} {}

  /// `count` value-initialised elements, aligned to a cache line. Asserts that they fit.
  template <class T>
  std::span<T> take(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    static_assert(alignof(T) <= alignment);
    const auto at = used_;
    used_ = (used_ + count * sizeof(T) + alignment - 1) / alignment * alignment;
    if (counting_) return {};
    UTNT_ASSERT(used_ <= memory_.size());
    auto* first = reinterpret_cast<T*>(memory_.data() + at);
    if constexpr (std::is_trivially_copyable_v<T>) {
      if (count == 0) return {};
      ::new (first) T();
      repeat(memory_.data() + at, sizeof(T), count);  // C++20 lets such objects begin with their bytes
    } else {
      for (std::size_t i = 0; i < count; ++i) ::new (first + i) T();
    }
    return {first, count};
  }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  /// Makes the elements behind the first its copies, unless all are zeros, which are there already. One function for
  /// all types: a loop for each would make small programs larger.
  void repeat(std::byte* first, std::size_t bytes, std::size_t count) const;

  std::span<std::byte> memory_;
  std::size_t used_{0};
  bool counting_{true};
  bool is_zero_{false};
};

}  // namespace utnt
