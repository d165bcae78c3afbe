// SPDX-License-Identifier: BSD-2-Clause
// A network card. Descriptor i always means buffer i. No offloads: they would repair or join the packets that a prober
// looks at; whatever a header says of them is ignored. Small receive buffers where the device may use several for a
// frame. Sources: Virtual I/O Device (VIRTIO) 1.1, section 5.1; the unikernel specification, sections 6.3 to 6.5.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "unikernel/platform.hpp"
#include "unikernel/virtio/transport.hpp"

namespace utnt::unikernel::virtio {

struct NetCounters {
  std::uint64_t bad_frames{0};  ///< lengths or buffer counts that make no sense
  std::uint64_t overruns{0};    ///< times that the device had used every buffer: it may have had frames for more
  std::uint64_t notifies{0};
};

/// How much memory a card takes.
struct NetSizes {
  std::size_t receive_bytes{96 * 1024};
  unsigned transmit_slots{64};
};

template <class Registers>
class Net {
 public:
  static constexpr std::size_t header_bytes = 12;
  static constexpr std::size_t slot_bytes = 1536;  ///< header and the largest frame
  static constexpr unsigned joined_max = 8;        ///< frames of several buffers in one burst

  static constexpr std::size_t memory_needed(const NetSizes& sizes) {
    return 2 * SplitRing::bytes_needed(SplitRing::size_max) + sizes.receive_bytes +
           (sizes.transmit_slots + joined_max) * slot_bytes;
  }

  /// `memory` is zero, aligned to 64 bytes, and stays the card's. Errors: unsupported (no version 1, or no queues).
  Result<Nic> start(Registers registers, MutableBytes memory, const NetSizes& sizes);

  /// Queues copies of the frames, one notification at most. How many found room.
  unsigned transmit(std::span<const Frame> frames);
  /// Frames that have arrived; they live until the next receive() or release().
  unsigned receive(std::span<Frame> frames, Instant stamp, unsigned nic);
  /// Gives the buffers of the last receive() back to the device.
  void release();

  [[nodiscard]] bool has_received() const { return receive_ring_.has_used(); }
  /// Asks for an interrupt when a frame comes, or when a full transmit ring has room. True: do not sleep.
  [[nodiscard]] bool arm();
  /// After sleeping: quiet again.
  void silence();

  [[nodiscard]] bool is_broken() const { return receive_ring_.is_broken() || transmit_ring_.is_broken(); }
  [[nodiscard]] const NetCounters& counters() const { return counters_; }
  /// Frames whose place in memory the device did not tell in a way that makes sense.
  [[nodiscard]] std::uint64_t lost_entries() const { return receive_ring_.bad_entries(); }
  [[nodiscard]] unsigned receive_ring_size() const { return receive_ring_.size(); }

 private:
  static constexpr std::uint32_t receive_queue = 0, transmit_queue = 1;

  MutableBytes receive_buffer(unsigned id) {
    return receive_memory_.subspan(id * receive_buffer_bytes_, receive_buffer_bytes_);
  }
  MutableBytes transmit_slot(unsigned id) { return transmit_memory_.subspan(id * slot_bytes, slot_bytes); }
  void reclaim();
  void read_configuration(std::uint64_t agreed, Nic& nic) const;
  /// A whole frame out of several buffers; empty when they make no sense.
  MutableBytes join(MutableBytes first, unsigned buffers);
  bool skip_rest();

  Transport<Registers> transport_;
  SplitRing receive_ring_, transmit_ring_;
  MutableBytes receive_memory_, transmit_memory_, joined_memory_;
  std::size_t receive_buffer_bytes_{0};
  bool can_merge_{false};
  unsigned joined_{0};
  unsigned to_skip_{0};  ///< buffers of a frame that is dropped, not yet seen
  unsigned held_count_{0};
  unsigned free_count_{0};
  std::array<std::uint16_t, SplitRing::size_max> held_{};
  std::array<std::uint16_t, SplitRing::size_max> free_{};
  NetCounters counters_;
};

template <class Registers>
Result<Nic> Net<Registers>::start(Registers registers, MutableBytes memory, const NetSizes& sizes) {
  UTNT_ASSERT(memory.size() >= memory_needed(sizes));
  transport_ = Transport<Registers>{registers};
  UTNT_TRY(const auto agreed, transport_.negotiate(feature::net_mac | feature::net_mtu | feature::net_merge_buffers |
                                                   feature::event_index));
  can_merge_ = (agreed & feature::net_merge_buffers) != 0;
  const bool has_event_index = (agreed & feature::event_index) != 0;
  const auto carve = [&memory](std::size_t bytes) {
    const auto part = memory.first(bytes);
    memory = memory.subspan(bytes);
    return part;
  };
  auto receive_size = SplitRing::size_max;
  if (!can_merge_)
    while (receive_size * slot_bytes > sizes.receive_bytes) receive_size /= 2;
  receive_size = transport_.usable_size(receive_queue, receive_size);
  const auto transmit_size = transport_.usable_size(transmit_queue, sizes.transmit_slots);
  if (receive_size == 0 || transmit_size == 0) return transport_.give_up();
  const auto share = sizes.receive_bytes / receive_size;
  receive_buffer_bytes_ = share < slot_bytes ? share : slot_bytes;

  receive_ring_.start(carve(SplitRing::bytes_needed(SplitRing::size_max)), receive_size, has_event_index);
  transmit_ring_.start(carve(SplitRing::bytes_needed(SplitRing::size_max)), transmit_size, has_event_index);
  receive_memory_ = carve(sizes.receive_bytes);
  transmit_memory_ = carve(sizes.transmit_slots * slot_bytes);
  joined_memory_ = carve(joined_max * slot_bytes);
  transport_.attach(receive_queue, receive_ring_);
  transport_.attach(transmit_queue, transmit_ring_);
  Nic nic;
  read_configuration(agreed, nic);
  for (unsigned id = 0; id < receive_size; ++id) {
    receive_ring_.describe(id, receive_buffer(id), SplitRing::Access::device_writes);
    receive_ring_.offer(id);
  }
  for (unsigned id = 0; id < transmit_size; ++id) free_[free_count_++] = static_cast<std::uint16_t>(id);
  transport_.start();
  if (receive_ring_.publish()) transport_.notify(receive_queue);
  return nic;
}

template <class Registers>
void Net<Registers>::read_configuration(std::uint64_t agreed, Nic& nic) const {
  constexpr std::uint32_t mtu_at = 10;
  constexpr std::uint16_t mtu_min = 68;
  if ((agreed & feature::net_mac) != 0)
    for (std::uint32_t i = 0; i < nic.mac.size(); ++i) nic.mac[i] = transport_.config8(i);
  if ((agreed & feature::net_mtu) != 0) {
    const auto mtu = transport_.config16(mtu_at);
    if (mtu >= mtu_min && mtu < nic.mtu) nic.mtu = mtu;
  }
}

template <class Registers>
void Net<Registers>::reclaim() {
  while (const auto used = transmit_ring_.take()) free_[free_count_++] = static_cast<std::uint16_t>(used->id);
}

template <class Registers>
unsigned Net<Registers>::transmit(std::span<const Frame> frames) {
  if (free_count_ < transmit_ring_.size() / 4) reclaim();
  unsigned taken = 0;
  for (const auto& frame : frames) {
    UTNT_ASSERT(frame.bytes.size() <= frame_bytes_max);
    if (free_count_ == 0) reclaim();
    if (free_count_ == 0) break;
    const auto id = free_[--free_count_];
    const auto slot = transmit_slot(id);
    fill_zero(slot.first(header_bytes));
    copy_bytes(slot.subspan(header_bytes), frame.bytes);
    transmit_ring_.describe(id, slot.first(header_bytes + frame.bytes.size()), SplitRing::Access::device_reads);
    transmit_ring_.offer(id);
    ++taken;
  }
  if (transmit_ring_.publish()) {
    ++counters_.notifies;
    transport_.notify(transmit_queue);
  }
  return taken;
}

template <class Registers>
void Net<Registers>::release() {
  for (unsigned i = 0; i < held_count_; ++i) receive_ring_.offer(held_[i]);
  held_count_ = 0;
  joined_ = 0;
  if (receive_ring_.publish()) transport_.notify(receive_queue);
}

template <class Registers>
unsigned Net<Registers>::receive(std::span<Frame> frames, Instant stamp, unsigned nic) {
  if (receive_ring_.is_exhausted()) ++counters_.overruns;
  release();
  unsigned count = 0;
  while (count < frames.size() && joined_ < joined_max && skip_rest()) {
    const auto used = receive_ring_.take();
    if (!used) break;
    held_[held_count_++] = static_cast<std::uint16_t>(used->id);
    const auto buffer = receive_buffer(used->id);
    if (used->bytes <= header_bytes || used->bytes > buffer.size()) {
      ++counters_.bad_frames;
      continue;
    }
    constexpr std::size_t buffer_count_at = 10;
    const auto buffers = can_merge_ ? static_cast<unsigned>(load_le(buffer, buffer_count_at, 2)) : 1;
    auto frame = buffer.subspan(header_bytes, used->bytes - header_bytes);
    if (buffers != 1) frame = join(frame, buffers);
    if (frame.empty() || frame.size() > frame_bytes_max) {
      ++counters_.bad_frames;
      continue;
    }
    frames[count++] = {frame, stamp, nic};
  }
  return count;
}

template <class Registers>
MutableBytes Net<Registers>::join(MutableBytes first, unsigned buffers) {
  if (buffers == 0 || buffers > receive_ring_.size()) return {};
  const auto whole = joined_memory_.subspan(joined_ * slot_bytes, slot_bytes);
  copy_bytes(whole, first);
  auto length = first.size();
  bool is_good = true;
  to_skip_ = buffers - 1;
  while (to_skip_ > 0 && is_good) {
    const auto used = receive_ring_.take();
    if (!used) return {};  // the rest will be skipped when it comes
    --to_skip_;
    held_[held_count_++] = static_cast<std::uint16_t>(used->id);
    is_good = used->bytes <= receive_buffer_bytes_ && used->bytes <= slot_bytes - length;
    if (!is_good) break;
    copy_bytes(whole.subspan(length), receive_buffer(used->id).first(used->bytes));
    length += used->bytes;
  }
  if (!is_good) return {};
  ++joined_;
  return whole.first(length);
}

/// False: the rest of a dropped frame is not here yet.
template <class Registers>
bool Net<Registers>::skip_rest() {
  for (; to_skip_ > 0; --to_skip_) {
    const auto used = receive_ring_.take();
    if (!used) return false;
    held_[held_count_++] = static_cast<std::uint16_t>(used->id);
  }
  return true;
}

template <class Registers>
bool Net<Registers>::arm() {
  release();
  bool is_ready = receive_ring_.arm();
  if (free_count_ == 0) {
    if (transmit_ring_.arm()) reclaim();
    is_ready = is_ready || free_count_ != 0;
  }
  return is_ready;
}

template <class Registers>
void Net<Registers>::silence() {
  transport_.acknowledge_interrupts();
  receive_ring_.silence();
  transmit_ring_.silence();
  reclaim();
}

}  // namespace utnt::unikernel::virtio
