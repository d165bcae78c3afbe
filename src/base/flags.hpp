// SPDX-License-Identifier: BSD-2-Clause
// A set of bits named by an enum class whose values are single bits.
#pragma once

#include <type_traits>

namespace utnt {

template <class Enum>
class Flags {
 public:
  using Rep = std::underlying_type_t<Enum>;
  constexpr Flags() = default;
  constexpr Flags(Enum bit) : bits_{static_cast<Rep>(bit)} {}
  constexpr static Flags from_bits(Rep bits) {
    Flags f;
    f.bits_ = bits;
    return f;
  }
  [[nodiscard]] constexpr Rep bits() const { return bits_; }
  [[nodiscard]] constexpr bool has(Enum bit) const { return (bits_ & static_cast<Rep>(bit)) != 0; }
  [[nodiscard]] constexpr bool has_any(Flags other) const { return (bits_ & other.bits_) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  constexpr void set(Flags other) { bits_ = static_cast<Rep>(bits_ | other.bits_); }
  constexpr void clear(Flags other) { bits_ = static_cast<Rep>(bits_ & static_cast<Rep>(~other.bits_)); }
  friend constexpr Flags operator|(Flags a, Flags b) { return from_bits(static_cast<Rep>(a.bits_ | b.bits_)); }
  friend constexpr Flags operator&(Flags a, Flags b) { return from_bits(static_cast<Rep>(a.bits_ & b.bits_)); }
  friend constexpr bool operator==(Flags, Flags) = default;

 private:
  Rep bits_{0};
};

}  // namespace utnt
