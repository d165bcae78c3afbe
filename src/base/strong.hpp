// SPDX-License-Identifier: BSD-2-Clause
// Makes an integer into a type of its own, so that a TTL is never passed where a port is wanted.
#pragma once

#include <compare>

namespace utnt {

template <class Tag, class Rep>
class Strong {
 public:
  using rep = Rep;
  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_{value} {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(Strong, Strong) = default;

 private:
  Rep value_{};
};

}  // namespace utnt
