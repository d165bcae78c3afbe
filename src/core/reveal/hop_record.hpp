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
  AddressRef address;
  /// First entry of the first label stack object; without labels the IPv4 address of the interface by which the probe
  /// came in, as the router names it (RFC 5837), 0 = not named.
  std::uint32_t top_lse{0};
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
  bool reserved : 1 {false};          ///< never pinged, never an end of a revelation
  bool is_destination : 1 {false};    ///< the address is the trace's destination
  bool egress_ambiguous : 1 {false};  ///< this hop or the next is the egress, the replies do not tell
  std::uint8_t rtt_high_ns{0};        ///< see rtt(); 40 bits are 18 minutes
  std::uint32_t rtt_low_ns{0};

  [[nodiscard]] constexpr Duration rtt() const {
    return Duration{static_cast<std::int64_t>(std::uint64_t{rtt_high_ns} << 32 | rtt_low_ns)};
  }
  constexpr void set_rtt(Duration rtt) {
    constexpr std::int64_t longest = 0xff'ffff'ffff;
    const auto ns = static_cast<std::uint64_t>(rtt.ns() < 0 ? 0 : rtt.ns() > longest ? longest : rtt.ns());
    rtt_low_ns = static_cast<std::uint32_t>(ns & 0xffff'ffff);
    rtt_high_ns = static_cast<std::uint8_t>(ns >> 32);
  }

  [[nodiscard]] constexpr bool is_silent() const { return address == no_address; }
  [[nodiscard]] constexpr bool is_time_exceeded() const { return kind == ReplyKind::time_exceeded; }
  [[nodiscard]] constexpr bool is_labelled() const { return is_time_exceeded() && labels != 0; }
  [[nodiscard]] constexpr wire::LabelStackEntry lse() const { return wire::LabelStackEntry{top_lse}; }
  [[nodiscard]] constexpr std::uint32_t incoming_interface() const { return labels == 0 ? top_lse : 0; }
  /// mTTL: the TTL of the top label stack entry; 0 without one.
  [[nodiscard]] constexpr std::uint8_t mttl() const { return labels == 0 ? std::uint8_t{0} : lse().ttl().value(); }
};
static_assert(sizeof(HopRecord) == 28, "hop blocks of the engine are sized by this");

/// True when both routers name the same interface as the one by which the probe came in: they are the same router,
/// whatever addresses they answer from. Source: RFC 5837 section 4; the TNT specification, section 11 #14.
constexpr bool is_same_interface(const HopRecord& a, const HopRecord& b) {
  return a.incoming_interface() != 0 && a.incoming_interface() == b.incoming_interface();
}

/// Length of the shortest path that is classified at all: (last probed TTL - first TTL) >= 2.
inline constexpr std::size_t classified_hops_min = 3;

}  // namespace utnt::core
