// SPDX-License-Identifier: BSD-2-Clause
// Prefixes and the reserved ranges; the text forms stand in address_text.cpp.
// Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), RFC 5771, RFC 9637; the TNT specification,
// section 3.3, decides which of them count. The date of the table is reserved_table_date.
#include "wire/address.hpp"

#include <algorithm>

namespace utnt::wire {
namespace {

struct Ipv4Range {
  constexpr Ipv4Range(Ipv4Address first_address, unsigned length)
      : first{first_address.value()}, mask{~std::uint32_t{0} << (32 - length)} {}
  std::uint32_t first, mask;
};

/// The first 64 bits of the range; no special range of 2000::/3 that matters here is longer.
struct Ipv6Range {
  constexpr Ipv6Range(std::uint64_t first_bits, unsigned length)
      : first{first_bits}, mask{~std::uint64_t{0} << (64 - length)} {}
  std::uint64_t first, mask;
};

constexpr std::array reserved_ipv4{
    Ipv4Range{{0, 0, 0, 0}, 8},        // this network
    Ipv4Range{{10, 0, 0, 0}, 8},       // private
    Ipv4Range{{100, 64, 0, 0}, 10},    // shared, carrier-grade NAT
    Ipv4Range{{127, 0, 0, 0}, 8},      // loopback
    Ipv4Range{{169, 254, 0, 0}, 16},   // link local
    Ipv4Range{{172, 16, 0, 0}, 12},    // private
    Ipv4Range{{192, 0, 0, 0}, 24},     // protocol assignments
    Ipv4Range{{192, 0, 2, 0}, 24},     // documentation
    Ipv4Range{{192, 88, 99, 0}, 24},   // 6to4 relays, deprecated
    Ipv4Range{{192, 168, 0, 0}, 16},   // private
    Ipv4Range{{198, 18, 0, 0}, 15},    // benchmarking
    Ipv4Range{{198, 51, 100, 0}, 24},  // documentation
    Ipv4Range{{203, 0, 113, 0}, 24},   // documentation
    Ipv4Range{{224, 0, 0, 0}, 4},      // multicast
    Ipv4Range{{240, 0, 0, 0}, 4},      // future use and broadcast
};

constexpr Ipv6Range global_unicast{0x2000'0000'0000'0000U, 3};
constexpr std::array reserved_ipv6{
    Ipv6Range{0x2001'0000'0000'0000U, 23},  // protocol assignments: Teredo, benchmarking, AMT, AS112, ORCHID, DRIP
    Ipv6Range{0x2001'0db8'0000'0000U, 32},  // documentation
    Ipv6Range{0x2002'0000'0000'0000U, 16},  // 6to4
    Ipv6Range{0x2620'004f'8000'0000U, 48},  // AS112
    Ipv6Range{0x3fff'0000'0000'0000U, 20},  // documentation
};

constexpr std::uint64_t front_bits(const Ipv6Address& a) {
  std::uint64_t front = 0;
  for (std::size_t i = 0; i < 8; ++i) front = front << 8 | a.octets[i];
  return front;
}

}  // namespace

bool Prefix::contains(const IpAddress& a) const {
  if (a.family() != address.family()) return false;
  const auto ours = address.octets();
  const auto theirs = a.octets();
  UTNT_ASSERT(length <= ours.size() * 8);
  const std::size_t whole = length / 8U;
  if (!std::equal(ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(whole), theirs.begin())) return false;
  const unsigned rest = length % 8U;
  return rest == 0 || (ours[whole] ^ theirs[whole]) >> (8U - rest) == 0;
}

bool is_reserved(const IpAddress& address) {
  switch (address.family()) {
    case Family::none:
      return true;
    case Family::ipv4: {
      const auto a = address.v4().value();
      return std::ranges::any_of(reserved_ipv4, [a](const Ipv4Range& r) { return (a & r.mask) == r.first; });
    }
    case Family::ipv6: {
      const auto front = front_bits(address.v6());
      if ((front & global_unicast.mask) != global_unicast.first) return true;
      return std::ranges::any_of(reserved_ipv6, [front](const Ipv6Range& r) { return (front & r.mask) == r.first; });
    }
  }
  return true;
}

}  // namespace utnt::wire
