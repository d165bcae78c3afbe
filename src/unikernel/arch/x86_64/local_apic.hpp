// SPDX-License-Identifier: BSD-2-Clause
// The processor's own interrupt controller and its one-shot timer, by memory or, where the firmware switched that on,
// by registers (x2APIC). Source: the unikernel specification, section 4.4.
#pragma once

#include <cstdint>

namespace utnt::unikernel::arch {

class LocalApic {
 public:
  /// Switches it on: only the timer may interrupt, with `timer_vector`.
  void start(std::uint8_t timer_vector, std::uint8_t spurious_vector);
  [[nodiscard]] std::uint32_t id() const;
  /// Counts down from `count` once, one a nanosecond under QEMU and KVM; 0 stops.
  void arm(std::uint32_t count) const;
  [[nodiscard]] std::uint32_t count() const;
  void end_of_interrupt() const;

 private:
  [[nodiscard]] std::uint32_t read(std::uint32_t offset) const;
  void write(std::uint32_t offset, std::uint32_t value) const;

  std::uintptr_t base_{0};  ///< 0: by registers
};

extern constinit LocalApic local_apic;

}  // namespace utnt::unikernel::arch
