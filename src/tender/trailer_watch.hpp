// SPDX-License-Identifier: BSD-2-Clause
// Looks for the trailer in a record stream that somebody else reads: how the image ended, by its own account.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "abi/record_frame.hpp"
#include "base/bytes.hpp"

namespace utnt::tender {

class TrailerWatch {
 public:
  void add(ConstBytes bytes);
  [[nodiscard]] const std::optional<abi::Trailer>& trailer() const { return trailer_; }
  /// A frame failed its checksum, or has an impossible length; nothing behind it was looked at.
  [[nodiscard]] bool is_damaged() const { return is_damaged_; }

 private:
  std::vector<std::byte> rest_;  ///< the beginning of a frame; at most one frame long
  std::optional<abi::Trailer> trailer_;
  bool is_damaged_{false};
};

}  // namespace utnt::tender
