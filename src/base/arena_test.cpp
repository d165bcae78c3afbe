// SPDX-License-Identifier: BSD-2-Clause
#include "base/arena.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace utnt {
namespace {

struct Entry {
  std::uint32_t key{0};
  std::uint64_t value{0};
};
struct Marked {
  std::uint32_t key{7};
};

TEST(Arena, counts_what_it_would_carve) {
  Arena counting;
  static_cast<void>(counting.take<Entry>(3));
  static_cast<void>(counting.take<std::uint8_t>(1));
  EXPECT_EQ(counting.used(), 128U) << "48 bytes and 1 byte, each up to a multiple of 64";
}

TEST(Arena, makes_new_elements_whatever_the_memory_holds) {
  alignas(Arena::alignment) std::array<std::byte, 256> memory;
  memory.fill(std::byte{0xee});
  Arena arena{memory};
  for (const auto& entry : arena.take<Entry>(4)) EXPECT_EQ(entry.key + entry.value, 0U);
  for (const auto& entry : arena.take<Marked>(4)) EXPECT_EQ(entry.key, 7U);
}

TEST(Arena, does_not_write_zeros_over_zeros) {
  alignas(Arena::alignment) std::array<std::byte, 256> memory{};
  memory[3 * sizeof(Entry)] = std::byte{1};  // not the zeros that were promised: seen only where nothing is written
  Arena arena{memory, MemoryHolds::zeros};
  EXPECT_EQ(arena.take<Entry>(4)[3].key, 1U);
}

TEST(Arena, writes_what_is_not_zero_over_zeros_too) {
  alignas(Arena::alignment) std::array<std::byte, 256> memory{};
  Arena arena{memory, MemoryHolds::zeros};
  for (const auto& entry : arena.take<Marked>(16)) EXPECT_EQ(entry.key, 7U);
}

}  // namespace
}  // namespace utnt
