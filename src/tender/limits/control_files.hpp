// SPDX-License-Identifier: BSD-2-Clause
// The few operations on files that control groups need, below a root of the caller's choice: tests put a tree there
// that behaves as the kernel's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os_linux/unique_fd.hpp"

namespace utnt::tender {

class ControlFiles {
 public:
  /// All paths begin with `root`; empty: the system's own.
  explicit ControlFiles(std::string root = {}) : root_{std::move(root)} {}
  ControlFiles(const ControlFiles&) = delete;
  ControlFiles& operator=(const ControlFiles&) = delete;
  virtual ~ControlFiles() = default;

  /// 0, or the error number.
  virtual int make_directory(const std::string& path);
  virtual int remove_directory(const std::string& path);
  virtual int write(const std::string& path, std::string_view text);
  [[nodiscard]] std::optional<std::string> read(const std::string& path) const;
  /// Names of the directories in `path`; none when it cannot be read.
  [[nodiscard]] std::vector<std::string> directories(const std::string& path) const;
  /// For writing; close-on-exec.
  [[nodiscard]] os_linux::UniqueFd open(const std::string& path) const;

 protected:
  [[nodiscard]] std::string below_root(const std::string& path) const { return root_ + path; }

 private:
  std::string root_;
};

}  // namespace utnt::tender
