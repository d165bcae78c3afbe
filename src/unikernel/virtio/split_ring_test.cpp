// SPDX-License-Identifier: BSD-2-Clause
// The ring against bytes written by hand at the places that the standard gives: descriptors, then 6 + 2N bytes of the
// driver's area, then 6 + 8N of the device's.
#include "unikernel/virtio/split_ring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace utnt::unikernel::virtio {
namespace {

constexpr unsigned size = 8;

class SplitRingTest : public testing::TestWithParam<bool> {
 protected:
  SplitRingTest() { ring_.start(memory_, size, GetParam()); }

  std::uint16_t& driver(std::size_t at) { return *reinterpret_cast<std::uint16_t*>(ring_.addresses().driver + at); }
  std::uint16_t& device(std::size_t at) { return *reinterpret_cast<std::uint16_t*>(ring_.addresses().device + at); }
  void use(std::uint16_t index, std::uint32_t id, std::uint32_t bytes) {
    const std::uint32_t entry[2]{id, bytes};
    std::memcpy(reinterpret_cast<void*>(ring_.addresses().device + 4 + 8 * std::size_t{index % size}), entry,
                sizeof entry);
    device(2) = static_cast<std::uint16_t>(index + 1);
  }

  alignas(16) std::array<std::byte, SplitRing::bytes_needed(size)> memory_{};
  SplitRing ring_;
};
INSTANTIATE_TEST_SUITE_P(EventIndex, SplitRingTest, testing::Bool());

TEST_P(SplitRingTest, areas_are_aligned_and_do_not_overlap) {
  const auto at = ring_.addresses();
  EXPECT_EQ(at.descriptors % 16, 0U);
  EXPECT_EQ(at.driver % 2, 0U);
  EXPECT_EQ(at.device % 4, 0U);
  EXPECT_GE(at.driver, at.descriptors + 16 * size);
  EXPECT_GE(at.device, at.driver + 6 + 2 * size);
  EXPECT_LE(at.device + 6 + 8 * size, reinterpret_cast<std::uintptr_t>(memory_.data() + memory_.size()));
}

TEST_P(SplitRingTest, offered_buffers_are_seen_only_after_publish) {
  ring_.describe(3, {}, SplitRing::Access::device_writes);
  ring_.offer(3);
  EXPECT_EQ(driver(2), 0);
  EXPECT_TRUE(ring_.publish());
  EXPECT_EQ(driver(2), 1);
  EXPECT_EQ(driver(4), 3);
  EXPECT_FALSE(ring_.publish()) << "nothing new";
}

TEST_P(SplitRingTest, a_device_that_does_not_ask_is_not_notified) {
  device(0) = 1;                 // without event index: no notifications
  device(4 + 8 * size) = 0x100;  // with it: not before entry 256
  ring_.offer(0);
  EXPECT_FALSE(ring_.publish());
}

TEST_P(SplitRingTest, a_device_is_notified_when_a_burst_crosses_the_entry_it_named) {
  if (!GetParam()) {  // without the index: every burst
    ring_.offer(0);
    EXPECT_TRUE(ring_.publish());
    return;
  }
  device(4 + 8 * size) = 2;
  ring_.offer(0);
  ring_.offer(1);
  EXPECT_FALSE(ring_.publish());
  ring_.offer(2);
  ring_.offer(3);
  EXPECT_TRUE(ring_.publish());
}

TEST_P(SplitRingTest, every_buffer_comes_back_once_over_three_turns_of_the_index) {
  for (unsigned turn = 0; turn < 3 * 65'536; ++turn) {
    const auto id = turn % size;
    ring_.offer(id);
    static_cast<void>(ring_.publish());
    ASSERT_FALSE(ring_.take());
    use(static_cast<std::uint16_t>(turn), id, turn);
    const auto used = ring_.take();
    ASSERT_TRUE(used);
    ASSERT_EQ(used->id, id);
    ASSERT_EQ(used->bytes, turn);
  }
  EXPECT_EQ(ring_.bad_entries(), 0U);
  EXPECT_FALSE(ring_.is_broken());
}

TEST_P(SplitRingTest, ids_that_the_device_does_not_own_are_skipped) {
  ring_.offer(1);
  ring_.offer(2);
  ring_.offer(5);
  static_cast<void>(ring_.publish());
  use(0, size, 1);          // beyond the ring
  use(1, 0xffff'ffffU, 1);  // far beyond
  use(2, 4, 1);             // never offered
  EXPECT_FALSE(ring_.take());
  EXPECT_EQ(ring_.bad_entries(), 3U);
  use(3, 5, 1);
  EXPECT_EQ(ring_.take()->id, 5U);
  use(4, 5, 1);  // again
  EXPECT_FALSE(ring_.take());
  EXPECT_EQ(ring_.bad_entries(), 4U);
}

TEST_P(SplitRingTest, an_index_that_jumps_further_than_the_device_can_breaks_the_ring) {
  ring_.offer(1);
  static_cast<void>(ring_.publish());
  device(2) = 2;
  EXPECT_FALSE(ring_.take());
  EXPECT_TRUE(ring_.is_broken());
  device(2) = 1;
  EXPECT_FALSE(ring_.take()) << "it is not believed again";
  EXPECT_FALSE(ring_.has_used());
}

TEST_P(SplitRingTest, arming_tells_of_what_came_before) {
  ring_.offer(0);
  static_cast<void>(ring_.publish());
  EXPECT_FALSE(ring_.arm());
  if (GetParam()) {
    EXPECT_EQ(driver(4 + 2 * size), 0) << "an interrupt for entry 0, the next one";
  } else {
    EXPECT_EQ(driver(0), 0) << "interrupts allowed";
  }
  ring_.silence();
  if (GetParam()) {
    EXPECT_EQ(driver(4 + 2 * size), 0xffff);
  } else {
    EXPECT_EQ(driver(0), 1);
  }
  use(0, 0, 0);
  EXPECT_TRUE(ring_.arm());
}

}  // namespace
}  // namespace utnt::unikernel::virtio
