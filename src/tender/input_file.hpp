// SPDX-License-Identifier: BSD-2-Clause
// The files that an image is made of: the image itself, and its input, which may also be held in memory.
#pragma once

#include <cstdint>
#include <string>

#include "os_linux/unique_fd.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {

struct OpenFile {
  os_linux::UniqueFd fd;
  std::uint64_t bytes{0};
};

/// For reading. Throws os_linux::Failure: a missing file is the user's mistake (bad_input), not the machine's.
OpenFile open_file(const std::string& path, const std::string& what);

/// A file without a name that holds these bytes, from its beginning. Throws os_linux::Failure.
os_linux::UniqueFd hold_in_memory(const char* name, ConstBytes bytes);

/// The input; closed when there is none. Throws os_linux::Failure.
OpenFile open_module(const RunRequest& request);

}  // namespace utnt::tender
