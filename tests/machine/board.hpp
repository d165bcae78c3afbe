// SPDX-License-Identifier: BSD-2-Clause
// A computer in virtual time for the library OS that ships: the platform of virtual machines and its drivers run on it,
// compiled for the host, with strict devices at addresses, an emulated network behind the first card, and a clock that
// is a variable. Every run has a process of its own, because the platform keeps its state for ever.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/prng.hpp"
#include "emu/network.hpp"
#include "lab/ethernet_edge.hpp"
#include "unikernel/arch/machine.hpp"
#include "unikernel/platform.hpp"
#include "unikernel/virtio/block_double_test.hpp"

namespace utnt::machine {

using unikernel::virtio::DeviceDouble;
using unikernel::virtio::Octets;

struct BoardSettings {
  bool has_console{true};
  std::size_t disk_sectors{0};  ///< 0: no disk
  std::uint64_t disk_features{unikernel::virtio::feature::block_flush};
  unsigned cards{1};
  bool has_entropy{false};
  bool has_event_index{true};
  bool can_merge{true};
  /// Other than 0: devices are late by random times, steps of the program take some time, and between any two of them
  /// the devices may act.
  std::uint64_t disorder{0};
  Duration disk_time{};              ///< that a request takes
  Duration console_time{};           ///< that a write takes
  std::uint64_t ticks_per_ns{1};     ///< speed of the time-stamp counter
  std::uint64_t ticks_at_entry{77};  ///< what it shows at the start
};

/// What a run left behind.
struct Outcome {
  int code{-1};              ///< as the exit device has it; -1: power off without one
  std::string log{};         ///< the serial port
  std::string records{};     ///< the console, or the disk
  std::string violations{};  ///< what a strict monitor would refuse, a line each
  std::string crash{};       ///< how the process ended, if not well
  std::uint64_t now_ns{0};   ///< virtual time at the end
  std::uint64_t sleeps{0};
  std::uint64_t interrupts{0};
  std::vector<std::uint64_t> facts{};  ///< what the program noted
};

using Program = std::function<int(const unikernel::Startup&)>;

/// Boots a board whose first card is in `network`, runs `program` and waits for the end.
Outcome boot(emu::Network& network, const BoardSettings& settings, const std::string& command_line,
             const std::string& module, std::size_t memory_bytes, const Program& program);
/// For programs: a number for the outcome.
void note(std::uint64_t fact);

/// The machine under arch/machine.hpp; there is one in a process.
class Board {
 public:
  Board(emu::Network& network, const BoardSettings& settings);
  void run(const std::string& command_line, const std::string& module, std::size_t memory_bytes);
  /// Everything but how the process ended.
  Outcome outcome();

  // What arch/machine.hpp asks for.
  std::uint32_t read32(std::uintptr_t address);
  std::uint16_t read16(std::uintptr_t address);
  std::uint8_t read8(std::uintptr_t address);
  void write32(std::uintptr_t address, std::uint32_t value);
  [[nodiscard]] std::uint64_t ticks();
  [[nodiscard]] bool is_device_place(std::uint64_t base, std::uint32_t line) const;
  void route(unsigned line) { routed_.at(line) = true; }
  void halt(Duration at_most);
  void relax(Duration at_most);

  int code{-1};
  std::string log;
  std::vector<std::uint64_t> facts;

 private:
  struct Slot {
    DeviceDouble* device;
    std::uintptr_t base;
    unsigned line;
    unsigned interrupts_seen{0};
  };
  struct Place {
    DeviceDouble& device;
    std::uint32_t offset;
  };
  void add_slot(DeviceDouble& device);
  [[nodiscard]] std::string device_words() const;
  Place place_of(std::uintptr_t address);
  /// In a disorderly machine time passes here, and something may happen.
  void step_aside();
  /// Lets the devices do what is due.
  void serve();
  void serve_card(unsigned card);
  void serve_console();
  void serve_disk();
  void serve_entropy();
  /// When something is due next, at the latest `until`.
  [[nodiscard]] Instant next_event(Instant until) const;
  void go_to(Instant when);
  /// Interrupts that devices have raised reach the processor, where the line is routed.
  void collect_interrupts();

  emu::Network& network_;
  BoardSettings settings_;
  Prng prng_;
  lab::EthernetEdge edge_;
  Instant now_{};
  std::deque<DeviceDouble> cards_;
  DeviceDouble console_, entropy_;
  unikernel::virtio::BlockDouble disk_;
  std::vector<Slot> slots_;
  std::array<bool, 24> routed_{};
  std::deque<Octets> arrived_;  ///< frames on the wire that no buffer has taken yet
  std::string console_bytes_;
  std::string violations_;
  std::optional<Instant> disk_due_, console_due_, work_due_;
  bool is_interrupt_pending_{false};
  std::uint64_t sleeps_{0};
};

}  // namespace utnt::machine
