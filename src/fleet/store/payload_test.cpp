// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/store/payload.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "support/property.hpp"

namespace utnt::fleet {
namespace {

std::vector<std::byte> any_bytes(Prng& prng, std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(prng.below(256));
  return bytes;
}

PROPERTY("any piece comes back as it was", prng) {
  const auto piece = any_bytes(prng, prng.below(10'000));
  EXPECT_EQ(decompress_piece(compress_piece(piece), piece.size()), piece);
}

PROPERTY("a damaged piece is refused or comes out in its size", prng) {
  const auto piece = any_bytes(prng, 1 + prng.below(2'000));
  auto frame = compress_piece(piece);
  frame.at(prng.below(static_cast<std::uint32_t>(frame.size()))) ^= static_cast<std::byte>(1 + prng.below(255));
  try {
    EXPECT_EQ(decompress_piece(frame, piece.size()).size(), piece.size());
  } catch (const std::runtime_error&) {
    SUCCEED();
  }
}

TEST(Payload, RefusesAPieceOfAnotherSizeThanItsRowSays) {
  const std::vector<std::byte> piece(100);
  const auto frame = compress_piece(piece);
  EXPECT_THROW(decompress_piece(frame, 99), std::runtime_error);
  EXPECT_THROW(decompress_piece(frame, 101), std::runtime_error);
  EXPECT_THROW(decompress_piece(frame, payload_piece_bytes + 1), std::runtime_error);
  EXPECT_THROW(decompress_piece({}, 100), std::runtime_error);
}

}  // namespace
}  // namespace utnt::fleet
