// SPDX-License-Identifier: BSD-2-Clause
#include "apps/utnt/image_file.hpp"

#include <filesystem>

namespace utnt::apps {

namespace {

std::string file_of(const std::string& kind) {
  if (kind == "process") return "utnt-process";
  return kind == "container" || kind == "vm" ? "utnt-" + kind + ".tar" : "utnt.elf";
}

}  // namespace

std::string installed_image(const std::string& kind) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  for (const auto* place : {"image", "lib/utnt"}) {
    const auto path = folder / place / file_of(kind);
    if (std::filesystem::exists(path)) return path.string();
  }
  return {};
}

}  // namespace utnt::apps
