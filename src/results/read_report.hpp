// SPDX-License-Identifier: BSD-2-Clause
// What a reader tells about a file beside its results: how much was read, what was wrong, in words that name the place.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace utnt::results {

struct ReadReport {
  std::uint64_t results{0};  ///< traces, pings, tunnels, run and summary records handed out
  std::uint64_t broken{0};   ///< lines or records that could not be read; reading went on where possible
  std::uint64_t unknown{0};  ///< lines or records of a type this program does not know
  bool is_truncated{false};  ///< the file ends in the middle of a line or record

  [[nodiscard]] bool is_clean() const { return broken == 0 && !is_truncated; }
};

/// Gets one sentence per problem, beginning with FILE:LINE or FILE, offset N. Readers stop repeating themselves after
/// problems_told_max, but keep counting.
using OnProblem = std::function<void(const std::string&)>;
inline constexpr std::uint64_t problems_told_max = 20;

}  // namespace utnt::results
