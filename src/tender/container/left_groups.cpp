// SPDX-License-Identifier: BSD-2-Clause
// One tree in version 2, one for each controller in version 1. Only empty groups can be removed: the kernel sees to
// that.
#include "tender/container/left_groups.hpp"

#include <unistd.h>

#include <filesystem>
#include <vector>

namespace utnt::tender {
namespace {

std::vector<std::filesystem::path> folders_in(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> folders;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{path, error}, end; !error && entry != end; entry.increment(error))
    if (entry->is_directory(error) && !entry->is_symlink(error)) folders.push_back(entry->path());
  return folders;
}

}  // namespace

void remove_left_groups(const std::string& directory, const std::string& groups) {
  auto trees = folders_in(groups);
  trees.emplace_back(groups);
  for (const auto* const driver : {"overlay-containers", "vfs-containers"}) {
    for (const auto& container : folders_in(std::filesystem::path{directory} / "root" / driver)) {
      const auto id = container.filename().string();
      for (const auto& tree : trees)
        for (const auto* const prefix : {"libpod-", "libpod-conmon-"})
          ::rmdir((tree / "libpod_parent" / (prefix + id)).c_str());
    }
  }
}

}  // namespace utnt::tender
