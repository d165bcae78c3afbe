// SPDX-License-Identifier: BSD-2-Clause
// Where Ethernet frames of the vantage point come from and go to: a TAP, a pair of interfaces, or a Unix datagram
// socket.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace utnt::lab {

class FramePort {
 public:
  FramePort() = default;
  FramePort(const FramePort&) = delete;
  FramePort& operator=(const FramePort&) = delete;
  virtual ~FramePort() = default;

  /// Readable when read() may have a frame.
  [[nodiscard]] virtual int fd() const = 0;
  /// The next waiting frame, or empty. The bytes stay valid until the next call.
  virtual std::optional<ConstBytes> read() = 0;
  /// Takes a frame; it may stay queued until flush().
  virtual void write(ConstBytes frame) = 0;
  /// Delivers what is queued. False when the other end has no room now: call again soon.
  virtual bool flush() { return true; }
  /// Frames that write() could not deliver because the other end was full or gone.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 protected:
  std::uint64_t dropped_{0};
};

}  // namespace utnt::lab
