// SPDX-License-Identifier: BSD-2-Clause
// Packets collected for one system call. The kernel may take some, all or none: what it cannot take now is tried again
// for a bounded time, what it refuses is counted and skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "wire/address.hpp"

namespace utnt::os_linux {

struct SendOutcome {
  std::uint32_t sent{0};
  std::uint32_t failed{0};
  std::uint32_t retried{0};
  bool interface_lost{false};  ///< the interface is down or gone: nothing more will be sent by it
};

class SendBatch {
 public:
  explicit SendBatch(std::uint32_t packets_max);
  ~SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  [[nodiscard]] bool is_full() const;
  [[nodiscard]] bool is_empty() const;
  /// When the oldest packet here was added.
  [[nodiscard]] Instant oldest() const;

  /// A frame for the packet socket: header and packet are copied. Not full; header + packet within packet_bytes_max
  /// + 14.
  void add_frame(ConstBytes header, ConstBytes packet, unsigned interface_index, Instant now);
  /// A packet for the raw socket, which the kernel routes to `destination`.
  void add_packet(ConstBytes packet, wire::Ipv4Address destination, Instant now);
  /// Hands everything to `socket` and is empty afterwards.
  SendOutcome flush(int socket);

 private:
  struct Slots;
  std::unique_ptr<Slots> slots_;
};

}  // namespace utnt::os_linux
