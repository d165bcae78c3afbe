// SPDX-License-Identifier: BSD-2-Clause
// A directory of its own for one test, gone with the object; and small files in it, read and written whole.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace utnt::test {

class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::string& above = std::filesystem::temp_directory_path().string())
      : path_{above + "/utnt-test-XXXXXX"} {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error{"no directory can be made in " + above};
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const { return path_ + "/" + std::string{name}; }
  /// How many files and directories are in it.
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{path_}, {}));
  }

 private:
  std::string path_;
};

/// A place where synchronising costs nothing, for tests that do it by the thousand and never cut the power.
inline std::string memory_directory() {
  constexpr auto shared_memory = "/dev/shm";
  return ::access(shared_memory, W_OK) == 0 ? shared_memory : std::filesystem::temp_directory_path().string();
}

inline void write_file(const std::string& path, std::string_view content) {
  std::ofstream{path, std::ios::binary} << content;
}

/// The content; empty when there is no such file.
inline std::string file_text(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace utnt::test
