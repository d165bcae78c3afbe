// SPDX-License-Identifier: BSD-2-Clause
// The host's random numbers, asked for once.
// Sources: Virtual I/O Device (VIRTIO) 1.1, section 5.4; the unikernel specification, section 6.7.
#pragma once

#include "unikernel/virtio/transport.hpp"

namespace utnt::unikernel::virtio {

template <class Registers>
class Entropy {
 public:
  static constexpr unsigned ring_size = 4;
  static constexpr std::size_t memory_needed = SplitRing::bytes_needed(ring_size);

  /// Fills `out`, asking again for what is missing; `is_patient` says whether to go on waiting. The device is reset
  /// afterwards. False: it gave too little, or is none.
  template <class IsPatient>
  static bool read(Registers registers, MutableBytes memory, MutableBytes out, IsPatient is_patient) {
    Transport<Registers> transport{registers};
    const auto agreed = transport.negotiate(0);
    if (!agreed) return false;
    const auto size = transport.usable_size(0, ring_size);
    if (size == 0) return false;
    SplitRing ring;
    ring.start(memory, size, false);
    transport.attach(0, ring);
    transport.start();
    while (!out.empty()) {
      ring.describe(0, out, SplitRing::Access::device_writes);
      ring.offer(0);
      if (ring.publish()) transport.notify(0);
      auto used = ring.take();
      for (; !used && is_patient() && !ring.is_broken(); used = ring.take()) {
      }
      if (!used || used->bytes == 0 || used->bytes > out.size()) break;
      out = out.subspan(used->bytes);
    }
    transport.reset();
    return out.empty();
  }
};

}  // namespace utnt::unikernel::virtio
