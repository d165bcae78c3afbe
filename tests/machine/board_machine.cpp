// SPDX-License-Identifier: BSD-2-Clause
// The calls of arch/machine.hpp on the board of this process, and the process in which a board runs.
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "machine/board.hpp"
#include "unikernel/vm/start.hpp"

namespace utnt::machine {
namespace {

Board* board = nullptr;
const Program* running = nullptr;
struct PowerOff {};

constexpr std::align_val_t memory_alignment{64};

std::string as_text(const Outcome& outcome) {
  const nlohmann::json json{{"code", outcome.code},     {"log", outcome.log},       {"violations", outcome.violations},
                            {"now_ns", outcome.now_ns}, {"sleeps", outcome.sleeps}, {"interrupts", outcome.interrupts},
                            {"facts", outcome.facts}};
  return json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n" + outcome.records;
}

Outcome from_text(const std::string& text) {
  const auto end = text.find('\n');
  if (end == std::string::npos) return {};
  const auto json = nlohmann::json::parse(text.substr(0, end));
  Outcome outcome;
  json.at("code").get_to(outcome.code);
  json.at("log").get_to(outcome.log);
  json.at("violations").get_to(outcome.violations);
  json.at("now_ns").get_to(outcome.now_ns);
  json.at("sleeps").get_to(outcome.sleeps);
  json.at("interrupts").get_to(outcome.interrupts);
  json.at("facts").get_to(outcome.facts);
  outcome.records = text.substr(end + 1);
  return outcome;
}

/// The child's work.
std::string run_here(Board& here, const std::string& command_line, const std::string& module,
                     std::size_t memory_bytes) {
  board = &here;
  try {
    here.run(command_line, module, memory_bytes);
  } catch (const std::exception& failure) {
    auto outcome = here.outcome();
    outcome.violations += std::string{failure.what()} + "\n";
    return as_text(outcome);
  }
  return as_text(here.outcome());
}

void write_all(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto written = ::write(fd, text.data() + at, text.size() - at);
    if (written <= 0) return;
    at += static_cast<std::size_t>(written);
  }
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65'536> piece{};
  for (;;) {
    const auto got = ::read(fd, piece.data(), piece.size());
    if (got <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

void Board::run(const std::string& command_line, const std::string& module, std::size_t memory_bytes) {
  auto* const memory = static_cast<std::byte*>(::operator new(memory_bytes, memory_alignment));
  std::memset(memory, 0, memory_bytes);
  const auto line = command_line + device_words();
  unikernel::arch::BootData data;
  data.command_line = line;
  if (!module.empty()) data.modules[data.module_count++] = std::as_bytes(std::span{module});
  data.memory = {memory, memory_bytes};
  data.entry_ticks = ticks();
  try {
    unikernel::vm::start(data);
  } catch (const PowerOff&) {
  }
  ::operator delete(memory, memory_alignment);
}

void note(std::uint64_t fact) { board->facts.push_back(fact); }

Outcome boot(emu::Network& network, const BoardSettings& settings, const std::string& command_line,
             const std::string& module, std::size_t memory_bytes, const Program& program) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error{"no pipe"};
  const auto child = ::fork();
  if (child < 0) throw std::runtime_error{"no process"};
  if (child == 0) {
    running = &program;
    const auto here = std::make_unique<Board>(network, settings);
    write_all(ends[1], run_here(*here, command_line, module, memory_bytes));
    ::_exit(0);
  }
  ::close(ends[1]);
  auto outcome = from_text(read_all(ends[0]));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) outcome.crash = "status " + std::to_string(status);
  return outcome;
}

}  // namespace utnt::machine

int utnt::unikernel::program(const Startup& startup) { return (*machine::running)(startup); }

namespace utnt::unikernel::arch {

using machine::board;

void serial_write(std::string_view text) { board->log += text; }
void protect() {}
void start_interrupts() {}
bool is_device_place(std::uint64_t base, std::uint32_t line) { return board->is_device_place(base, line); }
void route_interrupt(unsigned line) { board->route(line); }
void halt(Duration at_most) { board->halt(at_most); }
void relax(Duration at_most) { board->relax(at_most); }
std::uint32_t read_register32(std::uintptr_t address) { return board->read32(address); }
std::uint16_t read_register16(std::uintptr_t address) { return board->read16(address); }
std::uint8_t read_register8(std::uintptr_t address) { return board->read8(address); }
void write_register32(std::uintptr_t address, std::uint32_t value) { board->write32(address, value); }
std::uint64_t ticks() { return board->ticks(); }
std::uint64_t find_tsc_hz() { return 1'000'000'000; }
std::uint64_t battery_clock_ns() { return 0; }
bool random_bytes(std::span<std::byte> out) {
  for (auto& byte : out) byte = std::byte{0x5e};
  return true;
}
void exit_with(std::uint16_t, int code) {
  board->code = code;
  throw machine::PowerOff{};
}
void power_off() { throw machine::PowerOff{}; }

}  // namespace utnt::unikernel::arch
