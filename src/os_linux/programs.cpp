// SPDX-License-Identifier: BSD-2-Clause
// See programs.hpp.
#include "os_linux/programs.hpp"

#include <unistd.h>

#include <cstdlib>

#include "os_linux/plain_text.hpp"

namespace utnt::os_linux {

std::optional<std::string> find_program(const std::string& name) {
  const char* const places = std::getenv("PATH");
  for (const auto folder : parts_of(places == nullptr ? "/usr/bin:/bin:/usr/sbin:/sbin" : places, ":")) {
    auto path = std::string{folder} + "/" + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

std::vector<char*> pointers_to(std::span<const std::string> words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  // execve(2) and posix_spawn(3) write to none of them; their type is older than const.
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace utnt::os_linux
