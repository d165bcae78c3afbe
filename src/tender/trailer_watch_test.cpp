// SPDX-License-Identifier: BSD-2-Clause
#include "tender/trailer_watch.hpp"

#include <gtest/gtest.h>

namespace utnt::tender {
namespace {

std::vector<std::byte> stream() {
  std::vector<std::byte> out;
  std::vector<std::byte> frame(abi::frame_header_bytes + abi::frame_payload_max);
  const auto append = [&](std::size_t payload, std::uint32_t sequence, bool is_trailer) {
    const auto length = abi::seal_frame(frame, payload, sequence, is_trailer);
    out.insert(out.end(), frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
  };
  append(100, 0, false);
  append(abi::frame_payload_max, 1, false);
  abi::write_trailer(MutableBytes{frame}.subspan(abi::frame_header_bytes), {.exit_code = 1, .records = 7});
  append(abi::trailer_bytes, 2, true);
  return out;
}

TEST(TrailerWatch, finds_the_trailer_however_the_stream_is_cut) {
  const auto bytes = stream();
  for (const std::size_t piece : {std::size_t{1}, std::size_t{11}, std::size_t{4096}, bytes.size()}) {
    TrailerWatch watch;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      EXPECT_FALSE(watch.trailer()) << at;
      watch.add(ConstBytes{bytes}.subspan(at, std::min(piece, bytes.size() - at)));
    }
    ASSERT_TRUE(watch.trailer()) << piece;
    EXPECT_EQ(watch.trailer()->exit_code, 1);
    EXPECT_EQ(watch.trailer()->records, 7U);
    EXPECT_FALSE(watch.is_damaged());
  }
}

TEST(TrailerWatch, stops_at_a_damaged_frame) {
  auto bytes = stream();
  bytes[200] ^= std::byte{1};
  TrailerWatch watch;
  watch.add(bytes);
  EXPECT_TRUE(watch.is_damaged());
  EXPECT_FALSE(watch.trailer());
  watch.add(stream());
  EXPECT_FALSE(watch.trailer());
}

}  // namespace
}  // namespace utnt::tender
