// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/arch/x86_64/local_apic.hpp"

#include "unikernel/arch/x86_64/cpu.hpp"

namespace utnt::unikernel::arch {
namespace {

constexpr std::uint32_t msr_apic_base = 0x1b, msr_x2apic = 0x800;
constexpr std::uint64_t apic_enabled = 1U << 11, x2apic_enabled = 1U << 10, address_mask = 0xf'ffff'f000;

enum Register : std::uint32_t {
  apic_id = 0x20,
  end = 0xb0,
  spurious = 0xf0,
  timer = 0x320,
  line0 = 0x350,
  line1 = 0x360,
  initial_count = 0x380,
  current_count = 0x390,
  divide = 0x3e0,
};
constexpr std::uint32_t masked = 1U << 16, software_enabled = 0x100, divide_by_1 = 0xb;

}  // namespace

constinit LocalApic local_apic{};

std::uint32_t LocalApic::read(std::uint32_t offset) const {
  if (base_ == 0) return static_cast<std::uint32_t>(read_msr(msr_x2apic + offset / 16));
  return read_device32(base_ + offset);
}

void LocalApic::write(std::uint32_t offset, std::uint32_t value) const {
  if (base_ == 0) {
    write_msr(msr_x2apic + offset / 16, value);
  } else {
    write_device32(base_ + offset, value);
  }
}

void LocalApic::start(std::uint8_t timer_vector, std::uint8_t spurious_vector) {
  const auto base = read_msr(msr_apic_base);
  if ((base & apic_enabled) == 0) write_msr(msr_apic_base, base | apic_enabled);
  base_ = (base & x2apic_enabled) != 0 ? 0 : base & address_mask;
  write(line0, masked);  // Firecracker leaves the old controllers wired here
  write(line1, masked);
  write(divide, divide_by_1);
  write(timer, timer_vector);
  write(spurious, software_enabled | spurious_vector);
}

std::uint32_t LocalApic::id() const { return base_ == 0 ? read(apic_id) : read(apic_id) >> 24; }
void LocalApic::arm(std::uint32_t count) const { write(initial_count, count); }
std::uint32_t LocalApic::count() const { return read(current_count); }
void LocalApic::end_of_interrupt() const { write(end, 0); }

}  // namespace utnt::unikernel::arch
