// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/net/waiting_packets.hpp"

#include <algorithm>

namespace utnt::unikernel {

bool WaitingPackets::add(const wire::IpAddress& next_hop, ConstBytes frame) {
  UTNT_ASSERT(frame.size() <= frame_bytes_max);
  const bool had_room = count_ < packets_max;
  if (!had_room) remove(0);
  auto& slot = slots_[order_[count_++]];
  slot.next_hop = next_hop;
  slot.size = static_cast<std::uint16_t>(frame.size());
  copy_bytes(slot.bytes, frame);
  return had_room;
}

void WaitingPackets::remove(std::size_t position) {
  const auto first = order_.begin() + static_cast<std::ptrdiff_t>(position);
  std::rotate(first, first + 1, order_.end());
  --count_;
}

}  // namespace utnt::unikernel
