// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/image_file.hpp"

#include <filesystem>

namespace utnt::apps {

std::string installed_image(const std::string& tender) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  for (const auto* place : {"image", "lib/utnt"}) {
    const auto path = folder / place / (tender == "qemu" ? "utnt.elf" : "utnt-process");
    if (std::filesystem::exists(path)) return path.string();
  }
  return {};
}

}  // namespace utnt::apps
