// SPDX-License-Identifier: BSD-2-Clause
// What the tests of ssh and staging share: a directory of their own, errors as text.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fleet/transport/child_process.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet::test {

class Directory {
 public:
  explicit Directory(const std::string& below = testing::TempDir()) : path_{below + "/utnt.XXXXXX"} {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error{"no temporary directory below " + below};
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const { return path_ + "/" + std::string{name}; }

 private:
  std::string path_;
};

inline void write_file(const std::string& path, std::string_view content) {
  std::ofstream{path, std::ios::binary} << content;
}

inline std::string file_text(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// The message of the Failure that `call` throws; empty when it throws none.
template <class Call>
std::string failure_of(Call call) {
  try {
    call();
  } catch (const os_linux::Failure& failure) {
    return failure.what();
  }
  return {};
}

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

inline bool has_program(const std::string& name) {
  return run_command({.words = {"sh", "-c", "command -v " + name}}, {}).exit_status == 0;
}

}  // namespace utnt::fleet::test
