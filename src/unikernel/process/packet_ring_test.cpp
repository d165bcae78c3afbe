// SPDX-License-Identifier: BSD-2-Clause
// The rings of a packet socket, with the kernel's side played by hand: struct tpacket2_hdr of linux/if_packet.h
// (status, length, captured length, offset of the frame), TP_STATUS_USER 1, TP_STATUS_LOSING 4,
// TP_STATUS_SEND_REQUEST 1.
#include "unikernel/process/packet_ring.hpp"

#include <gtest/gtest.h>

#include <array>

namespace utnt::unikernel {
namespace {

constexpr std::size_t slot_bytes = 2048, slots = 4, ring_bytes = slot_bytes * slots;
constexpr std::uint16_t frame_offset = 80;

class PacketRingTest : public ::testing::Test {
 protected:
  PacketRingTest() {
    abi::BootNic nic;
    nic.ring_base = reinterpret_cast<std::uint64_t>(memory_.data());
    nic.block_bytes = ring_bytes;
    nic.block_count = 1;
    nic.frame_bytes = slot_bytes;
    ring_.start(nic);
  }
  /// A frame of `length` bytes, of which the kernel kept `captured`.
  void deliver(std::size_t index, std::uint32_t length, std::uint32_t captured, std::uint32_t status = 1) {
    const auto slot = MutableBytes{memory_}.subspan(index * slot_bytes, slot_bytes);
    store_le(slot, 4, 4, length);
    store_le(slot, 8, 4, captured);
    store_le(slot, 12, 2, frame_offset);
    slot[frame_offset] = static_cast<std::byte>(index);
    store_le(slot, 0, 4, status);
  }
  [[nodiscard]] std::uint64_t status(std::size_t slot) const { return load_le(memory_, slot * slot_bytes, 4); }

  alignas(64) std::array<std::byte, 2 * ring_bytes> memory_{};
  PacketRing ring_;
};

TEST_F(PacketRingTest, keeps_the_frames_until_they_are_released) {
  EXPECT_FALSE(ring_.receive());
  deliver(0, 60, 60);
  deliver(1, 61, 61);
  const auto first = ring_.receive();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 60U);
  EXPECT_EQ(first->front(), std::byte{0});
  EXPECT_EQ(ring_.receive()->size(), 61U);
  EXPECT_FALSE(ring_.receive());
  EXPECT_EQ(status(0), 1U);
  ring_.release();
  EXPECT_EQ(status(0), 0U);
  EXPECT_EQ(status(1), 0U);
  EXPECT_FALSE(ring_.has_overrun());
}

TEST_F(PacketRingTest, counts_frames_that_did_not_fit) {
  deliver(0, 9000, 1900);
  deliver(1, 60, 60);
  EXPECT_EQ(ring_.receive()->size(), 60U);
  EXPECT_EQ(ring_.cut(), 1U);
}

TEST_F(PacketRingTest, knows_that_the_kernel_had_no_slot_for_a_frame) {
  for (std::size_t i = 0; i < slots; ++i) deliver(i, 60, 60, i == 2 ? 1 | 4 : 1);
  static_cast<void>(ring_.receive());
  static_cast<void>(ring_.receive());
  EXPECT_FALSE(ring_.has_overrun());
  ASSERT_TRUE(ring_.receive());
  EXPECT_TRUE(ring_.has_overrun());
}

TEST_F(PacketRingTest, queues_until_the_ring_is_full_and_counts_what_the_kernel_refuses) {
  const std::array<std::byte, 60> frame{};
  for (std::size_t i = 0; i < slots; ++i) {
    EXPECT_TRUE(ring_.queue(frame));
    EXPECT_EQ(load_le(memory_, ring_bytes + i * slot_bytes, 4), 1U) << "to be sent";
    EXPECT_EQ(load_le(memory_, ring_bytes + i * slot_bytes + 4, 4), 60U);
  }
  EXPECT_FALSE(ring_.queue(frame));
  constexpr std::uint64_t wrong_format = 4;
  store_le(memory_, ring_bytes, 4, wrong_format);
  EXPECT_TRUE(ring_.queue(frame));
  EXPECT_EQ(ring_.refused(), 1U);
  EXPECT_FALSE(ring_.queue(frame));
}

}  // namespace
}  // namespace utnt::unikernel
