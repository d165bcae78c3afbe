// SPDX-License-Identifier: BSD-2-Clause
// A link over a connected stream socket: the agent's side of a Unix socket that it accepted, or either end of a
// socketpair.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "fleet/transport/frame_stream.hpp"
#include "fleet/transport/link.hpp"

namespace utnt::fleet {

class StreamLink : public Link {
 public:
  explicit StreamLink(os_linux::UniqueFd socket, const StreamLimits& limits = {})
      : stream_{std::move(socket), limits} {}

  bool send(const Message& message) override { return stream_.send(message); }
  std::optional<Message> receive() override { return stream_.receive(); }
  [[nodiscard]] int descriptor() const override { return stream_.descriptor(); }
  [[nodiscard]] bool wants_write() const override { return stream_.wants_write(); }
  [[nodiscard]] std::optional<Instant> wake_at() const override { return stream_.wake_at(); }
  [[nodiscard]] bool is_open() const override { return stream_.is_open(); }
  [[nodiscard]] std::string why() const override { return stream_.why(); }

 private:
  FrameStream stream_;
};

}  // namespace utnt::fleet
