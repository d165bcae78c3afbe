// SPDX-License-Identifier: BSD-2-Clause
// One end of the connection between a controller and one agent: the whole of what a transport has to implement, at
// either end. Messages arrive whole and unaltered or not at all.
#pragma once

#include <optional>
#include <string>

#include "base/time.hpp"
#include "fleet/transport/message.hpp"

namespace utnt::fleet {

class Link {
 public:
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  virtual ~Link() = default;

  /// Queues a message. False: the link is closed, or its queue is full (nothing was queued; try later).
  virtual bool send(const Message& message) = 0;
  /// The next message that has arrived; to be called until it gives nothing, for the descriptor does not tell of what
  /// was read already. Moves bytes in both directions, never waits. What came before a cut is still given out.
  virtual std::optional<Message> receive() = 0;
  /// For poll(): readable or, when wants_write(), writable = call receive(). -1: there is none, ask at wake_at().
  [[nodiscard]] virtual int descriptor() const = 0;
  [[nodiscard]] virtual bool wants_write() const = 0;
  [[nodiscard]] virtual std::optional<Instant> wake_at() const { return std::nullopt; }
  /// False: cut, for the reason that why() tells. It stays so: a new connection is a new link.
  [[nodiscard]] virtual bool is_open() const = 0;
  [[nodiscard]] virtual std::string why() const = 0;
};

}  // namespace utnt::fleet
