// SPDX-License-Identifier: BSD-2-Clause
// One MPLS label stack entry. Sources: RFC 3032 section 2.1, RFC 5462.
#pragma once

#include <cstdint>

#include "base/units.hpp"

namespace utnt::wire {

namespace label {
inline constexpr MplsLabel ipv4_explicit_null{0}, router_alert{1}, ipv6_explicit_null{2}, implicit_null{3};
inline constexpr MplsLabel first_ordinary{16}, last{0xfffff};
}  // namespace label

/// label(20) | traffic class(3) | bottom of stack(1) | TTL(8), as one 32-bit word.
class LabelStackEntry {
 public:
  constexpr LabelStackEntry() = default;
  constexpr explicit LabelStackEntry(std::uint32_t word) : word_{word} {}
  constexpr LabelStackEntry(MplsLabel label, std::uint8_t traffic_class, bool bottom, Ttl ttl)
      : word_{(label.value() & 0xfffffU) << 12 | (traffic_class & 7U) << 9 | (bottom ? 1U : 0U) << 8 | ttl.value()} {}
  [[nodiscard]] constexpr MplsLabel label() const { return MplsLabel{word_ >> 12}; }
  [[nodiscard]] constexpr std::uint8_t traffic_class() const { return static_cast<std::uint8_t>(word_ >> 9 & 7U); }
  [[nodiscard]] constexpr bool bottom() const { return (word_ & 0x100U) != 0; }
  [[nodiscard]] constexpr Ttl ttl() const { return Ttl{static_cast<std::uint8_t>(word_ & 0xffU)}; }
  [[nodiscard]] constexpr std::uint32_t word() const { return word_; }
  friend constexpr auto operator<=>(LabelStackEntry, LabelStackEntry) = default;

 private:
  std::uint32_t word_{0};
};

}  // namespace utnt::wire
