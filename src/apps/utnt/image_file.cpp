// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/image_file.hpp"

#include <filesystem>

namespace utnt::apps {

std::string installed_image(const std::string& tender) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  for (const auto* place : {"image", "lib/utnt"}) {
    const auto path = folder / place / (tender == "process" ? "utnt-process" : "utnt.elf");
    if (std::filesystem::exists(path)) return path.string();
  }
  return {};
}

}  // namespace utnt::apps
