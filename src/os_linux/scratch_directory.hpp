// SPDX-License-Identifier: BSD-2-Clause
// A directory for the time of one task: readable by its owner alone, and gone with all that is in it when the object
// goes.
#pragma once

#include <string>
#include <string_view>

namespace utnt::os_linux {

class ScratchDirectory {
 public:
  /// Makes PARENT/NAME.(six random characters), mode 0700. Throws Failure when it cannot be made.
  ScratchDirectory(const std::string& parent, std::string_view name);
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const { return path_ + "/" + std::string{name}; }

 private:
  std::string path_;
};

}  // namespace utnt::os_linux
