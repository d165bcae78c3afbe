// SPDX-License-Identifier: BSD-2-Clause
// The seam of the emulated Internet: packets of one vantage point go in, the packets it would receive come out.
// Time is an argument. Two implementations: a scenario (topology from TOML) and the procedural Internet (from a seed).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "emu/truth.hpp"
#include "wire/address.hpp"
#include "wire/packet.hpp"

namespace utnt::emu {

class Network {
 public:
  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;

  /// Address of the vantage point, the source of every probe.
  [[nodiscard]] virtual wire::IpAddress vantage_point() const = 0;
  /// Takes one IP packet that the vantage point sent at `now` (never earlier than the last call).
  virtual void send(wire::Packet packet, Instant now) = 0;
  /// When the next packet reaches the vantage point, if any is on its way.
  [[nodiscard]] virtual std::optional<Instant> next_arrival() const = 0;
  /// The earliest packet that has arrived by `now`, copied to `out`; ties in order of sending.
  virtual std::optional<wire::Received> receive(wire::PacketBuffer out, Instant now) = 0;
  /// What is true about the forward path to `destination`, from the configuration alone (no packet is sent).
  [[nodiscard]] virtual Truth truth(const wire::IpAddress& destination) const = 0;
};

}  // namespace utnt::emu
