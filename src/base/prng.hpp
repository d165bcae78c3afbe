// SPDX-License-Identifier: BSD-2-Clause
// A small seeded generator with the same numbers on every platform and library.
// Source: the public-domain algorithm SplitMix64 (Steele, Lea, Flood 2014); not for secrets.
#pragma once

#include <cstdint>

#include "base/assert.hpp"

namespace utnt {

/// One SplitMix64 output for state `x`: a bijective mixing of 64 bits.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

class Prng {
 public:
  constexpr explicit Prng(std::uint64_t seed) : state_{seed} {}
  constexpr std::uint64_t next() {
    const auto out = mix64(state_);
    state_ += 0x9e3779b97f4a7c15U;
    return out;
  }
  /// Uniform in [0, bound); `bound` > 0. The bias is below 2^-32 for bounds below 2^32.
  constexpr std::uint64_t below(std::uint64_t bound) {
    UTNT_ASSERT(bound > 0);
    if (bound <= 0xffff'ffffU) return ((next() >> 32) * bound) >> 32;
    return next() % bound;
  }
  /// True with probability `numerator` / `denominator`.
  constexpr bool chance(std::uint64_t numerator, std::uint64_t denominator) { return below(denominator) < numerator; }

 private:
  std::uint64_t state_;
};

}  // namespace utnt
