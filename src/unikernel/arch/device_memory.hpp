// SPDX-License-Identifier: BSD-2-Clause
// Registers of a device at an address: every access is one load or store of exactly that width, in program order.
#pragma once

#include <cstdint>

namespace utnt::unikernel::arch {

class DeviceMemory {
 public:
  explicit constexpr DeviceMemory(std::uintptr_t base = 0) : base_{base} {}
  [[nodiscard]] std::uint32_t read32(std::uint32_t offset) const { return *at<std::uint32_t>(offset); }
  [[nodiscard]] std::uint16_t read16(std::uint32_t offset) const { return *at<std::uint16_t>(offset); }
  [[nodiscard]] std::uint8_t read8(std::uint32_t offset) const { return *at<std::uint8_t>(offset); }
  void write32(std::uint32_t offset, std::uint32_t value) const { *at<std::uint32_t>(offset) = value; }

 private:
  template <class Word>
  [[nodiscard]] volatile Word* at(std::uint32_t offset) const {
    return reinterpret_cast<volatile Word*>(base_ + offset);
  }

  std::uintptr_t base_;
};

}  // namespace utnt::unikernel::arch
