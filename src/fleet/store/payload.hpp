// SPDX-License-Identifier: BSD-2-Clause
// A result's bytes as they lie in the store: pieces of a mebibyte, each a zstd frame of its own, so that neither
// writing nor reading ever needs more memory than one piece. Source: RFC 8878, by libzstd.
#pragma once

#include <cstddef>
#include <vector>

#include "base/bytes.hpp"

namespace utnt::fleet {

inline constexpr std::size_t payload_piece_bytes = std::size_t{1} << 20;

std::vector<std::byte> compress_piece(ConstBytes piece);
/// Throws std::runtime_error when it is no frame of exactly `bytes` bytes (at most a piece).
std::vector<std::byte> decompress_piece(ConstBytes frame, std::size_t bytes);

}  // namespace utnt::fleet
