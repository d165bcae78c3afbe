// SPDX-License-Identifier: BSD-2-Clause
// What goes wrong with keys, signatures and digests: the message names the file and says what to do.
#pragma once

#include <stdexcept>

namespace utnt::fleet {

class TrustError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace utnt::fleet
