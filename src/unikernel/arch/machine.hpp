// SPDX-License-Identifier: BSD-2-Clause
// What the virtual-machine target asks of a processor and its board; one folder beside this file implements it for
// each, and a machine in virtual time does for tests. Nothing above knows a register. Source: the unikernel
// specification, sections 2 to 8.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace utnt::unikernel::arch {

inline constexpr unsigned boot_modules_max = 4;

/// What the loader left in memory.
struct BootData {
  std::string_view command_line;
  std::array<ConstBytes, boot_modules_max> modules{};
  unsigned module_count{0};
  MutableBytes memory;  ///< the memory behind the image that nothing above occupies
  std::uint64_t entry_ticks{0};
};

/// Bytes on the serial line; silent where there is none.
void serial_write(std::string_view text);

/// Faults end with a report from now on, and stray accesses are faults: address 0, the page under the stack, writing to
/// code or constants, executing data.
void protect();

/// Masks what the firmware left on, and makes halt() work.
void start_interrupts();
/// Whether a device can be there: mapped, and with a line that reaches the processor.
bool is_device_place(std::uint64_t base, std::uint32_t line);
/// Interrupts on this line end halt() from now on.
void route_interrupt(unsigned line);
/// Sleeps until an interrupt, or for `at_most`. May return early.
void halt(Duration at_most);
/// For loops that wait without sleeping: a moment, and no more than that.
void relax(Duration at_most);

std::uint32_t read_register32(std::uintptr_t address);
std::uint16_t read_register16(std::uintptr_t address);
std::uint8_t read_register8(std::uintptr_t address);
void write_register32(std::uintptr_t address, std::uint32_t value);

/// The time-stamp counter.
std::uint64_t ticks();

/// How fast the time-stamp counter runs, by what the processor says or by a clock of known speed (that takes 10 ms);
/// 0 = there is no such clock.
std::uint64_t find_tsc_hz();
/// Unix time in nanoseconds by the battery clock, precise to a second; 0 = there is none.
std::uint64_t battery_clock_ns();
/// Random bytes of the processor. False: it has none.
bool random_bytes(std::span<std::byte> out);

/// Tells QEMU's exit device the code; returns where there is none.
void exit_with(std::uint16_t port, int code);
[[noreturn]] void power_off();

}  // namespace utnt::unikernel::arch
