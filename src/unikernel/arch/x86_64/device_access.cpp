// SPDX-License-Identifier: BSD-2-Clause
// Registers of devices, by the plainest instructions there are: a monitor may have to decode them.
#include "unikernel/arch/machine.hpp"
#include "unikernel/arch/x86_64/cpu.hpp"
#include "unikernel/arch/x86_64/tsc.hpp"

namespace utnt::unikernel::arch {

std::uint64_t ticks() { return read_tsc(); }

std::uint32_t read_register32(std::uintptr_t address) { return read_device32(address); }
std::uint16_t read_register16(std::uintptr_t address) {
  std::uint16_t value = 0;
  asm volatile("movw (%1), %0" : "=r"(value) : "r"(address) : "memory");
  return value;
}
std::uint8_t read_register8(std::uintptr_t address) {
  std::uint8_t value = 0;
  asm volatile("movb (%1), %0" : "=q"(value) : "r"(address) : "memory");
  return value;
}
void write_register32(std::uintptr_t address, std::uint32_t value) { write_device32(address, value); }

}  // namespace utnt::unikernel::arch
