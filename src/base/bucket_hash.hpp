// SPDX-License-Identifier: BSD-2-Clause
// Which bucket of a hash table a key belongs to: a secret multiplier keeps others from choosing keys that collide, at a
// tenth of what SipHash costs. The result must not leave the program: it is no message authentication.
// Source: Dietzfelbinger et al., "A reliable randomized algorithm for the closest-pair problem" (1997), multiply-shift.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/siphash.hpp"

namespace utnt {

/// Below `buckets`, which is at least 1 and below 2^32.
constexpr std::size_t bucket_of(const SipKey& secret, std::uint64_t a, std::uint64_t b, std::size_t buckets) {
  std::uint64_t x = (a ^ secret[0]) * (secret[1] | 1U);
  x = (x ^ x >> 32 ^ b) * (secret[0] | 1U);
  return static_cast<std::size_t>((x >> 32) * buckets >> 32);
}

}  // namespace utnt
