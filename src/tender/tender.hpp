// SPDX-License-Identifier: BSD-2-Clause
// The tender interface: image, memory, interfaces, input and limits go in; the record stream, an exit code and
// measurements come out. Whatever runs the image (a sandboxed process, a virtual machine) implements `Tender`.
// An instance never outlives its object: the destructor ends it and removes all that was made for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "abi/record_frame.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"
#include "tender/limits/cgroup.hpp"

namespace utnt::tender {

enum class NicKind : std::uint8_t {
  tap,            ///< an existing or new TAP of the current network namespace, which must be sealed
  unix_datagram,  ///< one frame per datagram to a socket file: the port of `utnt lab up --unix`
  descriptor,     ///< one frame per read and write, opened by the caller (and asked for its seal by it)
  packet_ring,    ///< an Ethernet interface of a sealed namespace, by a packet socket with rings: fastest
};

struct NicRequest {
  NicKind kind{NicKind::unix_datagram};
  std::string tap{};         ///< name of the interface (TAP, or that of the packet ring)
  std::string peer_path{};   ///< Unix: the socket that frames go to
  std::string local_path{};  ///< Unix: our own address; empty: one is chosen. Removed at the end.
  int descriptor{-1};        ///< borrowed until start() returns
  std::array<std::uint8_t, 6> mac{0x02, 0, 0, 0, 0, 0x01};
  std::uint16_t mtu{1500};
};

/// What carries the record stream out of a virtual machine.
enum class RecordChannel : std::uint8_t {
  automatic,  ///< the fastest that the monitor has
  console,    ///< virtio-console: a stream
  block,      ///< a virtio-blk log: every monitor has it, and what was written survives the machine
};

struct RunRequest {
  std::string image;         ///< path of the image that fits the tender: NAME-process, NAME.elf
  std::string command_line;  ///< keys of the library OS and of the program
  std::uint64_t memory_bytes{std::uint64_t{4} << 20};
  std::string module_file;        ///< input file; empty: `module`
  std::vector<std::byte> module;  ///< the input itself; empty: none
  std::vector<NicRequest> nics;
  std::optional<Duration> time_limit;             ///< reached: the instance is killed, exit code 124
  ResourceLimits limits;                          ///< any: all processes of the instance share a control group
  std::optional<std::array<std::byte, 32>> seed;  ///< none: from the kernel
  std::uint64_t tsc_hz{0};                        ///< 0: the image finds it
  int log_descriptor{2};                          ///< where the human log goes; -1: nowhere. Borrowed.
  RecordChannel record_channel{RecordChannel::automatic};
  std::uint64_t record_bytes_max{std::uint64_t{1} << 30};  ///< block log: an image that writes more is refused space
  bool logs_forbidden_calls{false};                        ///< process: log a forbidden system call instead of killing
  std::string tender_program;  ///< process: path of utnt-tender; empty: beside our own program
};

enum class End : std::uint8_t {
  exited,      ///< by itself
  faulted,     ///< by a signal of its own making: memory fault, illegal instruction
  forbidden,   ///< by the system-call filter
  time_limit,  ///< killed by us
  stopped,     ///< killed by us, on request
  killed,      ///< by somebody else (for instance for lack of memory)
};

/// Memory of a running instance, as its smaps_rollup says.
struct MemoryUse {
  std::uint64_t rss_bytes{0};
  std::uint64_t pss_bytes{0};
};

struct Measurements {
  Instant spawned;                ///< just before fork and exec; CLOCK_MONOTONIC
  Instant executed;               ///< when the process had become the tender's program
  Instant first_bytes;            ///< when the first bytes of the record stream arrived; 0 = none came
  Instant last_bytes;             ///< when the last of them arrived; with a trailer, its arrival
  Instant ended;                  ///< when the end was seen
  std::uint64_t record_bytes{0};  ///< bytes of the record stream
  Duration user_time{};
  Duration system_time{};
  MemoryUse peak;  ///< the highest sample; samples are taken when records arrive, and twice a second without any
  std::optional<GroupUse> group;  ///< of the control group, if there was one
  MemoryUse steady;               ///< the last sample before the trailer: what the image needs once it is at work
};

struct RunOutcome {
  int exit_code{0};  ///< of the trailer, or of the process without one; 124 no trailer, 125 fault
  End end{End::exited};
  int signal{0};                        ///< that ended it, 0 = none
  std::optional<abi::Trailer> trailer;  ///< its clock is CLOCK_MONOTONIC with the process tender
  bool stream_damaged{false};           ///< a frame of the record stream failed its checksum
  Measurements measured;
  std::string explanation;  ///< one line for people when the exit code is not that of the program; else empty
};

/// Takes bytes of the record stream as they come, cut anywhere. What it throws ends the run.
using RecordSink = std::function<void(ConstBytes)>;

/// A started image. Use from the thread that started it: the instance is killed when that thread ends.
class Instance {
 public:
  Instance() = default;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  virtual ~Instance() = default;

  [[nodiscard]] virtual int process_id() const = 0;
  /// Readable when step() has something to do.
  [[nodiscard]] virtual int descriptor() const = 0;
  /// When step() must be called although nothing is readable: the time limit, the next sample of its memory.
  [[nodiscard]] virtual std::optional<Instant> deadline() const = 0;
  /// Passes on what has come, without waiting. False: it has ended, and everything was passed on.
  virtual bool step(const RecordSink& sink) = 0;
  /// Kills it; step() then tells the end.
  virtual void stop() = 0;
  /// Memory at this moment; nothing when it cannot be read.
  [[nodiscard]] virtual std::optional<MemoryUse> memory() const = 0;
  /// Only after step() returned false.
  [[nodiscard]] virtual const RunOutcome& outcome() const = 0;
};

class Tender {
 public:
  Tender() = default;
  Tender(const Tender&) = delete;
  Tender& operator=(const Tender&) = delete;
  virtual ~Tender() = default;
  /// Throws os_linux::Failure: image missing or not one (bad_input), interface busy or missing, no permission.
  virtual std::unique_ptr<Instance> start(const RunRequest& request) = 0;
};

/// The sandboxed Linux process: needs no privilege, no KVM.
std::unique_ptr<Tender> make_process_tender();

/// Runs an instance to its end. When `stop_descriptor` (-1: none) becomes readable, the instance is stopped.
RunOutcome run_to_end(Instance& instance, const RecordSink& sink, int stop_descriptor = -1);

}  // namespace utnt::tender
