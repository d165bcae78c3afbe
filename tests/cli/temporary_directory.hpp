// SPDX-License-Identifier: BSD-2-Clause
// A directory of its own for one test, gone with the object.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <stdlib.h>

namespace utnt::apps {

class TemporaryDirectory {
 public:
  TemporaryDirectory() : root_{(std::filesystem::temp_directory_path() / "utnt-test-XXXXXX").string()} {
    if (::mkdtemp(root_.data()) == nullptr) throw std::runtime_error{"no temporary directory"};
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return root_ + "/" + name; }

 private:
  std::string root_;
};

}  // namespace utnt::apps
