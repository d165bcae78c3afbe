// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/store/payload.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <stdexcept>

namespace utnt::fleet {

std::vector<std::byte> compress_piece(ConstBytes piece) {
  constexpr int level = 3;
  std::vector<std::byte> frame(ZSTD_compressBound(piece.size()));
  const auto size = ZSTD_compress(frame.data(), frame.size(), piece.data(), piece.size(), level);
  if (ZSTD_isError(size) != 0) throw std::runtime_error{fmt::format("zstd: {}", ZSTD_getErrorName(size))};
  frame.resize(size);
  return frame;
}

std::vector<std::byte> decompress_piece(ConstBytes frame, std::size_t bytes) {
  if (bytes > payload_piece_bytes) throw std::runtime_error{fmt::format("a piece of {} bytes is too large", bytes)};
  std::vector<std::byte> piece(bytes);
  const auto size = ZSTD_decompress(piece.data(), piece.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) != 0) throw std::runtime_error{fmt::format("zstd: {}", ZSTD_getErrorName(size))};
  if (size != bytes) throw std::runtime_error{fmt::format("a piece has {} bytes instead of {}", size, bytes)};
  return piece;
}

}  // namespace utnt::fleet
