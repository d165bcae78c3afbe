// SPDX-License-Identifier: BSD-2-Clause
// Carves arrays out of one block of memory given at start. The same code runs twice: first on an arena without memory,
// to learn how much is needed, then on the real one; so the two can never disagree.
#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <type_traits>

#include "base/assert.hpp"

namespace utnt {

class Arena {
 public:
  static constexpr std::size_t alignment = 64;

  /// Only counts: the spans that take() returns must not be touched.
  constexpr Arena() = default;
  /// Carves from `memory`, whose start must be aligned to `alignment`.
  explicit Arena(std::span<std::byte> memory) : memory_{memory}, counting_{false} {}

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
    for (std::size_t i = 0; i < count; ++i) ::new (first + i) T();
    return {first, count};
  }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  std::span<std::byte> memory_;
  std::size_t used_{0};
  bool counting_{true};
};

}  // namespace utnt
