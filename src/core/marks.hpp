// SPDX-License-Identifier: BSD-2-Clause
// What TNT says about a hop: the bits of the original, and the class names of our schema.
// Source: the hop annotations of the original's records (values kept, so that old analyses carry over).
#pragma once

#include <cstdint>

#include "base/flags.hpp"

namespace utnt::core {

/// Roles and classes of a hop.
enum class Mark : std::uint8_t {
  ingress = 0x01,         ///< ING
  egress = 0x02,          ///< EGR
  lsr = 0x04,             ///< LSR
  explicit_ = 0x08,       ///< EXP
  implicit_qttl = 0x10,   ///< IMP by quoted TTL
  implicit_uturn = 0x20,  ///< IMP by return path difference
  opaque = 0x40,          ///< OPA
  invisible = 0x80,       ///< INV
};
using Marks = Flags<Mark>;

/// Why and how a hop was found.
enum class Discovery : std::uint16_t {
  frpla = 0x0001,
  rtla = 0x0002,
  dupip = 0x0004,
  mttl = 0x0008,
  dpr = 0x0010,
  brpr = 0x0020,
  buddy = 0x0040,               ///< both dpr and brpr set: UNKN
  incomplete = 0x0080,          ///< on the ingress: recursion ended early
  revealed = 0x0100,            ///< a hop that the initial trace did not show
  silent_ingress = 0x0200,      ///< on the hop before a silent ingress (PREV)
  nothing_revealed = 0x0400,    ///< why recursion stopped, on the LSR nearest the ingress: NTH-RV
  ingress_not_found = 0x0800,   ///< ING-NF
  target_not_reached = 0x1000,  ///< TGT-NR
  stopped_at_buddy = 0x2000,    ///< the last trace was a buddy trace
};
using Discoveries = Flags<Discovery>;
inline constexpr Discoveries trigger_discoveries = Discoveries::from_bits(0x000f);

/// A failed attempt, on the egress candidate: trigger bits and one reason.
enum class Attempt : std::uint8_t {
  frpla = 0x01,
  rtla = 0x02,
  dupip = 0x04,
  mttl = 0x08,
  nothing_revealed = 0x10,
  ingress_not_found = 0x20,
  target_not_reached = 0x40,
  buddy = 0x80,
};
using Attempts = Flags<Attempt>;

enum class TunnelClass : std::uint8_t {
  none = 0,
  explicit_ = 1,
  implicit = 2,
  opaque = 3,
  invisible_php = 4,
  invisible_uhp = 5,
  inferred = 6,
};

/// What launched a revelation; none = brute force.
enum class Trigger : std::uint8_t { none = 0, frpla = 1, rtla = 2, dupip = 3, mttl = 4, uhp_suspect = 5 };

}  // namespace utnt::core
