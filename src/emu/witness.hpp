// SPDX-License-Identifier: BSD-2-Clause
// What a patient prober would see of a calm network: the raw material for judging which tunnels are detectable.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "emu/forward.hpp"
#include "wire/address.hpp"

namespace utnt::emu {

struct Observation {
  bool answered{false};
  std::uint32_t source{0};
  std::uint8_t type{0}, code{0};
  int probe_ttl{0};
  int reply_ttl{0};
  int quoted_ttl{-1};
  int top_label_ttl{-1};  ///< -1: no label quoted
  [[nodiscard]] bool is_time_exceeded() const { return answered && type == 11; }
};

/// Initial TTL that a received one stems from, and the length of the way back with the replier counted.
constexpr int initial_ttl(int received) { return received > 128 ? 255 : received > 64 ? 128 : received > 32 ? 64 : 32; }
constexpr int way_back(int received) { return initial_ttl(received) - received + 1; }

class Witness {
 public:
  Witness(Topology& calm, NodeId vantage_point) : forwarder_{calm, vantage_point, 1} {}

  /// One probe per TTL like `model` until one arrives.
  std::vector<Observation> trace(wire::Packet model);
  /// Reply TTL of an echo request to `address`; 0 when there is no answer.
  int ping(std::uint32_t source, std::uint32_t address);
  Observation ask(wire::Packet packet);

 private:
  Forwarder forwarder_;
};

/// An echo request or UDP datagram of the same flow to another place, or with another flow identifier.
std::vector<std::byte> redirect(wire::Packet model, std::uint32_t destination, std::uint16_t flow);
std::vector<std::byte> udp_probe(std::uint32_t source, std::uint32_t destination, std::uint16_t flow);

}  // namespace utnt::emu
