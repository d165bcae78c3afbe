// SPDX-License-Identifier: BSD-2-Clause
// Why a node is not connected, and what comes of it: another try after a while, or none because it would end the same
// way until somebody does something about it.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace utnt::fleet {

struct NodeTrouble {
  std::string why;
  bool is_repeated{false};  ///< it was told before
  bool is_given_up{false};  ///< jobs do not wait for it any more
  std::uint32_t tries{1};   ///< since it was last there
  Duration next_try{};
  Duration given_up_in{};  ///< unless it comes before
};

/// One line for people.
std::string trouble_text(const NodeTrouble& trouble);

}  // namespace utnt::fleet
