// SPDX-License-Identifier: BSD-2-Clause
// Registers of a device at an address: every access is one load or store of exactly that width, in program order.
#pragma once

#include <cstdint>

#include "unikernel/arch/machine.hpp"

namespace utnt::unikernel::arch {

class DeviceMemory {
 public:
  explicit constexpr DeviceMemory(std::uintptr_t base = 0) : base_{base} {}
  [[nodiscard]] std::uint32_t read32(std::uint32_t offset) const { return read_register32(base_ + offset); }
  [[nodiscard]] std::uint16_t read16(std::uint32_t offset) const { return read_register16(base_ + offset); }
  [[nodiscard]] std::uint8_t read8(std::uint32_t offset) const { return read_register8(base_ + offset); }
  void write32(std::uint32_t offset, std::uint32_t value) const { write_register32(base_ + offset, value); }

 private:
  std::uintptr_t base_;
};

}  // namespace utnt::unikernel::arch
