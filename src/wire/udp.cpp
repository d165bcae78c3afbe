// SPDX-License-Identifier: BSD-2-Clause
#include "wire/udp.hpp"

#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"

namespace utnt::wire {
namespace {

constexpr std::size_t checksum_offset = 6;

/// Writes ports, length and a zero checksum; returns the sum of pseudo-header and datagram.
std::uint16_t write_unsealed(MutableBytes datagram, const UdpFields& fields, const IpAddress& source,
                             const IpAddress& destination) {
  UTNT_ASSERT(datagram.size() >= udp_header_bytes);
  UTNT_ASSERT(datagram.size() <= 0xffff);
  store_be16(datagram, 0, fields.source.value());
  store_be16(datagram, 2, fields.destination.value());
  store_be16(datagram, 4, static_cast<std::uint16_t>(datagram.size()));
  store_be16(datagram, checksum_offset, 0);
  const auto bytes = static_cast<std::uint32_t>(datagram.size());
  return ones_sum(datagram, pseudo_header_sum(source, destination, protocol::udp, bytes));
}

}  // namespace

Result<UdpView> UdpView::parse(ConstBytes datagram, bool quoted) {
  if (datagram.size() < udp_header_bytes) return Fail{Error::truncated};
  const std::size_t length = load_be16(datagram, 4);
  if (length < udp_header_bytes) return Fail{Error::malformed};
  if (length <= datagram.size()) return UdpView{datagram.first(length)};
  if (!quoted) return Fail{Error::truncated};
  return UdpView{datagram};
}

void write_udp_header(MutableBytes datagram, const UdpFields& fields, const IpAddress& source,
                      const IpAddress& destination) {
  const auto sum = write_unsealed(datagram, fields, source, destination);
  const auto checksum = static_cast<std::uint16_t>(~sum);
  store_be16(datagram, checksum_offset, checksum == 0 ? 0xffff : checksum);
}

void write_udp_with_checksum(MutableBytes datagram, const UdpFields& fields, const IpAddress& source,
                             const IpAddress& destination, std::uint16_t checksum, std::size_t fix_at) {
  UTNT_ASSERT(checksum != 0);
  UTNT_ASSERT(fix_at % 2 == 0);
  UTNT_ASSERT(fix_at >= udp_header_bytes);
  store_be16(datagram, fix_at, 0);
  const auto sum = write_unsealed(datagram, fields, source, destination);
  // sum + fix must be the complement of the wanted checksum.
  const auto fix = ones_add(static_cast<std::uint16_t>(~checksum), static_cast<std::uint16_t>(~sum));
  store_be16(datagram, fix_at, fix);
  store_be16(datagram, checksum_offset, checksum);
}

}  // namespace utnt::wire
