// SPDX-License-Identifier: BSD-2-Clause
// struct tpacket2_hdr: status u32, length u32, captured length u32, offset of the frame u16; 32 bytes in all.
#include "unikernel/process/packet_ring.hpp"

#include <atomic>

namespace utnt::unikernel {
namespace {

constexpr std::uint32_t owner_kernel = 0, user_bit = 1, losing_bit = 4, send_request = 1, wrong_format = 4;
constexpr std::size_t offset_length = 4, offset_captured = 8, offset_of_frame = 12;
constexpr std::size_t sent_frame_offset = 32;  ///< of a frame to be sent: behind the header

/// What is written before the store, and read after the load, belongs to the slot.
std::uint32_t status_of(std::byte* slot) {
  return std::atomic_ref<std::uint32_t>{*reinterpret_cast<std::uint32_t*>(slot)}.load(std::memory_order_acquire);
}
void set_status(std::byte* slot, std::uint32_t status) {
  std::atomic_ref<std::uint32_t>{*reinterpret_cast<std::uint32_t*>(slot)}.store(status, std::memory_order_release);
}

}  // namespace

void PacketRing::start(const abi::BootNic& nic) {
  base_ = nic.ring_base;
  ring_bytes_ = std::uint64_t{nic.block_bytes} * nic.block_count;
  frame_bytes_ = nic.frame_bytes;
  slots_ = nic.block_bytes / nic.frame_bytes * nic.block_count;
}

std::byte* PacketRing::slot(std::uint64_t ring, std::uint32_t index) const {
  return reinterpret_cast<std::byte*>(base_ + ring * ring_bytes_ + std::uint64_t{index} * frame_bytes_);
}

std::optional<MutableBytes> PacketRing::receive() {
  while (held_ < slots_) {
    auto* const at = slot(0, next_rx_);
    const auto status = status_of(at);
    if ((status & user_bit) == 0) return std::nullopt;
    has_overrun_ = has_overrun_ || (status & losing_bit) != 0;
    next_rx_ = next_rx_ + 1 == slots_ ? 0 : next_rx_ + 1;
    ++held_;
    const ConstBytes header{at, frame_bytes_};
    const auto captured = load_le(header, offset_captured, 4);
    const auto offset = load_le(header, offset_of_frame, 2);
    if (captured == load_le(header, offset_length, 4) && offset + captured <= frame_bytes_)
      return MutableBytes{at + offset, captured};
    ++cut_;
  }
  return std::nullopt;
}

void PacketRing::release() {
  for (; held_ > 0; --held_) {
    set_status(slot(0, first_held_), owner_kernel);
    first_held_ = first_held_ + 1 == slots_ ? 0 : first_held_ + 1;
  }
}

bool PacketRing::queue(ConstBytes frame) {
  auto* const at = slot(1, next_tx_);
  const auto status = status_of(at);
  if (status != owner_kernel && status != wrong_format) return false;
  if (status == wrong_format) ++refused_;
  if (frame.size() > frame_bytes_ - sent_frame_offset) {
    ++refused_;
    return true;
  }
  copy_bytes({at + sent_frame_offset, frame.size()}, frame);
  store_le({at, frame_bytes_}, offset_length, 4, frame.size());
  set_status(at, send_request);
  next_tx_ = next_tx_ + 1 == slots_ ? 0 : next_tx_ + 1;
  has_queued_ = true;
  return true;
}

}  // namespace utnt::unikernel
