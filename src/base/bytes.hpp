// SPDX-License-Identifier: BSD-2-Clause
// Reading and writing integers of fixed byte order in spans of bytes.
// Every function asserts that the bytes are there: parsers check a length once, then read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/assert.hpp"

namespace utnt {

using ConstBytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

constexpr std::uint8_t load_u8(ConstBytes b, std::size_t at) {
  UTNT_ASSERT(at < b.size());
  return static_cast<std::uint8_t>(b[at]);
}
constexpr std::uint16_t load_be16(ConstBytes b, std::size_t at) {
  return static_cast<std::uint16_t>(load_u8(b, at) << 8 | load_u8(b, at + 1));
}
constexpr std::uint32_t load_be32(ConstBytes b, std::size_t at) {
  return std::uint32_t{load_be16(b, at)} << 16 | load_be16(b, at + 2);
}
constexpr std::uint64_t load_be64(ConstBytes b, std::size_t at) {
  return std::uint64_t{load_be32(b, at)} << 32 | load_be32(b, at + 4);
}
constexpr void store_u8(MutableBytes b, std::size_t at, std::uint8_t v) {
  UTNT_ASSERT(at < b.size());
  b[at] = static_cast<std::byte>(v);
}
constexpr void store_be16(MutableBytes b, std::size_t at, std::uint16_t v) {
  store_u8(b, at, static_cast<std::uint8_t>(v >> 8));
  store_u8(b, at + 1, static_cast<std::uint8_t>(v & 0xff));
}
constexpr void store_be32(MutableBytes b, std::size_t at, std::uint32_t v) {
  store_be16(b, at, static_cast<std::uint16_t>(v >> 16));
  store_be16(b, at + 2, static_cast<std::uint16_t>(v & 0xffff));
}
constexpr void store_be64(MutableBytes b, std::size_t at, std::uint64_t v) {
  store_be32(b, at, static_cast<std::uint32_t>(v >> 32));
  store_be32(b, at + 4, static_cast<std::uint32_t>(v & 0xffff'ffff));
}
constexpr std::uint64_t load_le(ConstBytes b, std::size_t at, std::size_t width) {
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < width; ++i) v |= std::uint64_t{load_u8(b, at + i)} << (8 * i);
  return v;
}
constexpr void store_le(MutableBytes b, std::size_t at, std::size_t width, std::uint64_t v) {
  for (std::size_t i = 0; i < width; ++i) store_u8(b, at + i, static_cast<std::uint8_t>(v >> (8 * i)));
}

/// Copies `from` to the front of `to`; asserts that it fits. Empty spans are fine.
inline void copy_bytes(MutableBytes to, ConstBytes from) {
  UTNT_ASSERT(from.size() <= to.size());
  if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
}
inline void fill_zero(MutableBytes to) {
  if (!to.empty()) std::memset(to.data(), 0, to.size());
}

}  // namespace utnt
