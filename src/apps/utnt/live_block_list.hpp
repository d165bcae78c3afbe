// SPDX-License-Identifier: BSD-2-Clause
// The block list of a running campaign, which may be read again while probes leave: somebody who asks not to be probed
// should not have to wait for the end of it. A new list takes the place of the old one as a whole or not at all.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apps/utnt/block_list.hpp"

namespace utnt::apps {

class LiveBlockList {
 public:
  explicit LiveBlockList(std::vector<std::string> paths) : paths_{std::move(paths)} {}
  /// The first reading. Throws Failure (bad_input).
  void read();
  /// Reads all files again and returns a line for people about what came of it. When anything about any of the files is
  /// wrong, the old list stays.
  std::string read_again();
  [[nodiscard]] bool has_files() const { return !paths_.empty(); }
  /// The list as it is now; the reference stays valid.
  [[nodiscard]] const BlockList& now() const { return list_; }

 private:
  std::vector<std::string> paths_;
  BlockList list_;
};

}  // namespace utnt::apps
