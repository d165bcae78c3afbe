// SPDX-License-Identifier: BSD-2-Clause
// Closing a descriptor; apart, because only .cpp files see the headers of the system.
#include "os_linux/unique_fd.hpp"

#include <unistd.h>

namespace utnt::os_linux {

void UniqueFd::reset() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace utnt::os_linux
