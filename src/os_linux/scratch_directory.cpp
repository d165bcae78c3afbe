// SPDX-License-Identifier: BSD-2-Clause
#include "os_linux/scratch_directory.hpp"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "os_linux/failure.hpp"

namespace utnt::os_linux {

ScratchDirectory::ScratchDirectory(const std::string& parent, std::string_view name)
    : path_{parent + "/" + std::string{name} + ".XXXXXX"} {
  if (::mkdtemp(path_.data()) == nullptr) throw system_failure("cannot make a directory in " + parent, errno);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace utnt::os_linux
