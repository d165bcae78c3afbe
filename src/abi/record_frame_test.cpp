// SPDX-License-Identifier: BSD-2-Clause
#include "abi/record_frame.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace utnt::abi {
namespace {

std::vector<std::byte> frame_of(std::size_t payload, std::uint32_t sequence, bool is_trailer = false) {
  std::vector<std::byte> out(frame_header_bytes + payload);
  for (std::size_t i = 0; i < payload; ++i) out[frame_header_bytes + i] = static_cast<std::byte>(i * 7);
  EXPECT_EQ(seal_frame(out, payload, sequence, is_trailer), out.size());
  return out;
}

TEST(RecordFrame, ComesBackWithItsNumberAndPayload) {
  const auto bytes = frame_of(100, 7);
  const auto frame = read_frame(bytes);
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->sequence, 7U);
  EXPECT_FALSE(frame->is_trailer);
  EXPECT_EQ(frame->payload.size(), 100U);
  EXPECT_EQ(frame->payload[3], std::byte{21});
}

TEST(RecordFrame, EveryCutIsTruncatedAndEveryFlippedBitIsNoticed) {
  const auto bytes = frame_of(40, 1);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(read_frame(ConstBytes{bytes}.first(length)).error(), Error::truncated) << length;
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    EXPECT_FALSE(read_frame(damaged).has_value()) << bit;
  }
}

TEST(RecordFrame, TheTrailerKeepsEveryField) {
  const Trailer trailer{.exit_code = -3,
                        .records = 1,
                        .receive_drops = 2,
                        .transmit_waits = 3,
                        .record_waits = 4,
                        .started_ns = 5,
                        .first_frame_ns = 6,
                        .first_reply_ns = 7,
                        .finished_ns = 0xffff'ffff'ffff'ffffU,
                        .boot = {.entry_ns = 8, .paging_ns = 9, .clock_ns = 10, .devices_ns = 11},
                        .receive_overruns = 12};
  std::vector<std::byte> out(frame_header_bytes + trailer_bytes);
  write_trailer(MutableBytes{out}.subspan(frame_header_bytes), trailer);
  seal_frame(out, trailer_bytes, 9, true);
  const auto frame = read_frame(out);
  ASSERT_TRUE(frame.has_value());
  EXPECT_TRUE(frame->is_trailer);
  const auto back = read_trailer(frame->payload);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->exit_code, -3);
  EXPECT_EQ(back->record_waits, 4U);
  EXPECT_EQ(back->first_reply_ns, 7U);
  EXPECT_EQ(back->finished_ns, 0xffff'ffff'ffff'ffffU);
  EXPECT_EQ(back->boot.entry_ns, 8U);
  EXPECT_EQ(back->boot.paging_ns, 9U);
  EXPECT_EQ(back->boot.clock_ns, 10U);
  EXPECT_EQ(back->boot.devices_ns, 11U);
  EXPECT_EQ(back->receive_overruns, 12U);
}

TEST(RecordFrame, AShorterTrailerLacksTheLaterFieldsAndALongerOneIsReadAsFarAsItIsKnown) {
  std::vector<std::byte> payload(trailer_bytes + 8, std::byte{0xee});
  write_trailer(payload, {.exit_code = 5, .finished_ns = 6, .boot = {.entry_ns = 7}, .receive_overruns = 8});
  const auto shortest = read_trailer(ConstBytes{payload}.first(68));
  ASSERT_TRUE(shortest.has_value());
  EXPECT_EQ(shortest->exit_code, 5);
  EXPECT_EQ(shortest->finished_ns, 6U);
  EXPECT_EQ(shortest->boot.entry_ns, 0U);
  EXPECT_EQ(shortest->receive_overruns, 0U);
  EXPECT_EQ(read_trailer(ConstBytes{payload}.first(67)).error(), Error::truncated);
  const auto longest = read_trailer(payload);
  ASSERT_TRUE(longest.has_value());
  EXPECT_EQ(longest->boot.entry_ns, 7U);
  EXPECT_EQ(longest->receive_overruns, 8U);
}

}  // namespace
}  // namespace utnt::abi
