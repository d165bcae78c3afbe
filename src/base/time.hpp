// SPDX-License-Identifier: BSD-2-Clause
// Points in time and spans of time, in nanoseconds, as distinct types. The pure code never reads a clock:
// an Instant is an argument, and its zero is whatever the platform chose (boot, start of the program, start of the
// emulation).
#pragma once

#include <compare>
#include <cstdint>

namespace utnt {

class Duration {
 public:
  constexpr Duration() = default;
  constexpr explicit Duration(std::int64_t nanoseconds) : ns_{nanoseconds} {}
  [[nodiscard]] constexpr std::int64_t ns() const { return ns_; }
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration{a.ns_ + b.ns_}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration{a.ns_ - b.ns_}; }
  friend constexpr Duration operator*(Duration a, std::int64_t k) { return Duration{a.ns_ * k}; }
  friend constexpr Duration operator/(Duration a, std::int64_t k) { return Duration{a.ns_ / k}; }

 private:
  std::int64_t ns_{0};
};

class Instant {
 public:
  constexpr Instant() = default;
  constexpr explicit Instant(std::int64_t nanoseconds_since_zero) : ns_{nanoseconds_since_zero} {}
  /// Nanoseconds since the platform's zero.
  [[nodiscard]] constexpr std::int64_t ns() const { return ns_; }
  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Duration operator-(Instant a, Instant b) { return Duration{a.ns_ - b.ns_}; }
  friend constexpr Instant operator+(Instant a, Duration d) { return Instant{a.ns_ + d.ns()}; }
  friend constexpr Instant operator-(Instant a, Duration d) { return Instant{a.ns_ - d.ns()}; }

 private:
  std::int64_t ns_{0};
};

inline namespace literals {
constexpr Duration operator""_ns(unsigned long long n) { return Duration{static_cast<std::int64_t>(n)}; }
constexpr Duration operator""_us(unsigned long long n) { return Duration{static_cast<std::int64_t>(n) * 1'000}; }
constexpr Duration operator""_ms(unsigned long long n) { return Duration{static_cast<std::int64_t>(n) * 1'000'000}; }
constexpr Duration operator""_s(unsigned long long n) { return Duration{static_cast<std::int64_t>(n) * 1'000'000'000}; }
}  // namespace literals

}  // namespace utnt
