// SPDX-License-Identifier: BSD-2-Clause
#include "wire/tcp.hpp"

#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"

namespace utnt::wire {
namespace {

constexpr std::size_t checksum_offset = 16;
constexpr std::size_t quote_bytes_min = 8;

std::uint16_t sum_with_pseudo_header(ConstBytes segment, const IpAddress& source, const IpAddress& destination) {
  const auto bytes = static_cast<std::uint32_t>(segment.size());
  return ones_sum(segment, pseudo_header_sum(source, destination, protocol::tcp, bytes));
}

}  // namespace

Result<TcpView> TcpView::parse(ConstBytes segment) {
  if (segment.size() < tcp_header_bytes) return Fail{Error::truncated};
  const TcpView view{segment};
  if (view.header_bytes() < tcp_header_bytes) return Fail{Error::malformed};
  if (view.header_bytes() > segment.size()) return Fail{Error::truncated};
  return view;
}

bool TcpView::checksum_ok(const IpAddress& source, const IpAddress& destination) const {
  return sum_with_pseudo_header(bytes_, source, destination) == 0xffff;
}

Result<TcpQuote> parse_tcp_quote(ConstBytes quoted) {
  if (quoted.size() < quote_bytes_min) return Fail{Error::truncated};
  return TcpQuote{Port{load_be16(quoted, 0)}, Port{load_be16(quoted, 2)}, load_be32(quoted, 4)};
}

void write_tcp_header(MutableBytes segment, const TcpFields& fields, const IpAddress& source,
                      const IpAddress& destination) {
  UTNT_ASSERT(segment.size() >= tcp_header_bytes);
  store_be16(segment, 0, fields.source.value());
  store_be16(segment, 2, fields.destination.value());
  store_be32(segment, 4, fields.sequence);
  store_be32(segment, 8, fields.acknowledgment);
  store_u8(segment, 12, tcp_header_bytes / 4 << 4);
  store_u8(segment, 13, fields.flags.bits());
  store_be16(segment, 14, fields.window);
  store_be16(segment, checksum_offset, 0);
  store_be16(segment, 18, 0);
  const auto sum = sum_with_pseudo_header(segment, source, destination);
  store_be16(segment, checksum_offset, static_cast<std::uint16_t>(~sum));
}

}  // namespace utnt::wire
