// SPDX-License-Identifier: BSD-2-Clause
// The platform calls as a sandboxed Linux process: the tender opened everything, five system calls are
// left, or six with a packet ring. Time is
// asked of the kernel until enough pairs of TSC and monotonic clock tell how fast the TSC runs; from then on it costs
// none. Source: the unikernel specification, section 12.
#include "unikernel/platform.hpp"

#include "abi/boot_info.hpp"
#include "unikernel/arch/x86_64/tsc.hpp"
#include "unikernel/process/packet_ring.hpp"
#include "unikernel/process/syscalls.hpp"
#include "unikernel/runtime/log_number.hpp"
#include "unikernel/tsc_clock.hpp"

namespace utnt::unikernel {
namespace {

using process::Call;

constexpr std::size_t rx_slots = 64;
constexpr std::size_t log_piece_bytes = 4096;  ///< that a pipe with any room takes whole (PIPE_BUF)
constexpr std::int64_t second_ns = 1'000'000'000;

struct NicState {
  bool is_full{false};       ///< the last frame found no room: wait for room too
  std::uint64_t refused{0};  ///< frames that the device will never take
  std::uint64_t cut{0};      ///< frames longer than a slot
  PacketRing ring;           ///< used by NICs of that kind
};

struct State {
  const abi::BootInfo* info{nullptr};
  TscClock clock;
  std::uint64_t narrowest_pair{~std::uint64_t{0}};
  std::array<Nic, abi::boot_nics_max> nics{};
  std::array<NicState, abi::boot_nics_max> nic_states{};
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

/// Asks the kernel for the time, and lets the TSC clock learn from it. A process that is interrupted between the two
/// readings would learn nonsense, so the kernel's reading stands between two of the TSC, and only close ones count.
std::uint64_t read_both_clocks() {
  constexpr int tries_max = 3;
  std::uint64_t mono = 0;
  for (int i = 0; i < tries_max; ++i) {
    const auto before = read_tsc();
    mono = ask_clock(process::clock_monotonic);
    const auto width = read_tsc() - before;
    if (width < state.narrowest_pair) state.narrowest_pair = width;
    if (width / 4 <= state.narrowest_pair) {
      state.clock.add_pair(before + width / 2, mono);
      break;
    }
  }
  return mono;
}

bool is_ring(unsigned nic) { return state.info->nics[nic].kind == abi::NicKind::ring; }

/// One notification a ring, whatever was queued. What finds no room in the device stays queued, for the next time.
void flush_rings() {
  for (unsigned nic = 0; nic < state.nic_count; ++nic) {
    auto& ring = state.nic_states[nic].ring;
    if (!ring.has_queued()) continue;
    const long sent = process::call(Call::send_to, state.info->nics[nic].fd, 0, 0, process::message_dont_wait, 0);
    if (sent >= 0) ring.note_flushed();
  }
}

/// False: no room.
bool write_frame(const Frame& frame) {
  const long written = process::call(Call::write, state.info->nics[frame.nic].fd,
                                     reinterpret_cast<long>(frame.bytes.data()), static_cast<long>(frame.bytes.size()));
  if (written == process::error_again || written == process::error_interrupted) return false;
  // Too long for the device, or nobody at the other end: lost, as on a wire.
  if (written < 0) ++state.nic_states[frame.nic].refused;
  return true;
}

std::size_t receive_from_ring(unsigned nic, std::span<Frame> frames) {
  std::size_t count = 0;
  while (count < frames.size()) {
    const auto bytes = state.nic_states[nic].ring.receive();
    if (!bytes) break;
    frames[count++] = {*bytes, platform::now(), nic};
  }
  return count;
}

/// `first_slot`: of our own buffers, those before hold frames of other interfaces.
std::size_t read_frames(unsigned nic, std::span<Frame> frames, std::size_t first_slot) {
  std::size_t count = 0;
  while (count < frames.size() && first_slot + count < rx_slots) {
    auto& slot = rx_buffers[first_slot + count];
    const long length = process::call(Call::read, state.info->nics[nic].fd, reinterpret_cast<long>(slot.data()),
                                      static_cast<long>(slot.size()));
    if (length == process::error_interrupted) continue;
    if (length <= 0) break;
    if (static_cast<std::size_t>(length) == slot.size()) {
      ++state.nic_states[nic].cut;
      continue;
    }
    frames[count++] = {MutableBytes{slot}.first(static_cast<std::size_t>(length)), platform::now(), nic};
  }
  return count;
}

long poll_until(std::span<process::PollFd> fds, std::int64_t timeout_ns) {
  process::Timespec timeout{timeout_ns / second_ns, timeout_ns % second_ns};
  return process::call(Call::ppoll, reinterpret_cast<long>(fds.data()), static_cast<long>(fds.size()),
                       reinterpret_cast<long>(&timeout), 0, 0);
}

bool has_room(std::int32_t fd) {
  std::array<process::PollFd, 1> one{process::PollFd{fd, process::poll_out, 0}};
  return poll_until(one, 0) > 0;
}

/// Everything, however long the other end takes; false: it is gone.
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

/// What the devices lost, for people.
void log_losses() {
  std::uint64_t refused = 0;
  for (const auto& nic : state.nic_states) refused += nic.refused + nic.ring.refused();
  const auto cut = platform::receive_losses().drops;
  if (refused + cut == 0) return;
  platform::log_write("the interface refused ");
  log_number(refused);
  platform::log_write(" frames and delivered ");
  log_number(cut);
  platform::log_write(" that were too long\n");
}

}  // namespace

namespace platform {

Instant now() {
  if (state.info->tsc_hz == abi::tsc_unusable)
    return Instant{static_cast<std::int64_t>(ask_clock(process::clock_monotonic))};
  if (state.clock.wants_pair(read_tsc())) {
    const auto mono = read_both_clocks();
    if (!state.clock.is_calibrated()) return Instant{static_cast<std::int64_t>(mono)};
  }
  return state.clock.at(read_tsc());
}

std::uint64_t wall_ns() {
  const auto since = static_cast<std::uint64_t>(now().ns()) - state.info->mono0_ns;
  return state.info->epoch0_ns + since;
}

void wait(Instant deadline) {
  for (auto& nic : state.nic_states) nic.ring.release();
  flush_rings();
  const auto left = (deadline - now()).ns();
  if (left <= 0) return;
  std::array<process::PollFd, abi::boot_nics_max> fds;
  for (unsigned i = 0; i < state.nic_count; ++i) {
    const auto events = state.nic_states[i].is_full ? process::poll_in | process::poll_out : process::poll_in;
    fds[i] = {state.info->nics[i].fd, static_cast<std::int16_t>(events), 0};
  }
  const auto polled = std::span{fds}.first(state.nic_count);
  if (poll_until(polled, left) <= 0) return;
  for (const auto& fd : polled) {
    if ((fd.revents & (process::poll_in | process::poll_out)) != 0) return;
  }
  // Nothing but an error, such as a TAP that was taken away: it would be reported at once, again and again.
  constexpr std::int64_t error_pause_ns = 10'000'000;
  poll_until({}, left < error_pause_ns ? left : error_pause_ns);
}

unsigned tx_burst(std::span<const Frame> frames) {
  unsigned taken = 0;
  for (const auto& frame : frames) {
    auto& nic = state.nic_states[frame.nic];
    nic.is_full = !(is_ring(frame.nic) ? nic.ring.queue(frame.bytes) : write_frame(frame));
    if (nic.is_full) break;
    ++taken;
  }
  flush_rings();
  return taken;
}

unsigned rx_burst(std::span<Frame> frames) {
  std::size_t count = 0;
  for (unsigned nic = 0; nic < state.nic_count; ++nic) {
    auto& ring = state.nic_states[nic].ring;
    ring.release();
    count +=
        is_ring(nic) ? receive_from_ring(nic, frames.subspan(count)) : read_frames(nic, frames.subspan(count), count);
  }
  return static_cast<unsigned>(count);
}

ReceiveLosses receive_losses() {
  ReceiveLosses sum;
  for (const auto& nic : state.nic_states) {
    sum.drops += nic.cut + nic.ring.cut();
    sum.overruns += nic.ring.has_overrun() ? 1 : 0;
  }
  return sum;
}

bool rec_write(ConstBytes bytes) { return state.info->record_fd >= 0 && write_all(state.info->record_fd, bytes); }

void log_write(std::string_view text) {
  if (state.info == nullptr || state.info->log_fd < 0) return;
  auto left = std::as_bytes(std::span{text});
  while (!left.empty()) {
    // A reader who has stopped reading must not stop us.
    if (!has_room(state.info->log_fd)) return;
    const auto piece = left.first(left.size() < log_piece_bytes ? left.size() : log_piece_bytes);
    if (!write_all(state.info->log_fd, piece)) return;
    left = left.subspan(piece.size());
  }
}

[[noreturn]] void finish(int code) {
  if (state.info != nullptr) {
    flush_rings();
    log_losses();
  }
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
  Startup startup;
  startup.boot.entry_ns = static_cast<std::uint64_t>(platform::now().ns());
  for (unsigned i = 0; i < state.nic_count; ++i) {
    state.nics[i] = {info->nics[i].mac, info->nics[i].mtu};
    if (info->nics[i].kind == utnt::abi::NicKind::ring) state.nic_states[i].ring.start(info->nics[i]);
  }
  const auto* const text = reinterpret_cast<const char*>(info->command_line);
  std::size_t length = 0;
  while (text[length] != 0) ++length;
  startup.command_line = {text, length};
  const utnt::ConstBytes module{reinterpret_cast<const std::byte*>(info->module_base), info->module_bytes};
  if (!module.empty()) startup.modules = {&module, 1};
  startup.memory = {reinterpret_cast<std::byte*>(info->memory_base), info->memory_bytes};
  startup.nics = {state.nics.data(), state.nic_count};
  for (std::size_t i = 0; i < startup.seed.size(); ++i) startup.seed[i] = static_cast<std::byte>(info->seed[i]);
  startup.boot.devices_ns = static_cast<std::uint64_t>(platform::now().ns());
  platform::finish(program(startup));
}
