// SPDX-License-Identifier: BSD-2-Clause
// The device side of the virtio drivers, led by the bytes of an input. What the input does not say is done well enough
// for a driver to come up, so that short inputs get far. It writes only where a device may: its own areas of the rings,
// and buffers that it was given, as far as they reach.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "unikernel/virtio/registers.hpp"

namespace utnt::fuzz {

class HostileDevice {
 public:
  explicit HostileDevice(ConstBytes input) : input_{input} {
    honest_bits_ = next8();
    features_ = next32() | std::uint64_t{next8() & 3U} << 32 | ((honest_bits_ & 1) != 0 ? std::uint64_t{1} << 32 : 0);
  }

  [[nodiscard]] bool is_exhausted() const { return input_.empty(); }
  std::uint8_t next8() { return static_cast<std::uint8_t>(next(1)); }
  std::uint16_t next16() { return static_cast<std::uint16_t>(next(2)); }
  std::uint32_t next32() { return static_cast<std::uint32_t>(next(4)); }

  // The driver's view.
  std::uint32_t read32(std::uint32_t offset) {
    switch (offset) {
      case unikernel::virtio::device_features:
        return static_cast<std::uint32_t>(features_ >> (feature_word_ * 32));
      case unikernel::virtio::queue_size_max:
        return (honest_bits_ & 2) != 0 ? 256 : next16();
      case unikernel::virtio::device_status:
        return (honest_bits_ & 4) != 0 ? status_ : next8() % 4 == 0 ? next32() : status_;
      case unikernel::virtio::interrupt_status:
        return next8();
      default:
        return next32();
    }
  }
  std::uint16_t read16(std::uint32_t) { return next16(); }
  std::uint8_t read8(std::uint32_t) { return next8(); }
  void write32(std::uint32_t offset, std::uint32_t value) {
    auto& queue = queues_.at(selected_);
    switch (offset) {
      case unikernel::virtio::device_features_select:
        feature_word_ = value % 2;
        break;
      case unikernel::virtio::device_status:
        status_ = value;
        break;
      case unikernel::virtio::queue_select:
        selected_ = value % 2;
        break;
      case unikernel::virtio::queue_size:
        queue.size = value;
        break;
      default:
        set_address(queue.descriptors, offset - unikernel::virtio::queue_descriptors, value);
        set_address(queue.driver, offset - unikernel::virtio::queue_driver, value);
        set_address(queue.device, offset - unikernel::virtio::queue_device, value);
    }
  }

  /// One step of the device, as the input says.
  void act() {
    auto& queue = queues_[next8() % queues_.size()];
    if (queue.size == 0 || queue.device == 0) return;
    switch (next8() % 8) {
      case 0:  // what a good device does: the next offered buffer, as long as it is
        use_next(queue, whole);
        break;
      case 1:  // the next offered buffer, of any length
        use_next(queue, next32());
        break;
      case 2:
        use(queue, next32(), next32());
        break;
      case 3:
        use(queue, next16() % queue.size, next16());
        break;
      case 4:
        queue.used = next16();
        store16(queue.device + 2, queue.used);
        break;
      case 5:  // the entry where it wants to be notified, or its flags
        store16(queue.device + (next8() % 2 == 0 ? 0 : 4 + 8 * std::uint64_t{queue.size}), next16());
        break;
      default:
        scribble(queue);
    }
  }
  /// The same, and at the end of the input something that no driver believes.
  void act_or_break() {
    if (!is_exhausted()) return act();
    for (auto& queue : queues_)
      if (queue.device != 0) store16(queue.device + 2, static_cast<std::uint16_t>(queue.used += 0x4000));
  }

 private:
  static constexpr std::uint32_t whole = 0xffff'ffff;
  struct Queue {
    std::uint32_t size{0};
    std::uint64_t descriptors{0}, driver{0}, device{0};
    std::uint16_t seen{0};
    std::uint16_t used{0};
  };
  struct Descriptor {
    std::uint64_t address;
    std::uint32_t bytes;
    std::uint16_t flags, next;
  };

  /// `half` 0: the low one, 4: the high one, other: another register.
  static void set_address(std::uint64_t& address, std::uint32_t half, std::uint32_t value) {
    if (half == 0) address = (address & ~std::uint64_t{0xffff'ffff}) | value;
    if (half == 4) address = (address & 0xffff'ffff) | std::uint64_t{value} << 32;
  }
  std::uint64_t next(std::size_t width) {
    const auto part = input_.first(width < input_.size() ? width : input_.size());
    input_ = input_.subspan(part.size());
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < part.size(); ++i) value |= static_cast<std::uint64_t>(part[i]) << (8 * i);
    return value;
  }
  static std::uint16_t load16(std::uint64_t address) {
    std::uint16_t value = 0;
    std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
    return value;
  }
  static void store16(std::uint64_t address, std::uint16_t value) {
    std::memcpy(reinterpret_cast<void*>(address), &value, sizeof value);
  }
  static Descriptor descriptor(const Queue& queue, std::uint32_t id) {
    Descriptor found{};
    std::memcpy(&found, reinterpret_cast<const void*>(queue.descriptors + 16 * std::uint64_t{id}), sizeof found);
    return found;
  }
  void use(Queue& queue, std::uint32_t id, std::uint32_t bytes) {
    const std::array<std::uint32_t, 2> entry{id, bytes};
    const auto at = queue.device + 4 + 8 * std::uint64_t{queue.used % queue.size};
    std::memcpy(reinterpret_cast<void*>(at), entry.data(), sizeof entry);
    store16(queue.device + 2, ++queue.used);
  }
  void use_next(Queue& queue, std::uint32_t bytes) {
    if (load16(queue.driver + 2) == queue.seen) return;
    const auto id = load16(queue.driver + 4 + 2 * std::uint64_t{queue.seen % queue.size});
    ++queue.seen;
    if (id >= queue.size) return;
    // The last one of a chain may be for the device to write.
    auto buffer = descriptor(queue, id);
    for (unsigned i = 0; (buffer.flags & 1) != 0 && i < queue.size; ++i) buffer = descriptor(queue, buffer.next);
    if ((buffer.flags & 2) != 0 && buffer.bytes > 0) *reinterpret_cast<std::uint8_t*>(buffer.address) = 0;
    use(queue, id, bytes == whole ? buffer.bytes : bytes);
  }
  /// The beginning of the next offered buffer, where lengths and counts stand.
  void scribble(Queue& queue) {
    if (load16(queue.driver + 2) == queue.seen) return;
    const auto id = load16(queue.driver + 4 + 2 * std::uint64_t{queue.seen % queue.size});
    if (id >= queue.size) return;
    const auto buffer = descriptor(queue, id);
    if ((buffer.flags & 2) == 0) return;
    constexpr std::uint32_t header_bytes = 12;
    for (std::uint32_t i = 0; i < header_bytes && i < buffer.bytes; ++i)
      *reinterpret_cast<std::uint8_t*>(buffer.address + i) = next8();
  }

  ConstBytes input_;
  std::uint8_t honest_bits_{0};
  std::uint64_t features_{0};
  std::uint32_t feature_word_{0}, status_{0}, selected_{0};
  std::array<Queue, 2> queues_{};
};

/// What a driver is given in place of an address.
class HostileRegisters {
 public:
  HostileRegisters() = default;
  explicit HostileRegisters(HostileDevice& device) : device_{&device} {}
  [[nodiscard]] std::uint32_t read32(std::uint32_t offset) const { return device_->read32(offset); }
  [[nodiscard]] std::uint16_t read16(std::uint32_t offset) const { return device_->read16(offset); }
  [[nodiscard]] std::uint8_t read8(std::uint32_t offset) const { return device_->read8(offset); }
  void write32(std::uint32_t offset, std::uint32_t value) const { device_->write32(offset, value); }

 private:
  HostileDevice* device_{nullptr};
};

}  // namespace utnt::fuzz
