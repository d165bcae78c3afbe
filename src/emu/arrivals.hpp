// SPDX-License-Identifier: BSD-2-Clause
// Packets on their way to the vantage point, ordered by arrival time; ties leave in the order they were put in.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "wire/packet.hpp"

namespace utnt::emu {

class Arrivals {
 public:
  void put(wire::Packet packet, Instant at);
  [[nodiscard]] std::optional<Instant> next() const {
    return heap_.empty() ? std::nullopt : std::optional{heap_.front().at};
  }
  /// The earliest packet not after `now`, copied to `out` (cut to its size).
  std::optional<wire::Received> take(wire::PacketBuffer out, Instant now);
  [[nodiscard]] std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    Instant at;
    std::uint64_t sequence;
    std::uint32_t slot;
  };
  static bool later(const Entry& a, const Entry& b) { return a.at != b.at ? a.at > b.at : a.sequence > b.sequence; }
  std::vector<Entry> heap_;
  std::vector<std::vector<std::byte>> slots_;  // kept for reuse: no allocation per packet once warm
  std::vector<std::uint32_t> free_;
  std::uint64_t sequence_{0};
};

}  // namespace utnt::emu
