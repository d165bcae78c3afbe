// SPDX-License-Identifier: BSD-2-Clause
// A binary heap over reusable packet slots.
#include "emu/arrivals.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace utnt::emu {

void Arrivals::put(wire::Packet packet, Instant at) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  slots_[slot].assign(packet.begin(), packet.end());
  heap_.push_back({at, sequence_++, slot});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

std::optional<wire::Received> Arrivals::take(wire::PacketBuffer out, Instant now) {
  if (heap_.empty() || heap_.front().at > now) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  const Entry entry = heap_.back();
  heap_.pop_back();
  const auto& bytes = slots_[entry.slot];
  const std::size_t n = std::min(bytes.size(), out.size());
  copy_bytes(out, ConstBytes{bytes}.first(n));
  free_.push_back(entry.slot);
  return wire::Received{wire::Packet{out.first(n)}, entry.at};
}

}  // namespace utnt::emu
