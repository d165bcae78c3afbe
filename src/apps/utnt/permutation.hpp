// SPDX-License-Identifier: BSD-2-Clause
// A random order of 0..size-1 that is computed, not stored: probing neighbours one after the other would hit the same
// routers in bursts, and a stored shuffle of a large list costs memory.
// Four rounds of a Feistel network over the next even number of bits, walked until the value falls inside the range
// (format-preserving encryption by cycle walking: Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002).
#pragma once

#include <cstdint>

#include "base/siphash.hpp"

namespace utnt::apps {

class Permutation {
 public:
  /// Every (size, seed) is one fixed order on every machine.
  Permutation(std::uint64_t size, std::uint64_t seed);
  /// The element at `position`; both below size. About two cipher calls on average, never more than four expected.
  [[nodiscard]] std::uint64_t at(std::uint64_t position) const;

 private:
  [[nodiscard]] std::uint64_t encrypt(std::uint64_t value) const;

  std::uint64_t size_;
  unsigned half_bits_{1};
  SipKey key_;
};

}  // namespace utnt::apps
