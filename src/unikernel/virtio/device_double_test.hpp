// SPDX-License-Identifier: BSD-2-Clause
// The other side of the drivers: a device that follows the standard to the letter, as strict as Firecracker is, and
// notes every step of the driver that a monitor would refuse; and one that does what it should not, when asked.
// Sources: Virtual I/O Device (VIRTIO) 1.1, sections 2.6, 4.2; the unikernel specification, sections 6.2 and 14.3.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "unikernel/virtio/registers.hpp"

namespace utnt::unikernel::virtio {

using Octets = std::vector<std::uint8_t>;

class DeviceDouble {
 public:
  struct Settings {
    DeviceKind kind{DeviceKind::net};
    std::uint32_t version{version_modern};
    std::uint64_t features{feature::version_1 | feature::event_index | feature::net_mac | feature::net_merge_buffers};
    std::uint32_t queue_size_max{256};
    std::array<std::uint8_t, 12> configuration{0x02, 1, 2, 3, 4, 5};
  };
  explicit DeviceDouble(const Settings& settings) : settings_{settings} {}

  // The driver's view.
  std::uint32_t read32(std::uint32_t offset);
  std::uint8_t read8(std::uint32_t offset);
  std::uint16_t read16(std::uint32_t offset);
  void write32(std::uint32_t offset, std::uint32_t value);

  // What happened.
  void note(const std::string& what) { violations_.push_back(what); }
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  [[nodiscard]] const std::vector<std::uint32_t>& states() const { return states_; }
  [[nodiscard]] std::uint64_t agreed() const { return agreed_; }
  [[nodiscard]] unsigned notifies(unsigned queue) const { return queues_[queue].notifies; }
  [[nodiscard]] unsigned interrupts() const { return interrupts_; }

  // The device's work.
  /// The next buffer that the driver offered: its id, its memory and whether the device may write it.
  struct Buffer {
    std::uint16_t id;
    std::uint8_t* data;
    std::uint32_t bytes;
    bool is_writable;
  };
  /// False: none is offered (and from now on the device wants to be notified).
  bool pop(unsigned queue, Buffer& buffer);
  /// The same for a chain of buffers; the first one's id is the chain's.
  bool pop_chain(unsigned queue, std::vector<Buffer>& chain);
  void use(unsigned queue, std::uint32_t id, std::uint32_t bytes);
  /// Makes used buffers visible, and interrupts if the driver asked for it.
  void publish(unsigned queue);
  /// Takes one transmitted frame with its header off the queue and gives its buffer back.
  bool transmit_one(Octets& frame);
  /// A frame comes in: header and data over as many buffers as it takes. False: there are too few.
  bool receive(const Octets& frame, std::uint8_t header_flags = 0);

  // What no device may do.
  void move_used_index(unsigned queue, std::uint16_t by);

 private:
  struct Queue {
    std::uint32_t size{0};
    bool is_ready{false};
    std::uint64_t descriptors{0}, driver{0}, device{0};
    std::uint16_t seen{0};       ///< offered entries taken
    std::uint16_t used{0};       ///< used entries written
    std::uint16_t published{0};  ///< of these, visible
    unsigned notifies{0};
    std::deque<Buffer> ahead;  ///< taken but not needed yet
  };

  void set_status(std::uint32_t value);
  void set_queue(std::uint32_t offset, std::uint32_t value);
  bool has(std::uint64_t wanted) const { return (agreed_ & wanted) != 0; }
  bool is_configuration(std::uint32_t offset) const {
    return offset >= configuration && offset < configuration + settings_.configuration.size();
  }
  /// Buffer `id` and the one behind it, if there is one.
  struct Linked {
    Buffer buffer;
    bool has_next;
    std::uint16_t next;
  };
  [[nodiscard]] Linked read_descriptor(const Queue& queue, std::uint16_t id);

  Settings settings_;
  std::uint32_t status_{0};
  std::uint32_t feature_word_{0}, driver_word_{0}, queue_{0}, pending_{0};
  std::uint64_t agreed_{0};
  unsigned interrupts_{0};
  std::array<Queue, 2> queues_{};
  std::vector<std::uint32_t> states_;
  std::vector<std::string> violations_;
};

/// What a driver is given in place of an address.
class DoubleRegisters {
 public:
  DoubleRegisters() = default;
  explicit DoubleRegisters(DeviceDouble& device) : device_{&device} {}
  [[nodiscard]] std::uint32_t read32(std::uint32_t offset) const { return device_->read32(offset); }
  [[nodiscard]] std::uint16_t read16(std::uint32_t offset) const { return device_->read16(offset); }
  [[nodiscard]] std::uint8_t read8(std::uint32_t offset) const { return device_->read8(offset); }
  void write32(std::uint32_t offset, std::uint32_t value) const { device_->write32(offset, value); }

 private:
  DeviceDouble* device_{nullptr};
};

}  // namespace utnt::unikernel::virtio
