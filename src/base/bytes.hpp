// SPDX-License-Identifier: BSD-2-Clause
// Reading and writing integers of fixed byte order in spans of bytes.
// Every function asserts that the bytes are there: parsers check a length once, then read.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/assert.hpp"

namespace utnt {

using ConstBytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

namespace detail {

template <class Word>
constexpr Word swap_bytes(Word word) {
  if constexpr (sizeof(Word) == 2) return __builtin_bswap16(word);
  if constexpr (sizeof(Word) == 4) return __builtin_bswap32(word);
  if constexpr (sizeof(Word) == 8) return __builtin_bswap64(word);
}

/// One check and one load (or store) per word: a loop over single bytes costs several times as much on every probe.
template <class Word>
constexpr Word load_be(ConstBytes b, std::size_t at) {
  UTNT_ASSERT(b.size() >= sizeof(Word) && at <= b.size() - sizeof(Word));
  Word word{};
  if (std::is_constant_evaluated()) {
    for (std::size_t i = 0; i < sizeof(Word); ++i)
      word = static_cast<Word>(static_cast<Word>(word << 8) | static_cast<Word>(b[at + i]));
    return word;
  }
  std::memcpy(&word, b.data() + at, sizeof(Word));
  return std::endian::native == std::endian::big ? word : swap_bytes(word);
}

template <class Word>
constexpr void store_be(MutableBytes b, std::size_t at, Word word) {
  UTNT_ASSERT(b.size() >= sizeof(Word) && at <= b.size() - sizeof(Word));
  if (std::is_constant_evaluated()) {
    for (std::size_t i = 0; i < sizeof(Word); ++i)
      b[at + i] = static_cast<std::byte>(word >> (8 * (sizeof(Word) - 1 - i)) & 0xff);
    return;
  }
  if constexpr (std::endian::native != std::endian::big) word = swap_bytes(word);
  std::memcpy(b.data() + at, &word, sizeof(Word));
}

}  // namespace detail

constexpr std::uint8_t load_u8(ConstBytes b, std::size_t at) {
  UTNT_ASSERT(at < b.size());
  return static_cast<std::uint8_t>(b[at]);
}
constexpr std::uint16_t load_be16(ConstBytes b, std::size_t at) { return detail::load_be<std::uint16_t>(b, at); }
constexpr std::uint32_t load_be32(ConstBytes b, std::size_t at) { return detail::load_be<std::uint32_t>(b, at); }
constexpr std::uint64_t load_be64(ConstBytes b, std::size_t at) { return detail::load_be<std::uint64_t>(b, at); }
constexpr void store_u8(MutableBytes b, std::size_t at, std::uint8_t v) {
  UTNT_ASSERT(at < b.size());
  b[at] = static_cast<std::byte>(v);
}
constexpr void store_be16(MutableBytes b, std::size_t at, std::uint16_t v) { detail::store_be(b, at, v); }
constexpr void store_be32(MutableBytes b, std::size_t at, std::uint32_t v) { detail::store_be(b, at, v); }
constexpr void store_be64(MutableBytes b, std::size_t at, std::uint64_t v) { detail::store_be(b, at, v); }
constexpr std::uint64_t load_le(ConstBytes b, std::size_t at, std::size_t width) {
  if (width == 8 && !std::is_constant_evaluated()) return detail::swap_bytes(load_be64(b, at));
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
