// SPDX-License-Identifier: BSD-2-Clause
// Vectors from Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012): appendix A works through the 15-byte
// message 00 01 .. 0e under the key 00 01 .. 0f; the other values are the first lines of the authors' test vectors for
// that key.
#include "base/siphash.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/bytes.hpp"
#include "support/bytes.hpp"
#include "support/property.hpp"

namespace utnt {
namespace {

constexpr SipKey paper_key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};

std::vector<std::byte> counting(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

TEST(SipHash, GivesTheValueOfThePapersWorkedExample) {
  EXPECT_EQ(siphash(paper_key, counting(15)), 0xa129ca6149be45e5U);
}

TEST(SipHash, GivesTheAuthorsVectorsForShortMessages) {
  EXPECT_EQ(siphash(paper_key, counting(0)), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(siphash(paper_key, counting(1)), 0x74f839c593dc67fdU);
  EXPECT_EQ(siphash(paper_key, counting(7)), 0xab0200f58b01d137U);
  EXPECT_EQ(siphash(paper_key, counting(8)), 0x93f5f5799a932462U);
  EXPECT_EQ(siphash(paper_key, counting(63)), 0x958a324ceb064572U);
}

PROPERTY("siphash of three words is siphash of their little endian bytes", prng) {
  const SipKey key{prng.next(), prng.next()};
  std::array<std::uint64_t, 3> words{prng.next(), prng.next(), prng.next()};
  std::array<std::byte, 24> bytes;
  for (std::size_t i = 0; i < 3; ++i) store_le(bytes, i * 8, 8, words[i]);
  EXPECT_EQ(siphash(key, words[0], words[1], words[2]), siphash(key, bytes));
}

PROPERTY("siphash changes when one bit of message or key changes", prng) {
  SipKey key{prng.next(), prng.next()};
  auto message = test::random_bytes(prng, 1 + prng.below(40));
  const auto before = siphash(key, message);
  const auto bit = prng.below(8);
  message[prng.below(message.size())] ^= static_cast<std::byte>(1U << bit);
  const auto with_other_message = siphash(key, message);
  EXPECT_NE(with_other_message, before);
  key[prng.below(2)] ^= std::uint64_t{1} << prng.below(64);
  EXPECT_NE(siphash(key, message), with_other_message);
}

}  // namespace
}  // namespace utnt
