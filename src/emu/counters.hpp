// SPDX-License-Identifier: BSD-2-Clause
// What became of the packets of an emulated network, for reports and tests.
#pragma once

#include <cstdint>

namespace utnt::emu {

/// Everything that happened to packets so far, for reports and tests.
struct NetworkCounters {
  std::uint64_t probes{0};        ///< packets the vantage point sent
  std::uint64_t replies{0};       ///< packets put on their way to arrive at the vantage point
  std::uint64_t bad_packets{0};   ///< refused at the vantage point: not IPv4, cut short, wrong checksum
  std::uint64_t lost{0};          ///< dropped by an impairment
  std::uint64_t rate_limited{0};  ///< ICMP answers withheld by a rate limit
  std::uint64_t silent{0};        ///< ICMP answers withheld by policy
  std::uint64_t no_route{0};      ///< dropped for want of a route or a label
};

}  // namespace utnt::emu
