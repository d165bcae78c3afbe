// SPDX-License-Identifier: BSD-2-Clause
// See live_block_list.hpp.
#include "apps/utnt/live_block_list.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "apps/utnt/command.hpp"

namespace utnt::apps {

void LiveBlockList::read() {
  for (const auto& path : paths_) list_.read_file(path);
}

std::string LiveBlockList::read_again() {
  constexpr auto kept = "the block list stays as it was";
  try {
    BlockList fresh;
    for (const auto& path : paths_) {
      // What came through a pipe is gone: read again, it would be a list of nothing.
      std::error_code error;
      if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error)) {
        return fmt::format("{} is no regular file and cannot be read again; {}", path, kept);
      }
      fresh.read_file(path);
    }
    const auto before = list_.size();
    list_ = std::move(fresh);
    return fmt::format("the block list was read again: {} ranges of addresses, {} before", list_.size(), before);
  } catch (const Failure& failure) {
    return fmt::format("{}; {}", failure.what(), kept);
  }
}

}  // namespace utnt::apps
