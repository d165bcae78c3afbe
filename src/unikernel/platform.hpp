// SPDX-License-Identifier: BSD-2-Clause
// Everything a program of the library OS may ask of the machine under it; each target (virtual machine, sandboxed
// process, test double) implements these calls and nothing else. Source: the unikernel specification, section 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "abi/record_frame.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"

namespace utnt::unikernel {

inline constexpr std::size_t frame_bytes_max = 1514;

/// An Ethernet frame. Received ones live in the platform's buffers until the next rx_burst() or wait().
struct Frame {
  MutableBytes bytes;
  Instant stamp;  ///< when it arrived, or when it was handed to the device
  unsigned nic{0};
};

struct Nic {
  std::array<std::uint8_t, 6> mac{};
  std::uint16_t mtu{1500};
};

/// What a program finds when it starts.
struct Startup {
  std::string_view command_line;
  std::span<const ConstBytes> modules;
  MutableBytes memory;  ///< free memory, 64-byte aligned, zero
  std::span<const Nic> nics;
  std::array<std::byte, 32> seed{};
  abi::BootStamps boot{};
};

/// What the network delivered and rx_burst() never returned, as far as the platform can know.
struct ReceiveLosses {
  std::uint64_t drops{0};     ///< frames that came with lengths or places that make no sense
  std::uint64_t overruns{0};  ///< times that there was no room for frames: an unknown number may be lost
};

namespace platform {

/// Monotonic, from an arbitrary zero.
Instant now();
/// Nanoseconds since 1970; 0 when the platform has no idea.
std::uint64_t wall_ns();
/// Returns when a frame may be there, or at `deadline`; sends what tx_burst() queued first.
void wait(Instant deadline);
/// Queues frames (copied) and notifies the device once. Returns how many were taken: fewer when the ring is full.
unsigned tx_burst(std::span<const Frame> frames);
/// Frames that have arrived, at most as many as `frames` has room for.
unsigned rx_burst(std::span<Frame> frames);
/// Since the start.
ReceiveLosses receive_losses();
/// Puts bytes on the record channel, in order; blocks until they are accepted. False: the channel is gone.
bool rec_write(ConstBytes bytes);
/// A line for humans; may be lost.
void log_write(std::string_view text);
/// Ends the program. 0 done, 1 done with failures, 2 bad input, 4 environment, 125 fault, 126 assertion.
[[noreturn]] void finish(int code);

}  // namespace platform

/// The program: defined once in every image, called after the platform is up. Its value goes to finish().
int program(const Startup& startup);

}  // namespace utnt::unikernel
