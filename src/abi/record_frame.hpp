// SPDX-License-Identifier: BSD-2-Clause
// The record stream that an image writes, whatever carries it: frames of whole records, each with its length, its
// number and a checksum, and a trailer with the exit code, so that a reader knows what it has even when the writer is
// gone.
//   frame    payload length u32 | sequence u32 | CRC32C u32 | payload
//   trailer  the same with bit 31 of the length set; its payload is Trailer
// The CRC covers the first 8 bytes and the payload. Little endian. Layout: docs/reference/records.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace utnt::abi {

inline constexpr std::size_t frame_header_bytes = 12;
inline constexpr std::size_t frame_payload_max = 16'384;
inline constexpr std::uint32_t frame_trailer_bit = 0x8000'0000U;

/// How a run ended, and what it could not keep.
struct Trailer {
  std::int32_t exit_code{0};
  std::uint64_t records{0};
  std::uint64_t receive_drops{0};   ///< frames that the device or the rings lost
  std::uint64_t transmit_waits{0};  ///< times that a full transmit ring made the engine pause
  std::uint64_t record_waits{0};    ///< times that a full record channel made it pause
  std::uint64_t started_ns{0};      ///< monotonic clock at the program's start
  std::uint64_t first_frame_ns{0};  ///< at the first frame sent; 0 = none
  std::uint64_t first_reply_ns{0};
  std::uint64_t finished_ns{0};
};
inline constexpr std::size_t trailer_bytes = 68;

struct Frame {
  std::uint32_t sequence{0};
  bool is_trailer{false};
  ConstBytes payload;
};

/// Writes header and checksum in front of a payload that stands at out[frame_header_bytes ..]; the frame's length.
std::size_t seal_frame(MutableBytes out, std::size_t payload_bytes, std::uint32_t sequence, bool is_trailer);

/// The frame at the front of `bytes`. Errors: truncated (more bytes are needed), malformed (length beyond the maximum
/// or a wrong checksum: the stream is damaged here).
Result<Frame> read_frame(ConstBytes bytes);

void write_trailer(MutableBytes out, const Trailer& trailer);
/// Errors: truncated.
Result<Trailer> read_trailer(ConstBytes payload);

}  // namespace utnt::abi
