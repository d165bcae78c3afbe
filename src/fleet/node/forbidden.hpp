// SPDX-License-Identifier: BSD-2-Clause
// Where no probe of this node goes, whatever a controller asks for: its owner's prefixes, the controller's block list,
// and unless the owner allows them all special-purpose addresses (private, loopback, link-local, multicast, ...).
// Source: the fleet specification, finding 16.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/address.hpp"

namespace utnt::fleet {

/// The prefix that A.B.C.D/LENGTH is in. Throws os_linux::Failure (bad_input) when it is no such text.
std::string on_link_prefix(const std::string& address);

class Forbidden {
 public:
  /// Prefixes of either family, one each. Throws os_linux::Failure (bad_input) for one that is none: a list that is
  /// silently shorter than its author thinks is worse than none.
  Forbidden(const std::vector<std::string>& prefixes, bool allow_reserved);

  [[nodiscard]] bool contains(const wire::IpAddress& address) const;
  /// The IPv4 prefixes as the image wants them, FIRST-LAST, ascending and disjoint. (The engine itself never pings a
  /// special-purpose address.)
  [[nodiscard]] std::vector<std::string> ranges() const;

 private:
  std::vector<wire::Prefix> prefixes_;
  bool allow_reserved_;
};

}  // namespace utnt::fleet
