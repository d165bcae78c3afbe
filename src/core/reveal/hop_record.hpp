// SPDX-License-Identifier: BSD-2-Clause
// One hop of a path, as far as decisions need it: the replies' raw numbers in, the marks out.
// A path is a span of records in TTL order without gaps; a silent TTL is a record without an address.
// Source: the TNT specification, sections 3-5.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/strong.hpp"
#include "base/time.hpp"
#include "core/marks.hpp"
#include "core/types.hpp"
#include "wire/mpls.hpp"

namespace utnt::core {

/// An address of the engine's table; 0 = none (silent hop). Equal references are equal addresses.
using AddressRef = Strong<struct AddressRefTag, std::uint32_t>;
inline constexpr AddressRef no_address{};

struct HopRecord {
  Duration rtt;
  AddressRef address;
  std::uint32_t top_lse{0};  ///< first entry of the first label stack object, meaningless when labels = 0
  Discoveries discoveries;
  Marks marks;
  Attempts attempts;
  ReplyKind kind{ReplyKind::none};
  std::uint8_t probe_ttl{0};        ///< of the path that saw the hop
  std::uint8_t te_ttl{0};           ///< IP TTL of the reply used, whatever its kind
  std::uint8_t er_ttl{0};           ///< IP TTL of the echo replies to the fingerprint ping, 0 = none
  std::uint8_t unreachable_ttl{0};  ///< second signature where echo is not answered, 0 = not known
  std::uint8_t quoted_ttl{0};
  std::uint8_t labels{0};  ///< entries of the first label stack object
  std::uint8_t step{0};    ///< revealed hops: revelation step, from 1
  std::uint8_t icmp_code{0};
  bool reserved{false};          ///< never pinged, never an end of a revelation
  bool is_destination{false};    ///< the address is the trace's destination
  bool egress_ambiguous{false};  ///< this hop or the next is the egress, the replies do not tell

  [[nodiscard]] constexpr bool is_silent() const { return address == no_address; }
  [[nodiscard]] constexpr bool is_time_exceeded() const { return kind == ReplyKind::time_exceeded; }
  [[nodiscard]] constexpr bool is_labelled() const { return is_time_exceeded() && labels != 0; }
  [[nodiscard]] constexpr wire::LabelStackEntry lse() const { return wire::LabelStackEntry{top_lse}; }
  /// mTTL: the TTL of the top label stack entry; 0 without one.
  [[nodiscard]] constexpr std::uint8_t mttl() const { return labels == 0 ? std::uint8_t{0} : lse().ttl().value(); }
};
static_assert(sizeof(HopRecord) == 32, "hop blocks of the engine are sized by this");

/// Length of the shortest path that is classified at all: (last probed TTL - first TTL) >= 2.
inline constexpr std::size_t classified_hops_min = 3;

}  // namespace utnt::core
