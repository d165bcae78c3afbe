// SPDX-License-Identifier: BSD-2-Clause
#include "abi/block_log.hpp"

#include "base/crc32c.hpp"

namespace utnt::abi {
namespace {

constexpr std::size_t number_at = 4, stream_at = 8, length_at = 16, checksum_at = 20;

std::uint32_t checksum_of(ConstBytes block, std::size_t payload_bytes) {
  return crc32c(block.subspan(block_header_bytes, payload_bytes), crc32c(block.first(checksum_at)));
}

}  // namespace

void seal_block(MutableBytes block, std::size_t payload_bytes, std::uint32_t number, std::uint64_t stream) {
  UTNT_ASSERT(block.size() == block_bytes);
  UTNT_ASSERT(payload_bytes <= block_payload_max);
  store_le(block, 0, 4, block_magic);
  store_le(block, number_at, 4, number);
  store_le(block, stream_at, 8, stream);
  store_le(block, length_at, 4, payload_bytes);
  store_le(block, checksum_at, 4, checksum_of(block, payload_bytes));
  fill_zero(block.subspan(block_header_bytes + payload_bytes));
}

Result<LogBlock> read_block(ConstBytes bytes) {
  if (bytes.size() < block_bytes) return Fail{Error::truncated};
  if (load_le(bytes, 0, 4) != block_magic) return Fail{Error::not_found};
  const auto length = load_le(bytes, length_at, 4);
  if (length > block_payload_max) return Fail{Error::malformed};
  if (load_le(bytes, checksum_at, 4) != checksum_of(bytes, length)) return Fail{Error::malformed};
  return LogBlock{static_cast<std::uint32_t>(load_le(bytes, number_at, 4)), load_le(bytes, stream_at, 8),
                  bytes.subspan(block_header_bytes, length)};
}

}  // namespace utnt::abi
