// SPDX-License-Identifier: BSD-2-Clause
// See permutation.hpp.
#include "apps/utnt/permutation.hpp"

#include <bit>

#include "base/assert.hpp"
#include "base/prng.hpp"

namespace utnt::apps {

namespace {
constexpr unsigned rounds = 4;
}

Permutation::Permutation(std::uint64_t size, std::uint64_t seed)
    : size_{size}, key_{mix64(seed), mix64(seed + 0x6f72646572U)} {
  const auto bits = size > 1 ? static_cast<unsigned>(std::bit_width(size - 1)) : 1U;
  UTNT_ASSERT(bits <= 62);
  half_bits_ = (bits + 1) / 2;
}

std::uint64_t Permutation::encrypt(std::uint64_t value) const {
  const auto mask = (std::uint64_t{1} << half_bits_) - 1;
  auto left = value >> half_bits_;
  auto right = value & mask;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const auto mixed = left ^ (siphash(key_, round, right, 0) & mask);
    left = right;
    right = mixed;
  }
  return left << half_bits_ | right;
}

std::uint64_t Permutation::at(std::uint64_t position) const {
  UTNT_ASSERT(position < size_);
  auto value = encrypt(position);
  while (value >= size_) value = encrypt(value);
  return value;
}

}  // namespace utnt::apps
