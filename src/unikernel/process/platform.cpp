// SPDX-License-Identifier: BSD-2-Clause
// The platform calls as a sandboxed Linux process: the tender opened everything, five system calls are left. Time is
// asked of the kernel until enough pairs of TSC and monotonic clock tell how fast the TSC runs; from then on it costs
// none. Source: the unikernel specification, section 12.
#include "unikernel/platform.hpp"

#include "abi/boot_info.hpp"
#include "unikernel/process/syscalls.hpp"
#include "unikernel/tsc_clock.hpp"

namespace utnt::unikernel {
namespace {

using process::Call;

constexpr std::size_t rx_slots = 64;
constexpr std::int64_t second_ns = 1'000'000'000;

struct State {
  const abi::BootInfo* info{nullptr};
  TscClock clock;
  std::array<Nic, abi::boot_nics_max> nics{};
  unsigned nic_count{0};
};
constinit State state{};
constinit std::array<std::array<std::byte, 2048>, rx_slots>
    rx_buffers{};  ///< apart, so that it takes no room in the file

std::uint64_t ask_clock(long which) {
  process::Timespec at;
  process::call(Call::clock_gettime, which, reinterpret_cast<long>(&at));
  return static_cast<std::uint64_t>(at.seconds * second_ns + at.nanoseconds);
}

long poll_all(std::int16_t events, std::int64_t timeout_ns) {
  std::array<process::PollFd, abi::boot_nics_max> fds;
  for (unsigned i = 0; i < state.nic_count; ++i) fds[i] = {state.info->nics[i].fd, events, 0};
  process::Timespec timeout{timeout_ns / second_ns, timeout_ns % second_ns};
  return process::call(Call::ppoll, reinterpret_cast<long>(fds.data()), state.nic_count,
                       reinterpret_cast<long>(&timeout), 0, 0);
}

bool write_all(std::int32_t fd, ConstBytes bytes) {
  while (!bytes.empty()) {
    const long written =
        process::call(Call::write, fd, reinterpret_cast<long>(bytes.data()), static_cast<long>(bytes.size()));
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (written == process::error_again) {
      process::PollFd room{fd, process::poll_out, 0};
      process::call(Call::ppoll, reinterpret_cast<long>(&room), 1, 0, 0, 0);
    } else if (written != process::error_interrupted) {
      return false;
    }
  }
  return true;
}

}  // namespace

namespace platform {

Instant now() {
  if (state.clock.is_calibrated()) return state.clock.at(read_tsc());
  const auto mono = ask_clock(process::clock_monotonic);
  state.clock.add_pair(read_tsc(), mono);
  return Instant{static_cast<std::int64_t>(mono)};
}

std::uint64_t wall_ns() {
  const auto since = static_cast<std::uint64_t>(now().ns()) - state.info->mono0_ns;
  return state.info->epoch0_ns + since;
}

void wait(Instant deadline) {
  const auto left = deadline - now();
  if (left.ns() > 0) poll_all(process::poll_in, left.ns());
}

unsigned tx_burst(std::span<const Frame> frames) {
  unsigned taken = 0;
  for (const auto& frame : frames) {
    const auto fd = state.info->nics[frame.nic].fd;
    const long written = process::call(Call::write, fd, reinterpret_cast<long>(frame.bytes.data()),
                                       static_cast<long>(frame.bytes.size()));
    if (written == process::error_again || written == process::error_interrupted) break;
    ++taken;
  }
  return taken;
}

unsigned rx_burst(std::span<Frame> frames) {
  unsigned count = 0;
  const auto room = frames.size() < rx_slots ? frames.size() : rx_slots;
  for (unsigned nic = 0; nic < state.nic_count; ++nic) {
    while (count < room) {
      auto& slot = rx_buffers[count];
      const long length = process::call(Call::read, state.info->nics[nic].fd, reinterpret_cast<long>(slot.data()),
                                        static_cast<long>(slot.size()));
      if (length <= 0) break;
      frames[count++] = {MutableBytes{slot}.first(static_cast<std::size_t>(length)), now(), nic};
    }
  }
  return count;
}

bool rec_write(ConstBytes bytes) { return write_all(state.info->record_fd, bytes); }

void log_write(std::string_view text) {
  if (state.info != nullptr && state.info->log_fd >= 0) write_all(state.info->log_fd, std::as_bytes(std::span{text}));
}

[[noreturn]] void finish(int code) {
  for (;;) process::call(Call::exit_group, code);
}

}  // namespace platform

}  // namespace utnt::unikernel

/// The first code of the image: the tender jumps here with the stack at the end of the memory.
extern "C" [[noreturn]] void utnt_process_entry(const utnt::abi::BootInfo* info) {
  using namespace utnt::unikernel;  // the entry must have C linkage and so stands outside
  if (info->magic != utnt::abi::boot_info_magic || info->version != utnt::abi::boot_info_version ||
      info->size != sizeof(utnt::abi::BootInfo)) {
    platform::finish(4);
  }
  state.info = info;
  state.nic_count = info->nic_count < utnt::abi::boot_nics_max ? info->nic_count : utnt::abi::boot_nics_max;
  state.clock.start(info->tsc_hz, info->tsc0, info->mono0_ns);
  for (unsigned i = 0; i < state.nic_count; ++i) state.nics[i] = {info->nics[i].mac, info->nics[i].mtu};
  Startup startup;
  const auto* const text = reinterpret_cast<const char*>(info->command_line);
  std::size_t length = 0;
  while (text[length] != 0) ++length;
  startup.command_line = {text, length};
  const utnt::ConstBytes module{reinterpret_cast<const std::byte*>(info->module_base), info->module_bytes};
  if (!module.empty()) startup.modules = {&module, 1};
  startup.memory = {reinterpret_cast<std::byte*>(info->memory_base), info->memory_bytes};
  startup.nics = {state.nics.data(), state.nic_count};
  for (std::size_t i = 0; i < startup.seed.size(); ++i) startup.seed[i] = static_cast<std::byte>(info->seed[i]);
  platform::finish(program(startup));
}
