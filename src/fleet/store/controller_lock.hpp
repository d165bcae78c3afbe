// SPDX-License-Identifier: BSD-2-Clause
// One controller for one store: two would give the same job to two nodes. A lock on a file beside the store, which the
// kernel releases when its holder ends, however it ends.
#pragma once

#include <string>

#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

class ControllerLock {
 public:
  /// Throws StoreFailure (locked) that names the holder.
  explicit ControllerLock(const std::string& store_path);

 private:
  os_linux::UniqueFd file_;
};

}  // namespace utnt::fleet
