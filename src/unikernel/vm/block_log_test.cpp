// SPDX-License-Identifier: BSD-2-Clause
// The record stream as blocks on a strict disk.
#include "unikernel/vm/block_log.hpp"

#include <gtest/gtest.h>

#include <array>

#include "unikernel/virtio/block_double_test.hpp"

namespace utnt::unikernel::vm {
namespace {

using Log = BlockLog<virtio::DoubleRegisters>;
constexpr std::size_t sectors_per_block = 8;
constexpr std::uint64_t stream = 0x1234'5678'9abc'def0;

struct Bench {
  explicit Bench(std::size_t blocks, std::uint64_t features = 0) : host{blocks * sectors_per_block, features} {
    EXPECT_TRUE(log.start(virtio::DoubleRegisters{host.device}, memory, stream));
  }
  bool write(ConstBytes bytes) {
    return log.write(bytes, [this] { host.serve(); });
  }
  bool flush() {
    return log.flush([this] { host.serve(); });
  }
  /// The payloads of all whole blocks from the beginning on.
  [[nodiscard]] std::vector<std::byte> read() const {
    std::vector<std::byte> bytes;
    const auto disk = std::as_bytes(std::span{host.disk});
    for (std::size_t n = 0; (n + 1) * abi::block_bytes <= disk.size(); ++n) {
      const auto block = abi::read_block(disk.subspan(n * abi::block_bytes, abi::block_bytes));
      if (!block) break;
      EXPECT_EQ(block->number, n);
      EXPECT_EQ(block->stream, stream);
      bytes.insert(bytes.end(), block->payload.begin(), block->payload.end());
    }
    return bytes;
  }

  virtio::BlockDouble host;
  alignas(64) std::array<std::byte, Log::memory_needed> memory{};
  Log log;
};

std::vector<std::byte> bytes_of(std::size_t count, std::size_t from = 0) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>((from + i) % 251);
  return bytes;
}

TEST(BlockLog, keeps_every_byte_in_order) {
  Bench bench{2000};
  std::vector<std::byte> expected;
  for (std::size_t n = 0; n < 300; ++n) {
    const auto bytes = bytes_of(n * 53 % 16'397, expected.size());
    expected.insert(expected.end(), bytes.begin(), bytes.end());
    ASSERT_TRUE(bench.write(bytes));
  }
  EXPECT_TRUE(bench.flush());
  EXPECT_EQ(bench.read(), expected);
  EXPECT_EQ(bench.host.device.violations(), std::vector<std::string>{});
}

TEST(BlockLog, tells_the_device_once_of_the_blocks_of_one_write) {
  Bench bench{100};
  ASSERT_TRUE(bench.write(bytes_of(5 * abi::block_payload_max)));
  EXPECT_EQ(bench.host.device.notifies(0), 1U);
  EXPECT_EQ(bench.host.waiting(), 5U);
}

TEST(BlockLog, ends_where_the_disk_ends_and_says_so) {
  Bench bench{4};
  EXPECT_TRUE(bench.write(bytes_of(4 * abi::block_payload_max)));
  EXPECT_FALSE(bench.log.is_full()) << "it just fits";
  EXPECT_FALSE(bench.write(bytes_of(1)));
  EXPECT_TRUE(bench.log.is_full());
  EXPECT_TRUE(bench.flush());
  EXPECT_EQ(bench.read(), bytes_of(4 * abi::block_payload_max));
  EXPECT_EQ(bench.host.device.violations(), std::vector<std::string>{});
}

TEST(BlockLog, takes_nothing_more_after_an_error) {
  Bench bench{1000};
  bench.host.answer = 1;
  unsigned taken = 0;
  while (taken < 100 && bench.write(bytes_of(10))) ++taken;
  EXPECT_EQ(taken, 8U) << "those that were on their way";
  EXPECT_TRUE(bench.log.has_failed());
  EXPECT_FALSE(bench.log.is_full());
  EXPECT_FALSE(bench.write(bytes_of(10)));
  EXPECT_FALSE(bench.flush());
}

}  // namespace
}  // namespace utnt::unikernel::vm
