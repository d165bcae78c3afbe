// SPDX-License-Identifier: BSD-2-Clause
#include "abi/block_log.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace utnt::abi {
namespace {

std::vector<std::byte> block_of(std::size_t payload, std::uint32_t number, std::uint64_t stream) {
  std::vector<std::byte> block(block_bytes, std::byte{0xaa});
  for (std::size_t i = 0; i < payload; ++i) block[block_header_bytes + i] = static_cast<std::byte>(i * 5);
  seal_block(block, payload, number, stream);
  return block;
}

TEST(LogBlock, comes_back_with_its_number_stream_and_payload) {
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, block_payload_max}) {
    const auto bytes = block_of(length, 7, 0x1122'3344'5566'7788);
    const auto block = read_block(bytes);
    ASSERT_TRUE(block.has_value()) << length;
    EXPECT_EQ(block->number, 7U);
    EXPECT_EQ(block->stream, 0x1122'3344'5566'7788U);
    ASSERT_EQ(block->payload.size(), length);
    if (length > 3) {
      EXPECT_EQ(block->payload[3], std::byte{15});
    }
  }
}

TEST(LogBlock, has_the_fields_where_the_documentation_says) {
  const auto bytes = block_of(2, 0x0403'0201, 0x8877'6655'4433'2211);
  const std::vector<std::byte> expected{std::byte{'U'},  std::byte{'T'},  std::byte{'L'},  std::byte{'1'},
                                        std::byte{1},    std::byte{2},    std::byte{3},    std::byte{4},
                                        std::byte{0x11}, std::byte{0x22}, std::byte{0x33}, std::byte{0x44},
                                        std::byte{0x55}, std::byte{0x66}, std::byte{0x77}, std::byte{0x88},
                                        std::byte{2},    std::byte{0},    std::byte{0},    std::byte{0}};
  EXPECT_EQ((std::vector<std::byte>{bytes.begin(), bytes.begin() + 20}), expected);
  for (std::size_t i = block_header_bytes + 2; i < block_bytes; ++i) ASSERT_EQ(bytes[i], std::byte{0}) << i;
}

TEST(LogBlock, notices_every_flipped_bit_that_means_something) {
  const auto bytes = block_of(40, 1, 2);
  for (std::size_t bit = 0; bit < (block_header_bytes + 40) * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    EXPECT_FALSE(read_block(damaged).has_value()) << bit;
  }
}

TEST(LogBlock, tells_apart_what_was_never_written_what_is_torn_and_what_is_cut) {
  EXPECT_EQ(read_block(std::vector<std::byte>(block_bytes)).error(), Error::not_found);
  auto torn = block_of(4000, 0, 1);
  fill_zero(MutableBytes{torn}.subspan(512));
  EXPECT_EQ(read_block(torn).error(), Error::malformed);
  const auto whole = block_of(10, 0, 1);
  EXPECT_EQ(read_block(ConstBytes{whole}.first(block_bytes - 1)).error(), Error::truncated);
}

}  // namespace
}  // namespace utnt::abi
