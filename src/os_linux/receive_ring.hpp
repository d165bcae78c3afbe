// SPDX-License-Identifier: BSD-2-Clause
// Candidate replies from the kernel: a memory-mapped ring of the packet socket, so that a burst waits in memory of its
// own and reading costs no system call. Source: packet(7), the kernel's documentation of packet_mmap (TPACKET_V2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "os_linux/unique_fd.hpp"
#include "wire/address.hpp"
#include "wire/packet.hpp"

namespace utnt::os_linux {

/// A wall-clock stamp on the monotonic clock, held between the two instants that it must lie between: so a wall clock
/// that is set while packets wait cannot falsify an RTT by more than that span.
Instant stamp_to_monotonic(std::int64_t wall_ns, std::int64_t wall_offset_ns, Instant earliest, Instant latest);

class ReceiveRing {
 public:
  /// Receives replies to `destination` by every interface, or by the one with index `interface_index` if not 0.
  /// Throws Failure.
  ReceiveRing(wire::Ipv4Address destination, unsigned interface_index, std::size_t ring_bytes);
  ~ReceiveRing();
  ReceiveRing(const ReceiveRing&) = delete;
  ReceiveRing& operator=(const ReceiveRing&) = delete;

  /// Readable when next() has a packet.
  [[nodiscard]] int fd() const { return socket_.get(); }

  /// The oldest unread packet, copied to `buffer`; its arrival is the kernel's stamp on the monotonic clock.
  /// Whatever happens to the wall clock, the stamp lies between the last time the ring was seen empty and `now`.
  std::optional<wire::Received> next(wire::PacketBuffer buffer, Instant now);

  /// Packets that passed the filter but found the ring full, since the start.
  std::uint64_t dropped();

 private:
  UniqueFd socket_;
  std::byte* memory_{nullptr};
  std::size_t memory_bytes_{0};
  std::size_t slots_{0};
  std::size_t position_{0};
  std::uint64_t dropped_{0};
  std::int64_t wall_offset_ns_{0};
  Instant seen_empty_{};
};

}  // namespace utnt::os_linux
