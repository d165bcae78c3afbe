// SPDX-License-Identifier: BSD-2-Clause
// Ways to end, from the one that tells a code to the one that always works; and the processor's random numbers.
// Source: the unikernel specification, sections 8 and 6.7.
#include <cstring>

#include "unikernel/arch/machine.hpp"
#include "unikernel/arch/x86_64/cpu.hpp"

extern "C" [[noreturn]] void utnt_reset();

namespace utnt::unikernel::arch {

// QEMU ends with twice the value plus one, so that 0 cannot be told; status 33 + 2 * code, modulo 256.
void exit_with(std::uint16_t port, int code) { out32(port, 0x10U + static_cast<std::uint32_t>(code)); }

void power_off() {
  constexpr std::uint16_t keyboard_controller = 0x64;
  constexpr std::uint8_t pulse_reset = 0xfe, nobody = 0xff;
  if (in8(keyboard_controller) != nobody) {
    out8(keyboard_controller, pulse_reset);
    // Firecracker's way, which takes effect a little later; what follows would count as a crash there.
    constexpr unsigned reads = 100'000;
    for (unsigned i = 0; i < reads; ++i) static_cast<void>(in8(keyboard_controller));
  }
  utnt_reset();
}

bool random_bytes(std::span<std::byte> out) {
  constexpr std::uint32_t has_rdrand = 1U << 30;
  if ((cpuid(1).ecx & has_rdrand) == 0) return false;
  while (!out.empty()) {
    std::uint64_t word = 0;
    bool is_good = false;
    constexpr unsigned tries_max = 10;
    for (unsigned i = 0; i < tries_max && !is_good; ++i) asm volatile("rdrand %0" : "=r"(word), "=@ccc"(is_good));
    if (!is_good) return false;
    const auto count = out.size() < sizeof word ? out.size() : sizeof word;
    std::memcpy(out.data(), &word, count);
    out = out.subspan(count);
  }
  return true;
}

}  // namespace utnt::unikernel::arch
