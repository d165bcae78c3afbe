// SPDX-License-Identifier: BSD-2-Clause
// The network card against a strict device, then against a hostile one.
#include "unikernel/virtio/net.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "base/prng.hpp"
#include "unikernel/virtio/device_double_test.hpp"

namespace utnt::unikernel::virtio {
namespace {

using Card = Net<DoubleRegisters>;
constexpr NetSizes sizes{};

/// Frame number n: its number, then bytes that depend on it.
Octets frame_of(std::uint32_t number, std::size_t bytes) {
  Octets frame(bytes);
  for (std::size_t i = 0; i < bytes; ++i)
    frame[i] = static_cast<std::uint8_t>(i < 4 ? number >> (8 * i) : number * 7 + i);
  return frame;
}
Octets bytes_of(const Frame& frame) {
  const auto* const data = reinterpret_cast<const std::uint8_t*>(frame.bytes.data());
  return {data, data + frame.bytes.size()};
}
Frame as_frame(Octets& octets) { return {std::as_writable_bytes(std::span{octets}), {}, 0}; }

struct Bench {
  explicit Bench(const DeviceDouble::Settings& settings = {})
      : device{settings}, memory{new (std::align_val_t{64}) std::byte[Card::memory_needed(sizes)]{}} {
    nic = card.start(DoubleRegisters{device}, {memory, Card::memory_needed(sizes)}, sizes);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench() { operator delete[](memory, std::align_val_t{64}); }

  [[nodiscard]] bool holds(MutableBytes part) const {
    return part.data() >= memory && part.data() + part.size() <= memory + Card::memory_needed(sizes);
  }

  DeviceDouble device;
  std::byte* memory;
  Card card;
  Result<Nic> nic{Fail{Error::not_found}};
};

DeviceDouble::Settings without(std::uint64_t features) {
  DeviceDouble::Settings settings;
  settings.features &= ~features;
  return settings;
}

TEST(NetCard, comes_up_in_the_only_order_that_strict_monitors_accept) {
  const Bench bench;
  ASSERT_TRUE(bench.nic);
  EXPECT_EQ(bench.device.states(), (std::vector<std::uint32_t>{0, 1, 3, 11, 15}));
  EXPECT_EQ(bench.device.violations(), std::vector<std::string>{});
  EXPECT_EQ(bench.nic->mac, (std::array<std::uint8_t, 6>{0x02, 1, 2, 3, 4, 5}));
}

TEST(NetCard, takes_no_offload_that_is_offered) {
  DeviceDouble::Settings settings;
  settings.features = ~std::uint64_t{0};
  const Bench bench{settings};
  constexpr std::uint64_t mtu = 1U << 3, mac = 1U << 5, merge = 1U << 15, event = 1U << 29;
  EXPECT_EQ(bench.device.agreed(), mtu | mac | merge | event | std::uint64_t{1} << 32);
}

TEST(NetCard, refuses_a_device_without_version_1_and_tells_it) {
  const Bench bench{without(feature::version_1)};
  EXPECT_FALSE(bench.nic);
  EXPECT_EQ(bench.device.states().back(), 128U);
}

TEST(NetCard, refuses_a_device_without_queues) {
  DeviceDouble::Settings settings;
  settings.queue_size_max = 0;
  EXPECT_FALSE(Bench{settings}.nic);
}

TEST(NetCard, reads_the_mtu_that_the_device_tells) {
  DeviceDouble::Settings settings;
  settings.features |= feature::net_mtu;
  settings.configuration[10] = 0xdc;
  settings.configuration[11] = 0x05;
  EXPECT_EQ(Bench{settings}.nic->mtu, 1500);
  settings.configuration[10] = 0x78;
  EXPECT_EQ(Bench{settings}.nic->mtu, 1400);
}

TEST(NetCard, tells_a_legacy_device_apart) {
  DeviceDouble::Settings settings;
  settings.version = version_legacy;
  DeviceDouble device{settings};
  const auto identity = Transport<DoubleRegisters>{DoubleRegisters{device}}.identify();
  EXPECT_EQ(identity.kind, DeviceKind::net);
  EXPECT_TRUE(identity.is_legacy);
}

TEST(NetCard, sends_seventy_thousand_frames_unchanged_and_in_order) {
  for (const auto event_index : {std::uint64_t{0}, feature::event_index}) {
    Bench bench{without(event_index)};
    Octets sent, got;
    for (std::uint32_t n = 0; n < 70'000; ++n) {
      sent = frame_of(n, 60 + n % 1455);
      const std::array frames{as_frame(sent)};
      ASSERT_EQ(bench.card.transmit(frames), 1U);
      ASSERT_TRUE(bench.device.transmit_one(got));
      ASSERT_EQ(got, sent) << n;
    }
    EXPECT_EQ(bench.device.violations(), std::vector<std::string>{});
  }
}

void receive_seventy_thousand(std::uint64_t declined) {
  Bench bench{without(declined)};
  std::array<Frame, 8> frames;
  for (std::uint32_t n = 0; n < 70'000;) {
    const auto first = n;
    for (unsigned i = 0; i <= n % 5; ++i, ++n) ASSERT_TRUE(bench.device.receive(frame_of(n, 14 + n % 1501)));
    const auto count = bench.card.receive(frames, Instant{5}, 3);
    ASSERT_EQ(count, n - first);
    for (std::uint32_t i = 0; i < count; ++i) {
      ASSERT_EQ(bytes_of(frames[i]), frame_of(first + i, 14 + (first + i) % 1501));
      ASSERT_EQ(frames[i].stamp, Instant{5});
      ASSERT_EQ(frames[i].nic, 3U);
    }
  }
  EXPECT_EQ(bench.device.violations(), std::vector<std::string>{});
  EXPECT_EQ(bench.card.counters().bad_frames, 0U);
}

TEST(NetCard, receives_seventy_thousand_frames_of_every_length) {
  for (const auto merge : {std::uint64_t{0}, feature::net_merge_buffers})
    for (const auto event_index : {std::uint64_t{0}, feature::event_index})
      receive_seventy_thousand(merge | event_index);
}

TEST(NetCard, holds_a_flood_until_the_program_takes_it) {
  Bench bench;
  unsigned held = 0;
  while (bench.device.receive(frame_of(held, 60))) ++held;
  EXPECT_EQ(held, bench.card.receive_ring_size());
  EXPECT_EQ(bench.card.counters().overruns, 0U);
  std::array<Frame, 512> frames;
  EXPECT_EQ(bench.card.receive(frames, {}, 0), held);
  EXPECT_EQ(bench.card.counters().overruns, 1U) << "the device had no buffer left";
  EXPECT_FALSE(bench.device.receive(frame_of(0, 60))) << "the program still looks at the buffers";
  bench.card.release();
  EXPECT_TRUE(bench.device.receive(frame_of(0, 60)));
}

TEST(NetCard, hands_out_no_more_joined_frames_than_it_can_keep) {
  Bench bench;
  for (std::uint32_t n = 0; n < 20; ++n) ASSERT_TRUE(bench.device.receive(frame_of(n, 1514)));
  std::array<Frame, 32> frames;
  std::uint32_t n = 0;
  while (const auto count = bench.card.receive(frames, {}, 0))
    for (unsigned i = 0; i < count; ++i) ASSERT_EQ(bytes_of(frames[i]), frame_of(n++, 1514));
  EXPECT_EQ(n, 20U);
}

TEST(NetCard, notifies_once_for_a_burst) {
  Bench bench;
  std::vector<Octets> sent;
  for (std::uint32_t n = 0; n < 32; ++n) sent.push_back(frame_of(n, 60));
  std::vector<Frame> frames;
  for (auto& octets : sent) frames.push_back(as_frame(octets));
  EXPECT_EQ(bench.card.transmit(frames), 32U);
  EXPECT_EQ(bench.device.notifies(1), 1U);
}

TEST(NetCard, takes_what_fits_and_goes_on_when_there_is_room) {
  Bench bench;
  auto octets = frame_of(1, 60);
  const std::vector<Frame> frames(100, as_frame(octets));
  EXPECT_EQ(bench.card.transmit(frames), sizes.transmit_slots);
  EXPECT_EQ(bench.card.transmit(frames), 0U);
  EXPECT_FALSE(bench.card.arm()) << "nothing to do but sleep";
  const auto before = bench.device.interrupts();
  Octets got;
  ASSERT_TRUE(bench.device.transmit_one(got));
  EXPECT_EQ(bench.device.interrupts(), before + 1) << "a full ring asks to be woken";
  bench.card.silence();
  EXPECT_EQ(bench.card.transmit(frames), 1U);
}

TEST(NetCard, is_interrupted_by_frames_only_while_armed) {
  Bench bench;
  std::array<Frame, 4> frames;
  for (unsigned i = 0; i < 1000; ++i) {
    ASSERT_TRUE(bench.device.receive(frame_of(i, 60)));
    ASSERT_EQ(bench.card.receive(frames, {}, 0), 1U);
    bench.card.silence();
  }
  EXPECT_EQ(bench.device.interrupts(), 0U);
  EXPECT_FALSE(bench.card.arm());
  ASSERT_TRUE(bench.device.receive(frame_of(0, 60)));
  EXPECT_EQ(bench.device.interrupts(), 1U);
  EXPECT_TRUE(bench.card.arm()) << "a frame is there";
  bench.card.silence();
  EXPECT_EQ(bench.device.violations(), std::vector<std::string>{});
}

TEST(NetCard, ignores_what_a_header_says_about_checksums) {
  Bench bench;
  constexpr std::uint8_t needs_checksum = 1, data_valid = 2;
  const auto frame = frame_of(9, 100);
  ASSERT_TRUE(bench.device.receive(frame, needs_checksum | data_valid));
  std::array<Frame, 1> frames;
  ASSERT_EQ(bench.card.receive(frames, {}, 0), 1U);
  EXPECT_EQ(bytes_of(frames[0]), frame);
}

TEST(NetCard, drops_and_counts_lengths_that_make_no_sense) {
  for (const std::uint32_t bytes : {0U, 11U, 12U, 385U, 2000U, 0xffff'ffffU}) {
    Bench bench;
    DeviceDouble::Buffer buffer{};
    ASSERT_TRUE(bench.device.pop(0, buffer));
    if (bytes >= 12) buffer.data[10] = 1;
    bench.device.use(0, buffer.id, bytes);
    bench.device.publish(0);
    std::array<Frame, 4> frames;
    EXPECT_EQ(bench.card.receive(frames, {}, 0), 0U) << bytes;
    EXPECT_EQ(bench.card.counters().bad_frames, 1U) << bytes;
    ASSERT_TRUE(bench.device.receive(frame_of(1, 60)));
    EXPECT_EQ(bench.card.receive(frames, {}, 0), 1U) << "and goes on";
  }
}

TEST(NetCard, drops_a_frame_that_is_longer_than_any) {
  Bench bench;
  ASSERT_TRUE(bench.device.receive(frame_of(1, 1515)));
  ASSERT_TRUE(bench.device.receive(frame_of(2, 9000)));
  ASSERT_TRUE(bench.device.receive(frame_of(3, 1514)));
  std::array<Frame, 4> frames;
  ASSERT_EQ(bench.card.receive(frames, {}, 0), 1U);
  EXPECT_EQ(bytes_of(frames[0]), frame_of(3, 1514));
  EXPECT_EQ(bench.card.counters().bad_frames, 2U);
}

TEST(NetCard, goes_on_after_buffer_counts_that_make_no_sense) {
  Bench bench;
  std::array<Frame, 4> frames;
  for (const unsigned buffers : {0U, 257U, 0xffffU}) {
    DeviceDouble::Buffer buffer{};
    ASSERT_TRUE(bench.device.pop(0, buffer));
    buffer.data[10] = static_cast<std::uint8_t>(buffers);
    buffer.data[11] = static_cast<std::uint8_t>(buffers >> 8);
    bench.device.use(0, buffer.id, 100);
    bench.device.publish(0);
    EXPECT_EQ(bench.card.receive(frames, {}, 0), 0U);
  }
  EXPECT_EQ(bench.card.counters().bad_frames, 3U);
  ASSERT_TRUE(bench.device.receive(frame_of(1, 60)));
  EXPECT_EQ(bench.card.receive(frames, {}, 0), 1U);
}

TEST(NetCard, counts_frames_in_buffers_that_are_not_the_devices) {
  Bench bench;
  bench.device.use(0, 9999, 60);
  bench.device.publish(0);
  std::array<Frame, 4> frames;
  EXPECT_EQ(bench.card.receive(frames, {}, 0), 0U);
  EXPECT_EQ(bench.card.lost_entries(), 1U);
  EXPECT_EQ(bench.card.counters().overruns, 0U);
}

TEST(NetCard, believes_nothing_after_an_index_jump) {
  Bench bench;
  bench.device.move_used_index(0, 300);
  std::array<Frame, 4> frames;
  EXPECT_EQ(bench.card.receive(frames, {}, 0), 0U);
  EXPECT_TRUE(bench.card.is_broken());
}

TEST(NetCard, survives_a_device_that_writes_anything) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Bench bench;
    Prng prng{seed};
    auto octets = frame_of(1, 60);
    const std::vector<Frame> outgoing(3, as_frame(octets));
    std::array<Frame, 16> frames;
    for (unsigned step = 0; step < 500 && !bench.card.is_broken(); ++step) {
      const auto queue = static_cast<unsigned>(prng.below(2));
      DeviceDouble::Buffer buffer{};
      const bool has_buffer = bench.device.pop(queue, buffer);
      if (has_buffer && queue == 0)
        for (unsigned i = 0; i < 16; ++i) buffer.data[i] = static_cast<std::uint8_t>(prng.below(4));
      const auto id = has_buffer && prng.below(8) != 0 ? buffer.id : prng.below(300);
      bench.device.use(queue, static_cast<std::uint32_t>(id),
                       static_cast<std::uint32_t>(prng.below(prng.below(2) != 0 ? 400 : 1U << 31)));
      if (prng.below(200) == 0) bench.device.move_used_index(queue, static_cast<std::uint16_t>(prng.below(1U << 16)));
      bench.device.publish(queue);
      bench.card.transmit(outgoing);
      const auto count = bench.card.receive(frames, {}, 0);
      for (unsigned i = 0; i < count; ++i) {
        ASSERT_TRUE(bench.holds(frames[i].bytes));
        ASSERT_LE(frames[i].bytes.size(), frame_bytes_max);
      }
      if (!bench.card.arm()) bench.card.silence();
    }
  }
}

}  // namespace
}  // namespace utnt::unikernel::virtio
