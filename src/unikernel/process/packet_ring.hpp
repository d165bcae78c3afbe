// SPDX-License-Identifier: BSD-2-Clause
// The two rings of a packet socket that the tender has mapped: frames are received without a system call and a whole
// burst is sent by one. Each slot begins with a header whose first word says whose it is.
// Source: the kernel's documentation of packet_mmap, version 2 of the headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "abi/boot_info.hpp"
#include "base/bytes.hpp"

namespace utnt::unikernel {

class PacketRing {
 public:
  /// The receiving ring fills the first half of the mapping, the sending one the second.
  void start(const abi::BootNic& nic);

  /// The next frame, in the ring; it stays there until release(). Frames that did not fit into a slot are counted.
  std::optional<MutableBytes> receive();
  /// Gives all received frames back to the kernel.
  void release();

  /// Puts a frame into the ring; false when that is full. Frames too long for a slot are counted and gone.
  bool queue(ConstBytes frame);
  [[nodiscard]] bool has_queued() const { return has_queued_; }
  void note_flushed() { has_queued_ = false; }

  [[nodiscard]] std::uint64_t cut() const { return cut_; }
  /// Whether the kernel had frames and no slot for them. How many, only a system call would tell that images do not
  /// have.
  [[nodiscard]] bool has_overrun() const { return has_overrun_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  [[nodiscard]] std::byte* slot(std::uint64_t ring, std::uint32_t index) const;

  std::uint64_t base_{0};
  std::uint64_t ring_bytes_{0};  ///< of one ring
  std::uint32_t frame_bytes_{0};
  std::uint32_t slots_{0};
  std::uint32_t next_rx_{0};
  std::uint32_t first_held_{0};  ///< received and not given back
  std::uint32_t held_{0};
  std::uint32_t next_tx_{0};
  bool has_queued_{false};
  bool has_overrun_{false};
  std::uint64_t cut_{0};
  std::uint64_t refused_{0};
};

}  // namespace utnt::unikernel
