// SPDX-License-Identifier: BSD-2-Clause
// The disk driver against the strict device: order of start, form of requests, errors, slowness, and a full turn of the
// ring's index.
#include "unikernel/virtio/block.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "unikernel/virtio/block_double_test.hpp"

namespace utnt::unikernel::virtio {
namespace {

using Disk = Block<DoubleRegisters>;
constexpr std::size_t sectors_per_block = 8;

struct Bench {
  explicit Bench(std::size_t block_count, std::uint64_t features = 0)
      : host{block_count * sectors_per_block, features}, blocks{disk.start(DoubleRegisters{host.device}, memory)} {}

  /// Block n begins with its number; the host answers whenever the driver sleeps.
  bool write(std::uint32_t number) {
    const auto room = disk.reserve([this] { serve(); });
    if (room.empty()) return false;
    std::fill(room.begin(), room.end(), static_cast<std::byte>(number));
    store_le(room, 0, 4, number);
    disk.write(number % *blocks);
    disk.push();
    return true;
  }
  void serve() {
    ++sleeps;
    host.serve();
  }
  [[nodiscard]] std::uint64_t number_at(std::size_t block) const {
    return load_le(std::as_bytes(std::span{host.disk}), block * Disk::block_bytes, 4);
  }

  BlockDouble host;
  alignas(64) std::array<std::byte, Disk::memory_needed> memory{};
  Disk disk;
  Result<std::uint64_t> blocks;
  unsigned sleeps{0};
};

TEST(BlockDriver, comes_up_in_the_only_order_that_strict_monitors_accept_and_reads_the_capacity) {
  const Bench bench{1000};
  ASSERT_TRUE(bench.blocks);
  EXPECT_EQ(*bench.blocks, 1000U);
  EXPECT_EQ(bench.host.device.states(), (std::vector<std::uint32_t>{0, 1, 3, 11, 15}));
  EXPECT_EQ(bench.host.device.violations(), std::vector<std::string>{});
}

TEST(BlockDriver, agrees_on_little) {
  Bench bench{10, ~std::uint64_t{0} & ~feature::block_read_only};
  constexpr std::uint64_t flush = 1U << 9, event = 1U << 29;
  EXPECT_EQ(bench.host.device.agreed(), flush | event | std::uint64_t{1} << 32);
}

TEST(BlockDriver, refuses_a_disk_that_cannot_be_written) {
  const Bench bench{10, feature::block_read_only};
  EXPECT_FALSE(bench.blocks);
  EXPECT_EQ(bench.host.device.states().back(), 128U);
}

TEST(BlockDriver, rounds_the_capacity_down_to_whole_blocks) {
  BlockDouble host{3 * sectors_per_block + 7};
  alignas(64) std::array<std::byte, Disk::memory_needed> memory{};
  Disk disk;
  EXPECT_EQ(*disk.start(DoubleRegisters{host.device}, memory), 3U);
}

TEST(BlockDriver, has_several_requests_on_their_way_and_sleeps_only_when_there_are_enough) {
  Bench bench{100};
  for (std::uint32_t n = 0; n < Disk::requests_max; ++n) ASSERT_TRUE(bench.write(n));
  EXPECT_EQ(bench.sleeps, 0U);
  EXPECT_EQ(bench.host.waiting(), std::size_t{Disk::requests_max});
  ASSERT_TRUE(bench.write(Disk::requests_max));
  EXPECT_EQ(bench.sleeps, 1U);
  EXPECT_TRUE(bench.disk.flush([&] { bench.serve(); }));
  for (std::uint32_t n = 0; n <= Disk::requests_max; ++n) EXPECT_EQ(bench.number_at(n), n);
  EXPECT_EQ(bench.host.device.violations(), std::vector<std::string>{});
}

TEST(BlockDriver, takes_answers_in_any_order) {
  Bench bench{64};
  for (std::uint32_t n = 0; n < 64; ++n) {
    ASSERT_TRUE(bench.write(n));
    if (n % 8 == 7) bench.host.serve_backwards();
  }
  EXPECT_TRUE(bench.disk.flush([&] { bench.serve(); }));
  for (std::uint32_t n = 0; n < 64; ++n) EXPECT_EQ(bench.number_at(n), n);
  EXPECT_EQ(bench.host.device.violations(), std::vector<std::string>{});
}

TEST(BlockDriver, writes_seventy_thousand_blocks_with_and_without_event_index) {
  for (const bool has_event_index : {true, false}) {
    Bench bench{16};
    if (!has_event_index) {
      DeviceDouble::Settings settings;
      settings.kind = DeviceKind::block;
      settings.features = feature::version_1;
      settings.configuration = {16 * sectors_per_block};
      bench.host.device = DeviceDouble{settings};
      bench.disk = {};
      bench.memory = {};
      ASSERT_TRUE(bench.disk.start(DoubleRegisters{bench.host.device}, bench.memory));
    }
    for (std::uint32_t n = 0; n < 70'000; ++n) ASSERT_TRUE(bench.write(n));
    ASSERT_TRUE(bench.disk.flush([&] { bench.serve(); }));
    EXPECT_EQ(bench.host.writes, 70'000U);
    for (std::uint32_t n = 0; n < 16; ++n) EXPECT_EQ(bench.number_at(n), 70'000 - 16 + n);
    EXPECT_EQ(bench.host.device.violations(), std::vector<std::string>{});
  }
}

TEST(BlockDriver, waits_for_a_slow_disk_and_asks_to_be_woken) {
  Bench bench{100};
  unsigned sleeps = 0;
  for (std::uint32_t n = 0; n < 50; ++n) {
    const auto room = bench.disk.reserve([&] {
      const auto before = bench.host.device.interrupts();
      if (++sleeps % 5 != 0) return;  // woken for another reason
      bench.host.serve();
      EXPECT_EQ(bench.host.device.interrupts(), before + 1);
    });
    ASSERT_FALSE(room.empty());
    bench.disk.write(n);
    bench.disk.push();
  }
  EXPECT_EQ(sleeps, (50 - Disk::requests_max) * 5);
  EXPECT_EQ(bench.host.device.violations(), std::vector<std::string>{});
}

TEST(BlockDriver, flushes_what_the_disk_only_keeps_in_mind) {
  Bench bench{10, feature::block_flush};
  ASSERT_TRUE(bench.write(0));
  EXPECT_TRUE(bench.disk.flush([&] { bench.serve(); }));
  EXPECT_EQ(bench.host.flushes, 1U);
  ASSERT_TRUE(bench.write(1)) << "and goes on";
  EXPECT_TRUE(bench.disk.flush([&] { bench.serve(); }));
  EXPECT_EQ(bench.number_at(1), 1U);
  EXPECT_EQ(bench.host.device.violations(), std::vector<std::string>{});
}

TEST(BlockDriver, fails_for_good_when_a_write_or_a_flush_does) {
  Bench bench{100, feature::block_flush};
  ASSERT_TRUE(bench.write(0));
  bench.host.answer = 1;
  for (std::uint32_t n = 1; n < Disk::requests_max; ++n) ASSERT_TRUE(bench.write(n));
  EXPECT_FALSE(bench.write(9)) << "found out while waiting for room";
  EXPECT_TRUE(bench.disk.has_failed());
  EXPECT_FALSE(bench.disk.flush([&] { bench.serve(); }));

  Bench flushed{100, feature::block_flush};
  ASSERT_TRUE(flushed.write(0));
  EXPECT_FALSE(flushed.disk.flush([&] {
    if (flushed.host.writes == 1) flushed.host.answer = 1;
    flushed.serve();
  }));
}

TEST(BlockDriver, does_not_wait_for_a_device_that_makes_no_sense) {
  Bench bench{100};
  ASSERT_TRUE(bench.write(0));
  EXPECT_FALSE(bench.disk.flush([&] {
    bench.host.device.use(0, 1, 1);  // the data, not the request
    bench.host.device.publish(0);
  }));
  Bench jumping{100};
  ASSERT_TRUE(jumping.write(0));
  EXPECT_FALSE(jumping.disk.flush([&] { jumping.host.device.move_used_index(0, 9); }));
  Bench silent{100};
  ASSERT_TRUE(silent.write(0));
  EXPECT_FALSE(silent.disk.flush([&] {
    silent.host.device.use(0, 0, 1);  // no status written
    silent.host.device.publish(0);
  }));
}

}  // namespace
}  // namespace utnt::unikernel::virtio
