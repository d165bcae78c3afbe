// SPDX-License-Identifier: BSD-2-Clause
// Bringing up a device behind the memory-mapped transport, in the one order that every monitor accepts: states 0, 1, 3;
// features; 11; queues; 15. `Registers` reads and writes them: real memory in an image, a strict double in tests.
// Sources: Virtual I/O Device (VIRTIO) 1.1, sections 3.1.1 and 4.2; the unikernel specification, sections 6.1 and 6.2.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "unikernel/virtio/registers.hpp"
#include "unikernel/virtio/split_ring.hpp"

namespace utnt::unikernel::virtio {

template <class Registers>
class Transport {
 public:
  Transport() = default;
  explicit Transport(Registers registers) : registers_{registers} {}

  struct Identity {
    DeviceKind kind{DeviceKind::none};  ///< none: an empty slot, or no virtio at all
    bool is_legacy{false};              ///< cannot be driven
  };
  [[nodiscard]] Identity identify() const {
    if (registers_.read32(magic) != magic_value) return {};
    const auto found = registers_.read32(version);
    const DeviceKind kind{registers_.read32(device_kind)};
    if (found != version_legacy && found != version_modern) return {};
    return {kind, found == version_legacy};
  }

  /// Makes the device forget everything. False: it does not.
  bool reset() {
    registers_.write32(device_status, 0);
    constexpr unsigned tries_max = 1'000'000;
    for (unsigned tries = 0; tries < tries_max; ++tries)
      if (registers_.read32(device_status) == 0) return true;
    return false;
  }

  /// Resets the device and agrees on those of `wanted` that it offers, always with version 1. Errors: unsupported.
  Result<std::uint64_t> negotiate(std::uint64_t wanted) {
    if (!reset()) return give_up();
    registers_.write32(device_status, acknowledged);
    registers_.write32(device_status, acknowledged | driver);
    registers_.write32(device_features_select, 0);
    std::uint64_t offered = registers_.read32(device_features);
    registers_.write32(device_features_select, 1);
    offered |= std::uint64_t{registers_.read32(device_features)} << 32;
    const auto agreed = offered & (wanted | feature::version_1);
    if ((agreed & feature::version_1) == 0) return give_up();
    registers_.write32(driver_features_select, 0);
    registers_.write32(driver_features, static_cast<std::uint32_t>(agreed));
    registers_.write32(driver_features_select, 1);
    registers_.write32(driver_features, static_cast<std::uint32_t>(agreed >> 32));
    registers_.write32(device_status, acknowledged | driver | features_ok);
    if ((registers_.read32(device_status) & features_ok) == 0) return give_up();
    return agreed;
  }

  /// The largest size of queue `index`, a power of two of at most `wanted`; 0 = there is no such queue.
  [[nodiscard]] unsigned usable_size(std::uint32_t index, unsigned wanted) {
    registers_.write32(queue_select, index);
    const auto most = registers_.read32(queue_size_max);
    if (most == 0) return 0;
    while (wanted > most) wanted /= 2;
    return wanted;
  }
  void attach(std::uint32_t index, const SplitRing& ring) {
    registers_.write32(queue_select, index);
    registers_.write32(queue_size, ring.size());
    const auto at = ring.addresses();
    write_address(queue_descriptors, at.descriptors);
    write_address(queue_driver, at.driver);
    write_address(queue_device, at.device);
    registers_.write32(queue_ready, 1);
  }
  void start() { registers_.write32(device_status, acknowledged | driver | features_ok | driver_ok); }
  Fail give_up() {
    registers_.write32(device_status, failed);
    return Fail{Error::unsupported};
  }

  void notify(std::uint32_t queue) { registers_.write32(queue_notify, queue); }
  /// Must come before looking at the rings, or an interrupt is lost.
  void acknowledge_interrupts() {
    if (const auto pending = registers_.read32(interrupt_status); pending != 0)
      registers_.write32(interrupt_acknowledge, pending);
  }

  [[nodiscard]] std::uint8_t config8(std::uint32_t at) const { return registers_.read8(configuration + at); }
  [[nodiscard]] std::uint16_t config16(std::uint32_t at) const { return registers_.read16(configuration + at); }
  /// Two reads, and again when the device changed something in between.
  [[nodiscard]] std::uint64_t config64(std::uint32_t at) const {
    std::uint64_t value = 0;
    constexpr unsigned tries_max = 16;
    for (unsigned tries = 0; tries < tries_max; ++tries) {
      const auto before = registers_.read32(configuration_generation);
      value = registers_.read32(configuration + at);
      value |= std::uint64_t{registers_.read32(configuration + at + 4)} << 32;
      if (registers_.read32(configuration_generation) == before) break;
    }
    return value;
  }

 private:
  void write_address(std::uint32_t which, std::uint64_t address) {
    registers_.write32(which, static_cast<std::uint32_t>(address));
    registers_.write32(which + 4, static_cast<std::uint32_t>(address >> 32));
  }

  Registers registers_{};
};

}  // namespace utnt::unikernel::virtio
