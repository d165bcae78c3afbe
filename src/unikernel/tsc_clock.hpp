// SPDX-License-Identifier: BSD-2-Clause
// Nanoseconds from the time-stamp counter: a 32.32 fixed-point multiplication, no division on the fast path. The
// frequency is given, or found from pairs of TSC and another clock while the program runs.
// Source: the unikernel specification, sections 4.1 and 12.2.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace utnt::unikernel {

inline std::uint64_t read_tsc() {
  std::uint32_t low = 0, high = 0;
  asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return std::uint64_t{high} << 32 | low;
}

class TscClock {
 public:
  /// `hz` = 0: not known yet, or not believable (outside 0.5 to 8 GHz).
  void start(std::uint64_t hz, std::uint64_t tsc, std::uint64_t mono_ns) {
    tsc0_ = tsc;
    mono0_ = mono_ns;
    if (hz >= 500'000'000 && hz <= 8'000'000'000) set_rate(1'000'000'000, hz);
  }
  [[nodiscard]] bool is_calibrated() const { return multiplier_ != 0; }
  /// Monotonic even where the calibrated clock runs a little behind the one that it replaces.
  [[nodiscard]] Instant at(std::uint64_t tsc) const {
    __extension__ using Wide = unsigned __int128;
    const auto product = static_cast<Wide>(tsc - tsc0_) * multiplier_;
    return Instant{static_cast<std::int64_t>(mono0_ + static_cast<std::uint64_t>(product >> 32))};
  }
  /// A reading of both clocks at one moment; calibrates once the first and the last lie 20 ms apart.
  void add_pair(std::uint64_t tsc, std::uint64_t mono_ns) {
    if (first_mono_ == 0) {
      first_mono_ = mono_ns;
      first_tsc_ = tsc;
      return;
    }
    constexpr std::uint64_t span_min_ns = 20'000'000;
    if (mono_ns - first_mono_ < span_min_ns || tsc <= first_tsc_) return;
    set_rate(mono_ns - first_mono_, tsc - first_tsc_);
    tsc0_ = tsc;
    mono0_ = mono_ns;
  }

 private:
  void set_rate(std::uint64_t ns, std::uint64_t ticks) {
    // Both sides keep 31 bits and more: precise to a billionth, and no division of 128 bits.
    while (ns >> 31 != 0) {
      ns >>= 1;
      ticks >>= 1;
    }
    multiplier_ = (ns << 32) / ticks;
  }

  std::uint64_t multiplier_{0};  ///< nanoseconds per tick, 32.32
  std::uint64_t tsc0_{0};
  std::uint64_t mono0_{0};
  std::uint64_t first_tsc_{0};
  std::uint64_t first_mono_{0};
};

}  // namespace utnt::unikernel
