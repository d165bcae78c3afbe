// SPDX-License-Identifier: BSD-2-Clause
// Where no probe of this node goes, whatever a controller asks for: its owner's prefixes, the controller's block list,
// the network that its instances are on, and unless the owner allows them all special-purpose addresses (private,
// loopback, link-local, multicast, ...). Source: the fleet specification, finding 16.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/address.hpp"

namespace utnt::fleet {

/// The prefix that A.B.C.D/LENGTH is in. Throws os_linux::Failure (bad_input) when it is no such text.
std::string on_link_prefix(const std::string& address);

class Forbidden {
 public:
  explicit Forbidden(bool allow_reserved = false) : allow_reserved_{allow_reserved} {}

  /// Prefixes of either family, one each, forbidden because an address in them `why`: a sentence's end. Throws
  /// os_linux::Failure (bad_input) for one that is none: a list that is silently shorter than its author thinks is
  /// worse than none.
  void add(const std::vector<std::string>& prefixes, std::string_view why);

  /// "is private", "is on the block list"; nothing: a probe may go there.
  [[nodiscard]] std::optional<std::string_view> why(const wire::IpAddress& address) const;
  /// The IPv4 prefixes as the image wants them, FIRST-LAST, ascending and disjoint. (The engine itself never pings a
  /// special-purpose address.)
  [[nodiscard]] std::vector<std::string> ranges() const;

 private:
  struct Entry {
    wire::Prefix prefix;
    std::string why;
  };
  std::vector<Entry> entries_;
  bool allow_reserved_;
};

}  // namespace utnt::fleet
