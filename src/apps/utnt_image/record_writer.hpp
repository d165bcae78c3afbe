// SPDX-License-Identifier: BSD-2-Clause
// Events as records, gathered in frames of the record channel. A frame leaves when it is full, or when the program is
// about to sleep; nothing is ever dropped: a channel without room makes the program wait.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "abi/record_frame.hpp"
#include "report/record.hpp"
#include "unikernel/platform.hpp"

namespace utnt::image {

class RecordWriter {
 public:
  template <class Record>
  void write(const Record& record) {
    auto length = report::encode(record, room());
    if (!length) {
      flush();
      length = report::encode(record, room());
    }
    UTNT_ASSERT(length.has_value());
    used_ += *length;
    ++records_;
  }

  /// Hands the frame over if one has begun.
  void flush();
  /// The same, unless the pause is short and the last frame left a moment ago: a busy program fills its frames.
  void flush_before_pause(Instant now, Instant until);
  /// The last frame. `trailer` needs its exit code and times; the counts of this class are filled in.
  void finish(abi::Trailer trailer);
  /// The channel takes nothing more.
  [[nodiscard]] bool is_gone() const { return is_gone_; }

 private:
  [[nodiscard]] MutableBytes room() { return MutableBytes{frame_}.subspan(abi::frame_header_bytes + used_); }
  void hand_over(bool is_trailer);

  std::array<std::byte, abi::frame_header_bytes + abi::frame_payload_max> frame_;
  std::size_t used_{0};
  std::uint32_t sequence_{0};
  std::uint64_t records_{0};
  std::uint64_t waits_{0};
  Instant flushed_{};
  bool is_gone_{false};
};

}  // namespace utnt::image
