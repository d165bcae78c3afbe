// SPDX-License-Identifier: BSD-2-Clause
// Frames without a destination address yet: a few packets whose next hop is being asked for. When there is no room the
// oldest makes way (RFC 4861 section 7.2.2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "unikernel/platform.hpp"
#include "wire/address.hpp"

namespace utnt::unikernel {

class WaitingPackets {
 public:
  static constexpr std::size_t packets_max = 8;

  /// Copies the frame. False: another one was dropped for it.
  bool add(const wire::IpAddress& next_hop, ConstBytes frame);
  /// Copies the oldest frame for which `is_wanted(next hop)` to the front of `out` and forgets it.
  template <class IsWanted>
  std::optional<MutableBytes> take(MutableBytes out, IsWanted is_wanted) {
    for (std::size_t i = 0; i < count_; ++i) {
      if (!is_wanted(slots_[order_[i]].next_hop)) continue;
      const auto& slot = slots_[order_[i]];
      const auto frame = out.first(slot.size);
      copy_bytes(frame, ConstBytes{slot.bytes}.first(slot.size));
      remove(i);
      return frame;
    }
    return std::nullopt;
  }
  /// Forgets the frames for which `is_lost(next hop)`; how many.
  template <class IsLost>
  unsigned drop(IsLost is_lost) {
    const auto before = count_;
    for (std::size_t i = count_; i-- > 0;) {
      if (is_lost(slots_[order_[i]].next_hop)) remove(i);
    }
    return static_cast<unsigned>(before - count_);
  }
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  struct Slot {
    wire::IpAddress next_hop;
    std::uint16_t size{0};
    std::array<std::byte, frame_bytes_max> bytes;
  };

  void remove(std::size_t position);

  std::array<Slot, packets_max> slots_;                                  // not touched before they are needed
  std::array<std::uint8_t, packets_max> order_{0, 1, 2, 3, 4, 5, 6, 7};  ///< oldest first, then the free ones
  std::size_t count_{0};
};

}  // namespace utnt::unikernel
