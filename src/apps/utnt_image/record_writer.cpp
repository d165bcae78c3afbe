// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt_image/record_writer.hpp"

namespace utnt::image {
namespace {

constexpr Duration long_pause{2'000'000};
constexpr Duration keep_at_most{10'000'000};
/// A hand-over that takes longer than this had to wait for the reader.
constexpr Duration prompt{1'000'000};

}  // namespace

void RecordWriter::hand_over(bool is_trailer) {
  const auto length = abi::seal_frame(frame_, used_, sequence_++, is_trailer);
  used_ = 0;
  if (is_gone_) return;
  const auto before = unikernel::platform::now();
  is_gone_ = !unikernel::platform::rec_write(ConstBytes{frame_}.first(length));
  flushed_ = unikernel::platform::now();
  if (flushed_ - before > prompt) ++waits_;
}

void RecordWriter::flush() {
  if (used_ > 0) hand_over(false);
}

void RecordWriter::flush_before_pause(Instant now, Instant until) {
  if (until - now >= long_pause || now - flushed_ >= keep_at_most) flush();
}

void RecordWriter::finish(abi::Trailer trailer) {
  flush();
  trailer.records = records_;
  trailer.record_waits = waits_;
  abi::write_trailer(MutableBytes{frame_}.subspan(abi::frame_header_bytes), trailer);
  used_ = abi::trailer_bytes;
  hand_over(true);
}

}  // namespace utnt::image
