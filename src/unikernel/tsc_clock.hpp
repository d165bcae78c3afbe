// SPDX-License-Identifier: BSD-2-Clause
// Nanoseconds from the time-stamp counter: a 32.32 fixed-point multiplication, no division on the fast path. The
// frequency is given, or found from pairs of TSC and another clock while the program runs; more pairs keep the two in
// step, by small changes of speed. A counter that jumps, because the machine was stopped or moved, is noticed.
// Source: the unikernel specification, sections 4.1 and 12.2.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace utnt::unikernel {

class TscClock {
 public:
  /// `hz` = 0: not known yet, or not believable (outside 0.5 to 8 GHz).
  void start(std::uint64_t hz, std::uint64_t tsc, std::uint64_t mono_ns) {
    tsc0_ = tsc;
    mono0_ = mono_ns;
    if (hz < 500'000'000 || hz > 8'000'000'000) return;
    multiplier_ = rate(second_ns, hz);
    remember(tsc, mono_ns);
    next_pair_ = tsc + ticks_per_second();
  }
  [[nodiscard]] bool is_calibrated() const { return multiplier_ != 0; }
  /// Whether add_pair() should be called now: until the speed is known, and about once a second to keep in step.
  [[nodiscard]] bool wants_pair(std::uint64_t tsc) const {
    return multiplier_ == 0 || tsc >= next_pair_ || has_gone_back(tsc, tsc0_);
  }
  /// Never goes back as long as the TSC does not: a new pair changes the speed, not the time.
  [[nodiscard]] Instant at(std::uint64_t tsc) const { return Instant{static_cast<std::int64_t>(nanoseconds_at(tsc))}; }
  /// The same where there is no other clock: when the counter jumps back, time goes on from what was shown last.
  Instant follow(std::uint64_t tsc) {
    if (has_gone_back(tsc, followed_)) {
      mono0_ = nanoseconds_at(followed_);
      tsc0_ = tsc;
    }
    followed_ = tsc;
    return at(tsc);
  }
  /// A reading of both clocks at one moment; calibrates once the first and the last lie 20 ms apart.
  void add_pair(std::uint64_t tsc, std::uint64_t mono_ns) {
    if (!has_first_) return remember(tsc, mono_ns);
    if (is_calibrated() && has_jumped(tsc, mono_ns)) return restart(tsc, mono_ns);
    if (tsc <= first_tsc_ || mono_ns < first_mono_ + span_min_ns) return;
    const auto measured = rate(mono_ns - first_mono_, tsc - first_tsc_);
    if (measured == 0) return;
    const auto shown = is_calibrated() ? nanoseconds_at(tsc) : mono_ns;
    const auto behind = static_cast<std::int64_t>(mono_ns - shown);
    tsc0_ = tsc;
    mono0_ = behind > step_min_ns ? mono_ns : shown;
    multiplier_ = behind > step_min_ns ? measured : catching_up(measured, behind);
    next_pair_ = tsc + ticks_per_second();
  }

 private:
  static constexpr std::uint64_t second_ns = 1'000'000'000, span_min_ns = 20'000'000;
  static constexpr std::int64_t step_min_ns = 1'000'000;  ///< a clock that is further behind jumps forward

  static constexpr std::int64_t jump_min_ns = 500'000'000;
  static constexpr std::uint64_t lag_ticks = 1'000'000;  ///< two processors' counters may differ by less

  static bool has_gone_back(std::uint64_t tsc, std::uint64_t from) { return tsc < from && from - tsc > lag_ticks; }
  /// No wrong speed explains an error of half a second and half the time since the last pair.
  [[nodiscard]] bool has_jumped(std::uint64_t tsc, std::uint64_t mono_ns) const {
    if (has_gone_back(tsc, tsc0_)) return true;
    const auto error = static_cast<std::int64_t>(mono_ns - nanoseconds_at(tsc));
    const auto elapsed = static_cast<std::int64_t>(mono_ns - mono0_);
    const auto size = error < 0 ? -error : error;
    return size > jump_min_ns && size > elapsed / 2;
  }
  /// The speed stays; time goes on from the other clock's, but never back.
  void restart(std::uint64_t tsc, std::uint64_t mono_ns) {
    tsc0_ = tsc;
    if (mono_ns > mono0_) mono0_ = mono_ns;
    remember(tsc, mono_ns);
    next_pair_ = tsc + ticks_per_second();
  }
  void remember(std::uint64_t tsc, std::uint64_t mono_ns) {
    has_first_ = true;
    first_tsc_ = tsc;
    first_mono_ = mono_ns;
  }
  [[nodiscard]] std::uint64_t nanoseconds_at(std::uint64_t tsc) const {
    __extension__ using Wide = unsigned __int128;
    const auto ticks = tsc > tsc0_ ? tsc - tsc0_ : 0;  // two processors' counters may differ by a few ticks
    return mono0_ + static_cast<std::uint64_t>(static_cast<Wide>(ticks) * multiplier_ >> 32);
  }
  /// Nanoseconds per tick, 32.32.
  static std::uint64_t rate(std::uint64_t ns, std::uint64_t ticks) {
    // Both sides keep 31 bits and more: precise to a billionth, and no division of 128 bits.
    while (ns >> 31 != 0) {
      ns >>= 1;
      ticks >>= 1;
    }
    return ticks == 0 ? 0 : (ns << 32) / ticks;
  }
  /// The speed that brings the clock back in step within a second; at least half the true one, so that time goes on.
  static std::uint64_t catching_up(std::uint64_t measured, std::int64_t behind_ns) {
    constexpr std::int64_t ahead_max = second_ns / 2;
    const auto bounded = behind_ns < -ahead_max ? -ahead_max : behind_ns;
    // In two steps, so that the product stays below 2^63 (at 0.5 GHz the rate is 2^33).
    const auto part = static_cast<std::int64_t>(measured >> 10) * bounded / static_cast<std::int64_t>(second_ns >> 10);
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(measured) + part);
  }
  [[nodiscard]] std::uint64_t ticks_per_second() const { return (second_ns << 32) / multiplier_; }

  std::uint64_t multiplier_{0};  ///< nanoseconds per tick, 32.32
  std::uint64_t tsc0_{0};
  std::uint64_t mono0_{0};
  std::uint64_t first_tsc_{0};
  std::uint64_t first_mono_{0};
  std::uint64_t next_pair_{0};
  std::uint64_t followed_{0};
  bool has_first_{false};
};

}  // namespace utnt::unikernel
