// SPDX-License-Identifier: BSD-2-Clause
// A disk that is written in blocks of 4 KiB, several of them on their way at once. Request i always means descriptors
// 3i, 3i + 1 and 3i + 2: header, data, status. Sources: Virtual I/O Device (VIRTIO) 1.1, section 5.2; the unikernel
// specification, section 6.7.
#pragma once

#include "unikernel/virtio/transport.hpp"

namespace utnt::unikernel::virtio {

template <class Registers>
class Block {
 public:
  static constexpr unsigned ring_size = 32;
  static constexpr unsigned requests_max = 8;
  static constexpr std::size_t block_bytes = 4096;
  static constexpr std::size_t sector_bytes = 512;
  static constexpr std::size_t request_bytes = block_bytes + 64;  ///< data, header and status
  static constexpr std::size_t memory_needed = SplitRing::bytes_needed(ring_size) + requests_max * request_bytes;
  static_assert(SplitRing::bytes_needed(ring_size) % 16 == 0);

  /// How many blocks it holds. `memory` is zero, aligned to 64 bytes, and stays the disk's. Errors: unsupported (no
  /// version 1, no queue, or read-only).
  Result<std::uint64_t> start(Registers registers, MutableBytes memory) {
    UTNT_ASSERT(memory.size() >= memory_needed);
    transport_ = Transport<Registers>{registers};
    UTNT_TRY(const auto agreed,
             transport_.negotiate(feature::block_read_only | feature::block_flush | feature::event_index));
    const auto size = transport_.usable_size(0, ring_size);
    if (size < parts || (agreed & feature::block_read_only) != 0) return transport_.give_up();
    ring_.start(memory, size, (agreed & feature::event_index) != 0);
    requests_ = memory.subspan(SplitRing::bytes_needed(ring_size));
    const auto count = size / parts < requests_max ? size / parts : requests_max;
    free_ = (1U << count) - 1;
    can_flush_ = (agreed & feature::block_flush) != 0;
    transport_.attach(0, ring_);
    const auto sectors = transport_.config64(0);
    transport_.start();
    return sectors / (block_bytes / sector_bytes);
  }

  /// Room for the next block; calls `sleep`, which may return early, until there is some. Empty: the disk failed.
  template <class Sleep>
  MutableBytes reserve(Sleep sleep) {
    while (free_ == 0 && !has_failed()) await(sleep);
    if (has_failed()) return {};
    unsigned request = 0;
    while ((free_ >> request & 1) == 0) ++request;
    reserved_ = request;
    return requests_.subspan(request * request_bytes, block_bytes);
  }
  /// Writes what now stands in the room of the last reserve(); the disk learns of it from push(), or when a later
  /// reserve() has to wait.
  void write(std::uint64_t block) {
    describe(reserved_, Kind::write, block * (block_bytes / sector_bytes));
    ring_.offer(reserved_ * parts);
  }
  void push() {
    if (ring_.publish()) transport_.notify(0);
  }
  /// Everything is on the disk, as safe as that can make it. False: it failed.
  template <class Sleep>
  bool flush(Sleep sleep) {
    while (ring_.outstanding() != 0 && !has_failed()) await(sleep);
    if (has_failed() || !can_flush_) return !has_failed();
    describe(0, Kind::flush, 0);
    ring_.offer(0);
    while (ring_.outstanding() != 0 && !has_failed()) await(sleep);
    return !has_failed();
  }

  /// A request was answered by an error, or the device makes no sense any more.
  [[nodiscard]] bool has_failed() const { return is_refused_ || ring_.is_broken() || ring_.bad_entries() != 0; }

 private:
  static constexpr unsigned parts = 3;
  static constexpr std::size_t header_at = block_bytes, header_bytes = 16, status_at = header_at + header_bytes;
  enum class Kind : std::uint32_t { write = 1, flush = 4 };

  void describe(unsigned request, Kind kind, std::uint64_t sector) {
    constexpr std::byte unanswered{0xff};
    const auto memory = requests_.subspan(request * request_bytes, request_bytes);
    store_le(memory, header_at, 4, static_cast<std::uint32_t>(kind));
    store_le(memory, header_at + 4, 4, 0);
    store_le(memory, header_at + 8, 8, sector);
    memory[status_at] = unanswered;
    const auto head = request * parts, data = head + 1, status = head + 2;
    ring_.describe(head, memory.subspan(header_at, header_bytes), SplitRing::Access::device_reads);
    ring_.describe(data, memory.first(block_bytes), SplitRing::Access::device_reads);
    ring_.describe(status, memory.subspan(status_at, 1), SplitRing::Access::device_writes);
    ring_.link(head, kind == Kind::write ? data : status);
    ring_.link(data, status);
    free_ &= ~(1U << request);
  }
  template <class Sleep>
  void await(Sleep sleep) {
    push();
    if (!ring_.arm()) sleep();
    transport_.acknowledge_interrupts();
    ring_.silence();
    while (const auto used = ring_.take()) {
      const auto request = used->id / parts;
      if (requests_[request * request_bytes + status_at] != std::byte{0}) is_refused_ = true;
      free_ |= 1U << request;
    }
  }

  Transport<Registers> transport_;
  SplitRing ring_;
  MutableBytes requests_;
  std::uint32_t free_{0};  ///< bit i: request i is the driver's
  unsigned reserved_{0};
  bool can_flush_{false};
  bool is_refused_{false};
};

}  // namespace utnt::unikernel::virtio
