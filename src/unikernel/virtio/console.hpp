// SPDX-License-Identifier: BSD-2-Clause
// A console as a channel of bytes to the host: what is written stands in the caller's memory until the device has used
// it, so there is no copy, and a slow reader slows the writer. Sources: Virtual I/O Device (VIRTIO) 1.1, section 5.3;
// the unikernel specification, section 6.7.
#pragma once

#include "unikernel/virtio/transport.hpp"

namespace utnt::unikernel::virtio {

template <class Registers>
class Console {
 public:
  static constexpr unsigned ring_size = 16;
  static constexpr std::size_t memory_needed = 2 * SplitRing::bytes_needed(ring_size);

  /// `memory` is zero, aligned to 64 bytes, and stays the console's. Errors: unsupported (no version 1, or no queues).
  Result<bool> start(Registers registers, MutableBytes memory) {
    transport_ = Transport<Registers>{registers};
    UTNT_TRY(const auto agreed, transport_.negotiate(feature::event_index));
    const bool has_event_index = (agreed & feature::event_index) != 0;
    const auto receive_size = transport_.usable_size(receive_queue, ring_size);
    const auto transmit_size = transport_.usable_size(transmit_queue, ring_size);
    if (receive_size == 0 || transmit_size == 0) return transport_.give_up();
    receive_ring_.start(memory.first(memory_needed / 2), receive_size, has_event_index);
    transmit_ring_.start(memory.subspan(memory_needed / 2), transmit_size, has_event_index);
    transport_.attach(receive_queue, receive_ring_);
    transport_.attach(transmit_queue, transmit_ring_);
    transport_.start();
    return true;
  }

  /// Returns when the device has used the bytes; meanwhile calls `sleep`, which may return early. False: the device
  /// makes no sense any more.
  template <class Sleep>
  bool write(ConstBytes bytes, Sleep sleep) {
    if (bytes.empty()) return true;
    transmit_ring_.describe(0, bytes, SplitRing::Access::device_reads);
    transmit_ring_.offer(0);
    if (transmit_ring_.publish()) transport_.notify(transmit_queue);
    while (!transmit_ring_.take()) {
      if (transmit_ring_.is_broken() || transmit_ring_.bad_entries() != 0) return false;
      if (!transmit_ring_.arm()) sleep();
      transport_.acknowledge_interrupts();
      transmit_ring_.silence();
    }
    return true;
  }

 private:
  static constexpr std::uint32_t receive_queue = 0, transmit_queue = 1;

  Transport<Registers> transport_;
  SplitRing receive_ring_, transmit_ring_;  ///< nothing is ever received: no buffers are offered
};

}  // namespace utnt::unikernel::virtio
