// SPDX-License-Identifier: BSD-2-Clause
// Single instructions of the processor that C++ has no name for: ports, model-specific registers, CPUID, device memory.
#pragma once

#include <cstdint>

namespace utnt::unikernel::arch {

inline void out8(std::uint16_t port, std::uint8_t value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
inline void out32(std::uint16_t port, std::uint32_t value) { asm volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }
inline std::uint8_t in8(std::uint16_t port) {
  std::uint8_t value = 0;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

inline std::uint64_t read_msr(std::uint32_t which) {
  std::uint32_t low = 0, high = 0;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(which));
  return std::uint64_t{high} << 32 | low;
}
inline void write_msr(std::uint32_t which, std::uint64_t value) {
  asm volatile("wrmsr"
               :
               : "c"(which), "a"(static_cast<std::uint32_t>(value)), "d"(static_cast<std::uint32_t>(value >> 32))
               : "memory");
}

struct CpuId {
  std::uint32_t eax, ebx, ecx, edx;
};
/// Leaves beyond the maximum return another leaf's data: ask cpuid_max() first.
inline CpuId cpuid(std::uint32_t leaf) {
  CpuId id{};
  asm volatile("cpuid" : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx) : "a"(leaf), "c"(0));
  return id;
}

inline std::uint32_t read_device32(std::uintptr_t address) {
  std::uint32_t value = 0;
  asm volatile("movl (%1), %0" : "=r"(value) : "r"(address) : "memory");
  return value;
}
inline void write_device32(std::uintptr_t address, std::uint32_t value) {
  asm volatile("movl %0, (%1)" : : "r"(value), "r"(address) : "memory");
}
inline void pause() { asm volatile("pause"); }

}  // namespace utnt::unikernel::arch
