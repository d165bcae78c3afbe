// SPDX-License-Identifier: BSD-2-Clause
// The link of core/drive.hpp into an emulated network, in virtual time: `now` is a variable, and waiting jumps to the
// next arrival or to the deadline, whichever comes first. Hours of probing pass in milliseconds, and every run is the
// same.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/time.hpp"
#include "emu/network.hpp"
#include "wire/packet.hpp"

namespace utnt::lab {

class VirtualLink {
 public:
  /// `network` must outlive the link. `stopped` is asked before every step; none = never stopped.
  explicit VirtualLink(emu::Network& network, std::function<bool()> stopped = {}, Instant start = Instant{})
      : network_{network}, stopped_{std::move(stopped)}, now_{start} {}

  [[nodiscard]] wire::IpAddress source() const { return network_.vantage_point(); }

  // The seam of core/drive.hpp.
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] bool stopped() const { return stopped_ && stopped_(); }
  void send(wire::Packet packet) { network_.send(packet, now_); }

  /// Throws std::logic_error when nothing is on its way and there is no deadline: the caller would wait for ever.
  std::optional<wire::Received> wait(wire::PacketBuffer buffer, std::optional<Instant> deadline) {
    const auto arrival = network_.next_arrival();
    if (arrival && (!deadline || *arrival <= *deadline)) {
      now_ = std::max(now_, *arrival);
      return network_.receive(buffer, now_);
    }
    if (!deadline) throw std::logic_error{"virtual time stands still: no packet is on its way and no deadline is set"};
    now_ = std::max(now_, *deadline);
    return std::nullopt;
  }

 private:
  emu::Network& network_;
  std::function<bool()> stopped_;
  Instant now_;
};

}  // namespace utnt::lab
