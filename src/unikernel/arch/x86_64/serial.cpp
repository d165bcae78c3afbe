// SPDX-License-Identifier: BSD-2-Clause
// The first serial port: a few lines for humans, each byte an exit to the monitor. Source: the unikernel specification,
// section 7.
#include "unikernel/arch/machine.hpp"
#include "unikernel/arch/x86_64/cpu.hpp"

namespace utnt::unikernel::arch {
namespace {

constexpr std::uint16_t port = 0x3f8;
constexpr std::uint16_t line_status = port + 5;
constexpr std::uint8_t transmitter_empty = 0x20;

enum class State : std::uint8_t { unknown, present, absent };
constinit State state = State::unknown;

void start() {
  state = in8(line_status) == 0xff ? State::absent : State::present;
  if (state == State::absent) return;
  out8(port + 1, 0);     // no interrupts
  out8(port + 3, 0x80);  // the next two are the divisor: 115200 baud
  out8(port + 0, 1);
  out8(port + 1, 0);
  out8(port + 3, 3);  // 8 bits, no parity
  out8(port + 2, 7);
  out8(port + 4, 0);
}

}  // namespace

void serial_write(std::string_view text) {
  if (state == State::unknown) start();
  if (state == State::absent) return;
  for (const char c : text) {
    constexpr unsigned tries_max = 100'000;
    for (unsigned tries = 0; (in8(line_status) & transmitter_empty) == 0 && tries < tries_max; ++tries) pause();
    out8(port, static_cast<std::uint8_t>(c));
  }
}

}  // namespace utnt::unikernel::arch
