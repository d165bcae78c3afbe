// SPDX-License-Identifier: BSD-2-Clause
// Network address translation for one image, as a table of nftables with a name of its own: nobody else's rules are
// touched, and removing it is removing one table. Source: nft(8).
#pragma once

#include <string>

#include "os_linux/interfaces.hpp"

namespace utnt::tender {

struct NatPlan {
  std::string table;
  std::string tap;     ///< where the image's packets come from
  std::string uplink;  ///< where they may go, and nowhere else
  wire::Prefix subnet;
};

/// What nft(8) is given. Packets of the subnet leave through the uplink with its address; of what arrives there only
/// answers reach the image.
std::string nat_rules(const NatPlan& plan);

/// Throws os_linux::Failure: environment when nft is not installed, or with what it says when it refuses.
class PacketFilter {
 public:
  /// `program`: its path; empty: where Debian has it.
  explicit PacketFilter(std::string program = {});
  void add(const NatPlan& plan) const;
  /// No error when there is no such table.
  void remove(const std::string& table) const;

 private:
  void run(const std::string& rules, const std::string& what) const;
  std::string program_;
};

}  // namespace utnt::tender
