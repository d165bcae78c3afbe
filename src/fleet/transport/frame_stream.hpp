// SPDX-License-Identifier: BSD-2-Clause
// Messages over one connected stream socket: what the links over byte streams share. Queues are bounded, writes may be
// partial, a peer that says nothing for too long is taken for gone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "fleet/transport/message.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

struct StreamLimits {
  std::size_t queue_bytes_max{std::size_t{4} << 20};  ///< to be sent; one frame more than this always fits when empty
  Duration silence_max{0};                            ///< without a byte from the peer: cut. 0: wait for ever
};

/// Both ends of a connection say something every 10 s, whatever happens: who says nothing for three times that is gone,
/// although no end of the connection has come (half-open). The other half of the time is for slow machines.
constexpr Duration link_silence_max{35'000'000'000};

class FrameStream {
 public:
  /// Takes the socket and makes it non-blocking.
  FrameStream(os_linux::UniqueFd socket, const StreamLimits& limits);

  bool send(const Message& message);
  std::optional<Message> receive();
  [[nodiscard]] int descriptor() const { return socket_.get(); }
  [[nodiscard]] bool wants_write() const { return is_open() && can_write_ && sent_ < queue_.size(); }
  [[nodiscard]] std::optional<Instant> wake_at() const;
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  [[nodiscard]] const std::string& why() const { return why_; }
  /// Whether it was the other side that ended it.
  [[nodiscard]] bool was_left() const { return was_left_; }
  /// Ends it here; a reason that is already there stays.
  void close(const std::string& why);

 private:
  enum class Input : unsigned char { got, nothing, ended };
  Input read_some();
  void write_some();

  os_linux::UniqueFd socket_;
  StreamLimits limits_;
  FrameDecoder decoder_;
  std::vector<std::byte> queue_;
  std::size_t sent_{0};   ///< of queue_
  bool can_write_{true};  ///< until the peer reads no more
  std::string write_error_;
  Instant heard_;
  bool was_left_{false};
  std::string why_;
};

}  // namespace utnt::fleet
