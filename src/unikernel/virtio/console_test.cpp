// SPDX-License-Identifier: BSD-2-Clause
// The record channel and the source of entropy against the strict device.
#include "unikernel/virtio/console.hpp"

#include <gtest/gtest.h>

#include <array>

#include "unikernel/virtio/device_double_test.hpp"
#include "unikernel/virtio/entropy.hpp"

namespace utnt::unikernel::virtio {
namespace {

DeviceDouble::Settings of_kind(DeviceKind kind) {
  DeviceDouble::Settings settings;
  settings.kind = kind;
  settings.features = feature::version_1 | feature::event_index;
  return settings;
}

/// Also when the ring's index turns over, which it does at 65,536.
void write_seventy_thousand(DeviceDouble::Settings settings) {
  DeviceDouble device{settings};
  alignas(64) std::array<std::byte, Console<DoubleRegisters>::memory_needed> memory{};
  Console<DoubleRegisters> console;
  ASSERT_TRUE(console.start(DoubleRegisters{device}, memory));
  EXPECT_EQ(device.states(), (std::vector<std::uint32_t>{0, 1, 3, 11, 15}));
  Octets expected, got;
  for (unsigned n = 1; n <= 70'000; ++n) {
    const Octets text(n % 97 + 1, static_cast<std::uint8_t>(n));
    expected.insert(expected.end(), text.begin(), text.end());
    unsigned sleeps = 0;
    ASSERT_TRUE(console.write(std::as_bytes(std::span{text}), [&] {
      if (++sleeps < 3) return;  // the reader is late
      DeviceDouble::Buffer buffer{};
      ASSERT_TRUE(device.pop(1, buffer));
      got.insert(got.end(), buffer.data, buffer.data + buffer.bytes);
      device.use(1, buffer.id, 0);
      device.publish(1);
    }));
    ASSERT_EQ(sleeps, 3U);
  }
  EXPECT_EQ(got, expected);
  EXPECT_EQ(device.interrupts(), 70'000U) << "each sleep asked to be woken";
  EXPECT_EQ(device.violations(), std::vector<std::string>{});
}

TEST(ConsoleDriver, writes_everything_in_order_however_slow_the_reader_is) {
  auto settings = of_kind(DeviceKind::console);
  write_seventy_thousand(settings);
  settings.features = feature::version_1;
  write_seventy_thousand(settings);
}

TEST(ConsoleDriver, says_so_when_the_device_makes_no_sense) {
  DeviceDouble device{of_kind(DeviceKind::console)};
  alignas(64) std::array<std::byte, Console<DoubleRegisters>::memory_needed> memory{};
  Console<DoubleRegisters> console;
  ASSERT_TRUE(console.start(DoubleRegisters{device}, memory));
  const std::array<std::byte, 4> bytes{};
  EXPECT_FALSE(console.write(bytes, [&] { device.move_used_index(1, 9); }));
}

TEST(ConsoleDriver, does_not_wait_for_ever_when_another_buffer_comes_back) {
  DeviceDouble device{of_kind(DeviceKind::console)};
  alignas(64) std::array<std::byte, Console<DoubleRegisters>::memory_needed> memory{};
  Console<DoubleRegisters> console;
  ASSERT_TRUE(console.start(DoubleRegisters{device}, memory));
  const std::array<std::byte, 4> bytes{};
  EXPECT_FALSE(console.write(bytes, [&] {
    device.use(1, 3, 0);
    device.publish(1);
  }));
}

/// Gives `portion` bytes a time.
bool read_entropy(unsigned portion, MutableBytes out, unsigned rounds) {
  DeviceDouble device{of_kind(DeviceKind::entropy)};
  alignas(64) std::array<std::byte, Entropy<DoubleRegisters>::memory_needed> memory{};
  const bool is_full = Entropy<DoubleRegisters>::read(DoubleRegisters{device}, memory, out, [&] {
    DeviceDouble::Buffer buffer{};
    if (rounds == 0 || !device.pop(0, buffer)) return false;
    --rounds;
    for (unsigned i = 0; i < portion && i < buffer.bytes; ++i) buffer.data[i] = 0xa5;
    device.use(0, buffer.id, portion);
    device.publish(0);
    return true;
  });
  EXPECT_EQ(device.violations(), std::vector<std::string>{});
  EXPECT_EQ(device.states().back(), 0U) << "the device is reset";
  return is_full;
}

TEST(EntropyDriver, asks_again_for_what_is_missing) {
  std::array<std::byte, 32> seed{};
  EXPECT_TRUE(read_entropy(8, seed, 4));
  for (const auto byte : seed) EXPECT_EQ(byte, std::byte{0xa5});
}

TEST(EntropyDriver, gives_up_when_nothing_comes) {
  std::array<std::byte, 32> seed{};
  EXPECT_FALSE(read_entropy(8, seed, 3));
  EXPECT_FALSE(read_entropy(0, seed, 10));
}

TEST(EntropyDriver, does_not_believe_more_than_it_asked_for) {
  std::array<std::byte, 32> seed{};
  EXPECT_FALSE(read_entropy(33, seed, 1));
}

}  // namespace
}  // namespace utnt::unikernel::virtio
