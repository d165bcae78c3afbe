// SPDX-License-Identifier: BSD-2-Clause
// A packet at the seam between engine and link: complete IPv4 or IPv6 bytes without a link header.
#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace utnt::wire {

/// Largest packet that crosses the seam, either way. Longer received packets are cut there by the link.
inline constexpr std::size_t packet_bytes_max = 2048;

using Packet = ConstBytes;
using PacketBuffer = MutableBytes;

/// A received packet; `arrival` is on the clock that the engine's `now` comes from and may be older than `now`.
struct Received {
  Packet packet;
  Instant arrival;
};

}  // namespace utnt::wire
