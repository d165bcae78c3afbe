// SPDX-License-Identifier: BSD-2-Clause
// How fast the time-stamp counter of this machine runs. QEMU's emulated processor shows its guest the machine's own
// counter, so that the guest need not spend 10 ms on measuring it. Source: the unikernel specification, section 4.1.
#pragma once

#include <cstdint>

namespace utnt::tender {

/// Whether Linux itself goes by the counter: it watches over it, we cannot.
bool is_tsc_trusted();

/// Compares the counter with the monotonic clock from its construction on.
class HostTsc {
 public:
  HostTsc();
  /// Waits until 2 ms have passed since construction, if they have not; some 20 parts of a million off then, and less
  /// later. 0: there is no counter that one can go by.
  [[nodiscard]] std::uint64_t measure_hz() const;

 private:
  struct Pair {
    std::uint64_t tsc{0};
    std::int64_t ns{0};
  };
  static Pair read_pair();
  Pair first_;
};

}  // namespace utnt::tender
