// SPDX-License-Identifier: BSD-2-Clause
// The interrupt table. Interrupts are off always but inside halt(), where nothing is in progress that they could
// disturb: so there are no locks, and handlers count and return. Every exception ends the program with a report, on a
// stack of its own: the overflow of the other one is reported too. Source: the unikernel specification,
// sections 2.6, 4.4 and 5.3.
#include <array>
#include <cstdint>

#include "unikernel/arch/machine.hpp"
#include "unikernel/arch/x86_64/cpu.hpp"
#include "unikernel/arch/x86_64/local_apic.hpp"
#include "unikernel/arch/x86_64/paging.hpp"
#include "unikernel/platform.hpp"

extern "C" {
extern char utnt_exceptions[];
extern std::uint64_t utnt_gdt[6];
extern volatile std::uint32_t utnt_interrupts;
void utnt_interrupt();
void utnt_spurious();
void utnt_sleep();
}

namespace utnt::unikernel::arch {
namespace {

constexpr unsigned exceptions = 32, exception_entry_bytes = 16;
constexpr std::uint8_t timer_vector = 0x20, device_vector = 0x21, spurious_vector = 0xff;
constexpr std::uint16_t code_selector = 0x08, task_selector = 0x20;
constexpr std::uint8_t own_stack = 1;

struct Gate {
  std::uint16_t low;
  std::uint16_t selector;
  std::uint8_t stack;
  std::uint8_t type;
  std::uint16_t middle;
  std::uint32_t high;
  std::uint32_t reserved;
};
static_assert(sizeof(Gate) == 16);

struct [[gnu::packed]] TaskState {
  std::uint32_t reserved0;
  std::uint64_t stacks[3];
  std::uint64_t reserved1;
  std::uint64_t interrupt_stacks[7];
  std::uint64_t reserved2;
  std::uint16_t reserved3;
  std::uint16_t port_map;
};
static_assert(sizeof(TaskState) == 104);

struct [[gnu::packed]] TablePointer {
  std::uint16_t limit;
  std::uint64_t base;
};

alignas(16) constinit std::array<Gate, 256> table{};
constinit TaskState task{};
alignas(16) constinit std::array<std::byte, 2048> exception_stack{};

void set_gate(unsigned vector, std::uint64_t handler, std::uint8_t stack) {
  constexpr std::uint8_t interrupt_gate = 0x8e;
  table[vector] = {static_cast<std::uint16_t>(handler),
                   code_selector,
                   stack,
                   interrupt_gate,
                   static_cast<std::uint16_t>(handler >> 16),
                   static_cast<std::uint32_t>(handler >> 32),
                   0};
}

void load_task() {
  const auto address = reinterpret_cast<std::uint64_t>(&task);
  task.interrupt_stacks[own_stack - 1] =
      reinterpret_cast<std::uint64_t>(exception_stack.data() + exception_stack.size());
  task.port_map = sizeof task;
  constexpr std::uint64_t available_task = 0x89;
  utnt_gdt[task_selector / 8] =
      (sizeof task - 1) | (address & 0xff'ffff) << 16 | available_task << 40 | (address >> 24 & 0xff) << 56;
  utnt_gdt[task_selector / 8 + 1] = address >> 32;
  asm volatile("ltr %0" : : "r"(task_selector));
}

void mask_old_controllers() {
  out8(0x21, 0xff);
  out8(0xa1, 0xff);
}

}  // namespace

void protect() {
  load_task();
  for (unsigned i = 0; i < exceptions; ++i)
    set_gate(i, reinterpret_cast<std::uint64_t>(utnt_exceptions) + i * exception_entry_bytes, own_stack);
  set_gate(timer_vector, reinterpret_cast<std::uint64_t>(&utnt_interrupt), 0);
  set_gate(device_vector, reinterpret_cast<std::uint64_t>(&utnt_interrupt), 0);
  set_gate(spurious_vector, reinterpret_cast<std::uint64_t>(&utnt_spurious), 0);
  const TablePointer pointer{sizeof table - 1, reinterpret_cast<std::uint64_t>(table.data())};
  asm volatile("lidt %0" : : "m"(pointer));
  protect_pages();
}

void start_interrupts() {
  mask_old_controllers();
  local_apic.start(timer_vector, spurious_vector);
}

bool is_device_place(std::uint64_t base, std::uint32_t line) {
  constexpr std::uint64_t window_begin = 0xc000'0000, window_end = 0xfec0'0000;
  constexpr std::uint32_t lines = 24;
  return base >= window_begin && base <= window_end - 4096 && base % 4 == 0 && line < lines;
}

void route_interrupt(unsigned line) {
  constexpr std::uintptr_t controller = 0xfec0'0000;
  const auto write = [](std::uint32_t which, std::uint32_t value) {
    write_device32(controller, which);
    write_device32(controller + 0x10, value);
  };
  // Edge, active high: right for QEMU's levels and Firecracker's pulses alike, as the driver acknowledges before it
  // looks.
  write(0x11 + 2 * line, local_apic.id() << 24);
  write(0x10 + 2 * line, device_vector);
}

void halt(Duration at_most) {
  constexpr std::int64_t count_max = 0xffff'ffff;
  if (at_most.ns() <= 0) return;
  local_apic.arm(static_cast<std::uint32_t>(at_most.ns() < count_max ? at_most.ns() : count_max));
  utnt_sleep();
  local_apic.arm(0);
  for (auto left = utnt_interrupts; left != 0; --left) local_apic.end_of_interrupt();
  utnt_interrupts = 0;
}

void relax(Duration) { pause(); }

namespace {

void write_hex(std::uint64_t value) {
  char text[18] = {'0', 'x'};
  for (unsigned i = 0; i < 16; ++i) text[2 + i] = "0123456789abcdef"[value >> (60 - 4 * i) & 0xf];
  platform::log_write({text, sizeof text});
}

}  // namespace
}  // namespace utnt::unikernel::arch

/// What the entry code and the processor pushed, upwards from the stack pointer.
struct ExceptionFrame {
  std::uint64_t vector, error, rip, cs, flags, rsp, ss;
};

extern "C" [[noreturn]] void utnt_exception(const ExceptionFrame* frame, std::uint64_t address) {
  using namespace utnt::unikernel;  // the function has C linkage and so stands outside
  static constinit bool is_second = false;
  if (is_second) arch::power_off();
  is_second = true;
  platform::log_write("fault: vector ");
  arch::write_hex(frame->vector);
  platform::log_write(" error ");
  arch::write_hex(frame->error);
  platform::log_write(" at ");
  arch::write_hex(frame->rip);
  platform::log_write(" address ");
  arch::write_hex(address);
  platform::log_write(" stack ");
  arch::write_hex(frame->rsp);
  platform::log_write("\n");
  platform::finish(125);
}
