// SPDX-License-Identifier: BSD-2-Clause
// The platform calls in a virtual machine. Source: the unikernel specification, sections 0 and 4 to 8.
#include "unikernel/platform.hpp"

#include "abi/command_line.hpp"
#include "unikernel/runtime/log_number.hpp"
#include "unikernel/tsc_clock.hpp"
#include "unikernel/vm/devices.hpp"
#include "unikernel/vm/start.hpp"

namespace utnt::unikernel {
namespace {

struct State {
  TscClock clock;
  std::uint64_t epoch_ns{0};  ///< Unix time at the clock's zero; 0 = not known
  std::uint16_t exit_port{0};
  bool is_polling{false};
  bool is_finishing{false};
  vm::Devices devices;
};
constinit State state{};

std::uint64_t number_of(std::string_view command_line, std::string_view key) {
  const auto text = abi::value_of(command_line, key);
  return text ? abi::parse_number(*text).value_or(0) : 0;
}

bool parse_seed(std::string_view text, std::array<std::byte, 32>& seed) {
  if (text.size() != 2 * seed.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_digit = c >= '0' && c <= '9', is_letter = c >= 'a' && c <= 'f';
    if (!is_digit && !is_letter) return false;
    seed[i / 2] = seed[i / 2] << 4 | static_cast<std::byte>(is_digit ? c - '0' : c - 'a' + 10);
  }
  return true;
}

/// From the command line, the host's device, the processor, or else the clock, which is no secret.
void make_seed(arch::BootData& boot, std::array<std::byte, 32>& seed) {
  if (const auto text = abi::value_of(boot.command_line, "uk.seed")) {
    if (parse_seed(*text, seed)) return;
    platform::log_write("uk.seed: not 64 hexadecimal digits\n");
  }
  if (state.devices.read_entropy(seed, boot.memory) || arch::random_bytes(seed)) return;
  platform::log_write("no source of randomness: the seed is the time\n");
  store_le(seed, 0, 8, arch::ticks());
  store_le(seed, 8, 8, state.epoch_ns);
}

/// By the program's clock, whose zero is the entry; 0 would mean that nothing is known.
std::uint64_t stamp_of(std::uint64_t ticks) {
  const auto ns = state.clock.at(ticks).ns();
  return ns > 0 ? static_cast<std::uint64_t>(ns) : 1;
}

/// The time from the launcher, which is that of the start, or from a clock of the machine, which is that of now.
std::uint64_t find_epoch(std::string_view command_line) {
  if (const auto given = number_of(command_line, "uk.epoch_ns"); given != 0) return given;
  const auto battery = arch::battery_clock_ns();
  return battery == 0 ? 0 : battery - static_cast<std::uint64_t>(platform::now().ns());
}

/// While the record channel is slow.
void doze() {
  constexpr Duration at_most{10'000'000};
  arch::halt(at_most);
}

/// Nothing when the word is neither of the two.
std::optional<vm::RecordChannel> parse_channel(std::string_view command_line) {
  const auto text = abi::value_of(command_line, "uk.rec");
  if (!text) return vm::RecordChannel::automatic;
  if (*text == "console") return vm::RecordChannel::console;
  if (*text == "blk") return vm::RecordChannel::block;
  return std::nullopt;
}

/// What the cards did that no card may do.
void complain_of_cards() {
  for (unsigned nic = 0; nic < state.devices.nics().size(); ++nic) {
    const auto& card = state.devices.card(nic);
    if (card.is_broken()) platform::log_write("network card: its ring makes no sense, it was left alone\n");
    if (card.counters().bad_frames != 0)
      platform::log_write("network card: frames were dropped whose lengths make no sense\n");
  }
}

}  // namespace

namespace platform {

Instant now() { return state.clock.follow(arch::ticks()); }

std::uint64_t wall_ns() { return state.epoch_ns == 0 ? 0 : state.epoch_ns + static_cast<std::uint64_t>(now().ns()); }

void wait(Instant deadline) {
  constexpr Duration spin{50'000};
  auto& devices = state.devices;
  while (devices.is_idle()) {
    const auto left = deadline - now();
    if (left.ns() <= 0) return;
    if (state.is_polling || left < spin) {
      arch::relax(left);
      continue;
    }
    if (devices.sleep_needed()) arch::halt(left);
    devices.silence();
  }
}

unsigned tx_burst(std::span<const Frame> frames) {
  unsigned taken = 0;
  while (taken < frames.size()) {
    // Frames of one card that follow each other are one burst.
    const auto nic = frames[taken].nic;
    std::size_t same = 1;
    while (taken + same < frames.size() && frames[taken + same].nic == nic) ++same;
    if (nic >= state.devices.nics().size()) return taken;
    const auto done = state.devices.card(nic).transmit(frames.subspan(taken, same));
    taken += done;
    if (done < same) break;
  }
  return taken;
}

unsigned rx_burst(std::span<Frame> frames) {
  unsigned count = 0;
  for (unsigned nic = 0; nic < state.devices.nics().size(); ++nic)
    count += state.devices.card(nic).receive(frames.subspan(count), now(), nic);
  return count;
}

ReceiveLosses receive_losses() { return state.devices.losses(); }

bool rec_write(ConstBytes bytes) { return state.devices.write_record(bytes, doze); }

void log_write(std::string_view text) { arch::serial_write(text); }

void finish(int code) {
  // A fault in here must not come back here.
  if (!state.is_finishing) {
    state.is_finishing = true;
    constexpr int environment = 4;
    if (!state.devices.flush_records(doze) && code == 0) code = environment;
    log_write(state.devices.record_complaint());
    complain_of_cards();
  }
  log_write("UKEXIT ");
  log_number(static_cast<std::uint64_t>(code));
  log_write("\n");
  if (state.exit_port != 0) arch::exit_with(state.exit_port, code);
  arch::power_off();
}

}  // namespace platform

void vm::start(arch::BootData boot) {
  arch::protect();
  const auto paging_ticks = arch::ticks();
  state.exit_port = static_cast<std::uint16_t>(number_of(boot.command_line, "uk.exitport"));
  state.is_polling = number_of(boot.command_line, "uk.poll") != 0;
  arch::start_interrupts();
  auto hz = number_of(boot.command_line, "uk.tsc_hz");
  if (hz == 0) hz = arch::find_tsc_hz();
  if (hz == 0) {
    platform::log_write("error: no clock tells how fast the time-stamp counter runs; give uk.tsc_hz=\n");
    platform::finish(4);
  }
  state.clock.start(hz, boot.entry_ticks, 0);
  Startup startup;
  startup.boot = {
      .entry_ns = stamp_of(boot.entry_ticks), .paging_ns = stamp_of(paging_ticks), .clock_ns = stamp_of(arch::ticks())};
  state.epoch_ns = find_epoch(boot.command_line);
  const auto channel = parse_channel(boot.command_line);
  if (!channel) {
    platform::log_write("error: uk.rec: neither console nor blk\n");
    platform::finish(2);
  }
  state.devices.start(boot.command_line, *channel, boot.memory);
  make_seed(boot, startup.seed);
  startup.boot.devices_ns = stamp_of(arch::ticks());
  startup.command_line = boot.command_line;
  startup.modules = {boot.modules.data(), boot.module_count};
  startup.memory = boot.memory;
  startup.nics = state.devices.nics();
  platform::finish(program(startup));
}

}  // namespace utnt::unikernel
