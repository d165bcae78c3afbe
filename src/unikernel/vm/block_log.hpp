// SPDX-License-Identifier: BSD-2-Clause
// The record channel on a disk: the stream in blocks that are complete in themselves (abi/block_log.hpp), from the
// disk's beginning to its end. A slow disk slows the writer.
#pragma once

#include "abi/block_log.hpp"
#include "unikernel/virtio/block.hpp"

namespace utnt::unikernel::vm {

template <class Registers>
class BlockLog {
 public:
  using Disk = virtio::Block<Registers>;
  static_assert(Disk::block_bytes == abi::block_bytes);
  static constexpr std::size_t memory_needed = Disk::memory_needed;

  /// `stream` tells this run's blocks from those of an earlier one. Errors: as for the disk.
  Result<std::uint64_t> start(Registers registers, MutableBytes memory, std::uint64_t stream) {
    UTNT_TRY(const auto blocks, disk_.start(registers, memory));
    blocks_ = blocks;
    stream_ = stream;
    return blocks;
  }

  /// Returns when the bytes are on their way to the disk. False: the disk is full or failed, now or earlier.
  template <class Sleep>
  bool write(ConstBytes bytes, Sleep sleep) {
    while (!bytes.empty()) {
      is_full_ = next_ == blocks_;
      if (is_full_) break;
      const auto block = disk_.reserve(sleep);
      if (block.empty()) return false;
      const auto part = bytes.first(bytes.size() < abi::block_payload_max ? bytes.size() : abi::block_payload_max);
      copy_bytes(block.subspan(abi::block_header_bytes), part);
      abi::seal_block(block, part.size(), static_cast<std::uint32_t>(next_), stream_);
      disk_.write(next_++);
      bytes = bytes.subspan(part.size());
    }
    disk_.push();
    return !is_full_;
  }
  template <class Sleep>
  bool flush(Sleep sleep) {
    return disk_.flush(sleep);
  }

  [[nodiscard]] bool is_full() const { return is_full_; }
  [[nodiscard]] bool has_failed() const { return disk_.has_failed(); }

 private:
  Disk disk_;
  std::uint64_t blocks_{0};
  std::uint64_t next_{0};
  std::uint64_t stream_{0};
  bool is_full_{false};
};

}  // namespace utnt::unikernel::vm
