// SPDX-License-Identifier: BSD-2-Clause
// The record stream on a disk: blocks of 4 KiB, each written once and complete in itself, one behind the other from the
// disk's beginning, so that a reader of the file needs no clean shutdown and no index.
//   magic u32 | number u32 | stream u64 | payload length u32 | CRC32C u32 | payload, then zeros
// The CRC covers the bytes before it and the payload. Little endian. Layout: docs/reference/records.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace utnt::abi {

inline constexpr std::uint32_t block_magic = 0x314c'5455;  ///< "UTL1"
inline constexpr std::size_t block_bytes = 4096;
inline constexpr std::size_t block_header_bytes = 24;
inline constexpr std::size_t block_payload_max = block_bytes - block_header_bytes;

struct LogBlock {
  std::uint32_t number{0};  ///< its place on the disk, counted in blocks
  std::uint64_t stream{0};  ///< one for each run, so that what an earlier one left on the disk is told apart
  ConstBytes payload;
};

/// Writes the header in front of a payload that stands at block[block_header_bytes ..], and zeros behind it.
void seal_block(MutableBytes block, std::size_t payload_bytes, std::uint32_t number, std::uint64_t stream);

/// The block in `bytes`, of which there are block_bytes. Errors: truncated (there are fewer), not_found (nothing was
/// written here: no magic), malformed (torn or damaged: impossible length or wrong checksum).
Result<LogBlock> read_block(ConstBytes bytes);

}  // namespace utnt::abi
