// SPDX-License-Identifier: BSD-2-Clause
#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "support/bytes.hpp"
#include "support/property.hpp"

namespace utnt {
namespace {

using test::bytes_of;

TEST(Bytes, AreReadInNetworkOrder) {
  const auto b = bytes_of("00 01 02 03 04 05 06 07 08");
  EXPECT_EQ(load_u8(b, 8), 0x08);
  EXPECT_EQ(load_be16(b, 1), 0x0102);
  EXPECT_EQ(load_be32(b, 1), 0x01020304U);
  EXPECT_EQ(load_be64(b, 1), 0x0102030405060708U);
}

TEST(Bytes, AreWrittenInNetworkOrder) {
  std::array<std::byte, 15> b{};
  store_u8(b, 0, 0xff);
  store_be16(b, 1, 0x0102);
  store_be32(b, 3, 0x03040506);
  store_be64(b, 7, 0x0708090a0b0c0d0eU);
  EXPECT_EQ(test::hex_of(b), "ff 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e");
}

TEST(Bytes, AreReadAndWrittenInLittleEndianOrder) {
  std::array<std::byte, 3> b{};
  store_le(b, 0, 3, 0x030201);
  EXPECT_EQ(test::hex_of(b), "01 02 03");
  EXPECT_EQ(load_le(b, 0, 3), 0x030201U);
  EXPECT_EQ(load_le(b, 1, 2), 0x0302U);
  EXPECT_EQ(load_le(b, 3, 0), 0U);
}

TEST(Bytes, GiveTheSameAtCompileTime) {
  constexpr auto round_trip = [] {
    std::array<std::byte, 8> b{};
    store_be64(b, 0, 0x1122334455667788U);
    return load_be16(b, 0) == 0x1122 && load_be32(b, 2) == 0x33445566U && load_be64(b, 0) == 0x1122334455667788U;
  }();
  static_assert(round_trip);
}

TEST(Bytes, CopyEmptySpans) {
  std::array<std::byte, 2> to{std::byte{7}, std::byte{8}};
  copy_bytes(to, {});
  copy_bytes(MutableBytes{}, ConstBytes{});
  fill_zero(MutableBytes{});
  EXPECT_EQ(test::hex_of(to), "07 08");
  copy_bytes(to, bytes_of("01"));
  EXPECT_EQ(test::hex_of(to), "01 08");
  fill_zero(to);
  EXPECT_EQ(test::hex_of(to), "00 00");
}

TEST(BytesDeathTest, StopTheProgramAtTheirEnd) {
  std::array<std::byte, 7> b{};
  EXPECT_DEATH(static_cast<void>(load_u8(b, 7)), "assertion failed");
  EXPECT_DEATH(static_cast<void>(load_be16(b, 6)), "assertion failed");
  EXPECT_DEATH(static_cast<void>(load_be32(b, 4)), "assertion failed");
  EXPECT_DEATH(static_cast<void>(load_be64(b, 0)), "assertion failed");
  EXPECT_DEATH(static_cast<void>(load_be16(b, std::numeric_limits<std::size_t>::max())), "assertion failed");
  EXPECT_DEATH(store_be32(b, 5, 1), "assertion failed");
  EXPECT_DEATH(copy_bytes(MutableBytes{b}.first(1), b), "assertion failed");
}

PROPERTY("what was stored is loaded, and the neighbours stay", prng) {
  auto b = test::random_bytes(prng, 24);
  const auto before = b;
  const auto at = 1 + prng.below(15);
  const auto value = prng.next();
  const std::size_t width = std::size_t{2} << prng.below(3);
  if (width == 2) store_be16(b, at, static_cast<std::uint16_t>(value));
  if (width == 4) store_be32(b, at, static_cast<std::uint32_t>(value));
  if (width == 8) store_be64(b, at, value);
  std::uint64_t byte_by_byte = 0;
  for (std::size_t i = 0; i < width; ++i) byte_by_byte = byte_by_byte << 8 | load_u8(b, at + i);
  EXPECT_EQ(byte_by_byte, width == 8 ? value : value & ((std::uint64_t{1} << (8 * width)) - 1));
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (i < at || i >= at + width) {
      EXPECT_EQ(b[i], before[i]) << i;
    }
  }
}

}  // namespace
}  // namespace utnt
