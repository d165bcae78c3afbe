// SPDX-License-Identifier: BSD-2-Clause
// The platform calls in a virtual machine. Source: the unikernel specification, sections 0 and 4 to 8.
#include "unikernel/platform.hpp"

#include "abi/command_line.hpp"
#include "unikernel/tsc_clock.hpp"
#include "unikernel/vm/start.hpp"

namespace utnt::unikernel {
namespace {

struct State {
  TscClock clock;
  std::uint64_t epoch_ns{0};  ///< Unix time at the clock's zero; 0 = not known
  std::uint16_t exit_port{0};
  bool is_polling{false};
};
constinit State state{};

std::uint64_t number_of(std::string_view command_line, std::string_view key) {
  const auto text = abi::value_of(command_line, key);
  return text ? abi::parse_number(*text).value_or(0) : 0;
}

void write_number(int number) {
  char digits[12];
  std::size_t at = sizeof digits;
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  platform::log_write({digits + at, sizeof digits - at});
}

}  // namespace

namespace platform {

Instant now() { return state.clock.at(read_tsc()); }

std::uint64_t wall_ns() { return state.epoch_ns == 0 ? 0 : state.epoch_ns + static_cast<std::uint64_t>(now().ns()); }

void wait(Instant deadline) {
  constexpr Duration spin{50'000};
  for (;;) {
    const auto left = deadline - now();
    if (left.ns() <= 0) return;
    if (state.is_polling || left < spin) {
      arch::relax();
    } else {
      arch::halt(left);
    }
  }
}

unsigned tx_burst(std::span<const Frame>) { return 0; }
unsigned rx_burst(std::span<Frame>) { return 0; }
bool rec_write(ConstBytes) { return false; }

void log_write(std::string_view text) { arch::serial_write(text); }

void finish(int code) {
  log_write("UKEXIT ");
  write_number(code);
  log_write("\n");
  if (state.exit_port != 0) arch::exit_with(state.exit_port, code);
  arch::power_off();
}

}  // namespace platform

void vm::start(arch::BootData boot) {
  arch::protect();
  state.exit_port = static_cast<std::uint16_t>(number_of(boot.command_line, "uk.exitport"));
  state.is_polling = number_of(boot.command_line, "uk.poll") != 0;
  arch::start_interrupts();
  auto hz = number_of(boot.command_line, "uk.tsc_hz");
  if (hz == 0) hz = arch::find_tsc_hz();
  if (hz == 0) {
    platform::log_write("error: no clock tells how fast the time-stamp counter runs; give uk.tsc_hz=\n");
    platform::finish(4);
  }
  state.clock.start(hz, read_tsc(), 0);
  state.epoch_ns = number_of(boot.command_line, "uk.epoch_ns");
  if (state.epoch_ns == 0) state.epoch_ns = arch::battery_clock_ns();
  Startup startup;
  startup.command_line = boot.command_line;
  startup.modules = {boot.modules.data(), boot.module_count};
  startup.memory = boot.memory;
  platform::finish(program(startup));
}

}  // namespace utnt::unikernel
