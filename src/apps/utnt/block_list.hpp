// SPDX-License-Identifier: BSD-2-Clause
// Addresses that must not be probed: prefixes of both families, one a line, '#' begins a comment.
// A line that cannot be read is fatal: a block list that is silently shorter than its author thinks is worse than none.
#pragma once

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "wire/address.hpp"

namespace utnt::apps {

class BlockList {
 public:
  /// Adds the prefixes of `input`; `name` appears in errors. Throws Failure (bad_input) with "name:line: ...".
  void read(std::istream& input, const std::string& name);
  /// Adds the prefixes of the file at `path`. Throws Failure (bad_input).
  void read_file(const std::string& path);
  [[nodiscard]] bool contains(const wire::IpAddress& address) const;
  /// Disjoint ranges after merging.
  [[nodiscard]] std::size_t size() const { return ranges_.size(); }
  using Range = std::pair<wire::IpAddress, wire::IpAddress>;  ///< first and last address, inclusive
  /// Sorted, disjoint.
  [[nodiscard]] const std::vector<Range>& ranges() const { return ranges_; }
  /// For core::EngineConfig::blocked; `context` is a BlockList.
  static bool blocks(const void* context, const wire::IpAddress& address);

 private:
  std::vector<Range> ranges_;
};

}  // namespace utnt::apps
