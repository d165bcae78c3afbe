// SPDX-License-Identifier: BSD-2-Clause
// The receiving end of an image's record stream: bytes in as they come, records out to an assembler. Whatever the
// stream lacks, the frames that are whole count: a damaged one is passed over and the next one looked for, a missing
// one is noticed by its number, and the end may come anywhere. Layout: docs/reference/records.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "abi/record_frame.hpp"
#include "base/bytes.hpp"
#include "results/assembler.hpp"

namespace utnt::results {

/// What became of a stream.
struct FrameCounts {
  std::uint64_t bytes{0};           ///< in all
  std::uint64_t frames{0};          ///< whole ones, the trailer too
  std::uint64_t damaged{0};         ///< places where what stood there was no frame
  std::uint64_t bytes_damaged{0};   ///< passed over while looking for the next frame
  std::uint64_t frames_missing{0};  ///< by the numbers of those that came
  std::uint64_t bytes_cut{0};       ///< of a frame that the end of the stream cut off
  std::uint64_t bytes_late{0};      ///< behind the trailer, where nothing should be
};

class FrameReader {
 public:
  /// `assembler` must outlive the reader.
  explicit FrameReader(Assembler& assembler) : assembler_{assembler} {}

  void add(ConstBytes bytes);
  /// Nothing more comes. The assembler is left open: what is to be finished there is the caller's decision.
  void finish();

  [[nodiscard]] const FrameCounts& counts() const { return counts_; }
  /// The stream's last frame, if it came.
  [[nodiscard]] const std::optional<abi::Trailer>& trailer() const { return trailer_; }
  /// False when a frame is missing, damaged or cut, or the trailer did not come.
  [[nodiscard]] bool is_complete() const;
  /// One line that says what is wrong; empty when nothing is.
  [[nodiscard]] std::string complaint() const;

 private:
  void take(const abi::Frame& frame);
  /// Whether a frame may begin with these bytes, going by its length and number alone.
  [[nodiscard]] bool may_begin(ConstBytes bytes) const;

  Assembler& assembler_;
  std::vector<std::byte> rest_;
  FrameCounts counts_;
  std::optional<abi::Trailer> trailer_;
  std::uint32_t expected_{0};
  bool is_lost_{false};  ///< the last bytes were no frame: looking for the next one
};

}  // namespace utnt::results
