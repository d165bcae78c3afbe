// SPDX-License-Identifier: BSD-2-Clause
// See arena.hpp.
#include "base/arena.hpp"

#include <cstring>

namespace utnt {

void Arena::repeat(std::byte* first, std::size_t bytes, std::size_t count) const {
  bool is_there = is_zero_;
  for (std::size_t i = 0; i < bytes && is_there; ++i) is_there = first[i] == std::byte{};
  if (is_there) return;
  for (std::size_t i = 1; i < count; ++i) std::memcpy(first + i * bytes, first, bytes);
}

}  // namespace utnt
