// SPDX-License-Identifier: BSD-2-Clause
#include "results/block_log_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace utnt::results {
namespace {

constexpr std::uint64_t ours = 0x0102'0304'0506'0708, theirs = 99;

/// A disk whose file grows, and what the reader made of it.
class BlockLog : public ::testing::Test {
 protected:
  /// Payload of block n: n modulo 251, again and again.
  void put(std::uint32_t place, std::uint32_t number, std::uint64_t run, std::size_t payload = 1000) {
    const auto at = std::size_t{place} * abi::block_bytes;
    file.resize(std::max(file.size(), at + abi::block_bytes));
    const auto block = MutableBytes{file}.subspan(at, abi::block_bytes);
    std::fill_n(block.begin() + abi::block_header_bytes, payload, static_cast<std::byte>(number % 251));
    abi::seal_block(block, payload, number, run);
  }
  void put(std::uint32_t number) { put(number, number, ours); }
  void tear(std::uint32_t place, std::size_t from = 512) {
    fill_zero(MutableBytes{file}.subspan(place * abi::block_bytes + from, abi::block_bytes - from));
  }
  /// The numbers of the blocks whose payload came, in order.
  [[nodiscard]] std::vector<unsigned> numbers() const {
    std::vector<unsigned> result;
    for (std::size_t at = 0; at < stream.size(); at += 1000) result.push_back(static_cast<unsigned>(stream[at]));
    return result;
  }

  std::vector<std::byte> file;
  std::vector<std::byte> stream;
  BlockLogReader reader{[this](std::uint64_t offset, MutableBytes out) -> std::size_t {
                          if (offset >= file.size()) return 0;
                          const auto part = std::min<std::size_t>(out.size(), file.size() - offset);
                          std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), part, out.begin());
                          return part;
                        },
                        [this](ConstBytes bytes) { stream.insert(stream.end(), bytes.begin(), bytes.end()); }};
};

TEST_F(BlockLog, is_followed_while_it_grows) {
  EXPECT_FALSE(reader.follow());
  std::vector<unsigned> expected;
  for (std::uint32_t n = 0; n < 200; ++n) {
    put(n);
    expected.push_back(n);
    if (n % 7 == 0) {
      EXPECT_TRUE(reader.follow());
      EXPECT_EQ(numbers(), expected);
      EXPECT_FALSE(reader.follow()) << "nothing new";
    }
  }
  reader.finish();
  EXPECT_EQ(numbers(), expected);
  EXPECT_EQ(reader.offset(), 200 * abi::block_bytes);
  EXPECT_EQ(reader.complaint(), "");
}

TEST_F(BlockLog, waits_for_a_block_that_comes_late) {
  file.resize(64 * abi::block_bytes);
  put(0);
  put(2);
  put(3);
  EXPECT_TRUE(reader.follow());
  EXPECT_EQ(numbers(), (std::vector<unsigned>{0}));
  put(1);
  tear(1);
  EXPECT_FALSE(reader.follow()) << "half of it";
  put(1);
  EXPECT_TRUE(reader.follow());
  EXPECT_EQ(numbers(), (std::vector<unsigned>{0, 1, 2, 3}));
  reader.finish();
  EXPECT_EQ(reader.complaint(), "");
}

TEST_F(BlockLog, counts_the_torn_block_at_the_end_of_a_killed_run) {
  put(0);
  put(1);
  tear(1);
  reader.finish();
  EXPECT_EQ(numbers(), (std::vector<unsigned>{0}));
  EXPECT_EQ(reader.counts().torn, 1U);
  EXPECT_EQ(reader.complaint(), "the block log is not whole: 1 blocks are torn, 0 missing, 0 of another run");
}

TEST_F(BlockLog, goes_on_behind_what_is_damaged_or_never_came) {
  for (std::uint32_t n = 0; n < 40; ++n) put(n);
  for (const std::uint32_t n : {0U, 5U, 6U}) file[n * abi::block_bytes + 100] ^= std::byte{4};
  for (const std::uint32_t n : {20U, 38U}) tear(n, 0);
  reader.finish();
  EXPECT_EQ(reader.counts().blocks, 35U);
  EXPECT_EQ(reader.counts().torn, 3U);
  EXPECT_EQ(reader.counts().missing, 2U);
  EXPECT_EQ(numbers().front(), 1U);
  EXPECT_EQ(numbers().back(), 39U);
}

TEST_F(BlockLog, ends_where_an_earlier_run_of_the_same_disk_goes_on) {
  for (std::uint32_t n = 0; n < 30; ++n) put(n, n, theirs);
  for (std::uint32_t n = 0; n < 10; ++n) put(n);
  reader.finish();
  EXPECT_EQ(reader.counts().blocks, 10U);
  EXPECT_EQ(numbers().back(), 9U);
  EXPECT_EQ(reader.complaint(), "");
}

TEST_F(BlockLog, does_not_take_blocks_of_others_or_from_other_places) {
  for (std::uint32_t n = 0; n < 6; ++n) put(n);
  put(2, 2, theirs);
  put(4, 3, ours);
  reader.finish();
  EXPECT_EQ(numbers(), (std::vector<unsigned>{0, 1, 3, 5}));
  EXPECT_EQ(reader.counts().foreign, 2U);
}

TEST_F(BlockLog, may_be_cut_anywhere) {
  for (std::uint32_t n = 0; n < 3; ++n) put(n);
  const auto whole = file;
  for (std::size_t length = 0; length <= whole.size(); length += 509) {
    file.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    stream.clear();
    BlockLogReader cut{[this](std::uint64_t offset, MutableBytes out) -> std::size_t {
                         if (offset >= file.size()) return 0;
                         const auto part = std::min<std::size_t>(out.size(), file.size() - offset);
                         std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), part, out.begin());
                         return part;
                       },
                       [](ConstBytes) {}};
    cut.finish();
    EXPECT_EQ(cut.counts().blocks, length / abi::block_bytes);
    EXPECT_EQ(cut.counts().torn, length % abi::block_bytes == 0 ? 0U : 1U) << length;
  }
}

TEST_F(BlockLog, of_an_empty_disk_is_empty) {
  file.resize(std::size_t{1} << 20);
  reader.finish();
  EXPECT_EQ(reader.counts().blocks, 0U);
  EXPECT_EQ(reader.complaint(), "");
}

}  // namespace
}  // namespace utnt::results
