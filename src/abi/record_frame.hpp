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

/// What the platform did before the program began, by the program's clock; 0 = not known, or not done by this platform.
struct BootStamps {
  std::uint64_t entry_ns{0};    ///< first instruction of the image
  std::uint64_t paging_ns{0};   ///< own page tables and fault reports in force
  std::uint64_t clock_ns{0};    ///< speed of the clock found
  std::uint64_t devices_ns{0};  ///< devices ready
};

/// How a run ended, and what it could not keep.
struct Trailer {
  std::int32_t exit_code{0};
  std::uint64_t records{0};
  std::uint64_t receive_drops{0};   ///< frames that came and could not be handed to the program
  std::uint64_t transmit_waits{0};  ///< times that a full transmit ring made the engine pause
  std::uint64_t record_waits{0};    ///< times that a full record channel made it pause
  std::uint64_t started_ns{0};      ///< monotonic clock at the program's start
  std::uint64_t first_frame_ns{0};  ///< at the first frame sent; 0 = none
  std::uint64_t first_reply_ns{0};
  std::uint64_t finished_ns{0};
  // Behind this line: not in the shortest trailer, whose readers ignore what follows.
  BootStamps boot{};
  std::uint64_t receive_overruns{0};  ///< times that there was no room for frames: more may be lost than receive_drops
};
inline constexpr std::size_t trailer_bytes = 108;
inline constexpr std::size_t trailer_bytes_min = 68;  ///< without boot stamps and overruns

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
/// Fields that a shorter trailer lacks are 0, what a longer one has more is ignored. Errors: truncated.
Result<Trailer> read_trailer(ConstBytes payload);

}  // namespace utnt::abi
