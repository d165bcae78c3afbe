// SPDX-License-Identifier: BSD-2-Clause
#include "wire/ipv6.hpp"

namespace utnt::wire {
namespace {

constexpr std::uint8_t hop_by_hop = 0, routing = 43, fragment = 44, destination_options = 60;
constexpr std::size_t extension_bytes_min = 8;

constexpr bool is_extension(std::uint8_t next_header) {
  return next_header == hop_by_hop || next_header == routing || next_header == fragment ||
         next_header == destination_options;
}

Result<void> check_header(ConstBytes packet) {
  if (packet.size() < ipv6_header_bytes) return Fail{Error::truncated};
  if (load_u8(packet, 0) >> 4 != 6) return Fail{Error::bad_version};
  return {};
}

}  // namespace

Ipv6Address load_ipv6(ConstBytes b, std::size_t at) {
  Ipv6Address address;
  copy_bytes(std::as_writable_bytes(std::span{address.octets}), b.subspan(at, address.octets.size()));
  return address;
}

void store_ipv6(MutableBytes b, std::size_t at, const Ipv6Address& address) {
  copy_bytes(b.subspan(at, address.octets.size()), std::as_bytes(std::span{address.octets}));
}

Result<Ipv6View> Ipv6View::parse(ConstBytes packet) {
  UTNT_CHECK(check_header(packet));
  const std::size_t total = ipv6_header_bytes + load_be16(packet, 4);
  if (packet.size() < total) return Fail{Error::truncated};
  return Ipv6View{packet.first(total)};
}

Result<Ipv6View> Ipv6View::parse_quoted(ConstBytes quoted) {
  UTNT_CHECK(check_header(quoted));
  // Zero padding of RFC 4884 senders is no payload; a length too small for the transport's first 8 bytes is not
  // believed.
  const std::size_t total = ipv6_header_bytes + load_be16(quoted, 4);
  const bool is_padded = total >= ipv6_header_bytes + 8 && total < quoted.size();
  return Ipv6View{is_padded ? quoted.first(total) : quoted};
}

Result<Ipv6UpperLayer> Ipv6View::upper_layer() const {
  Ipv6UpperLayer upper{next_header(), false, payload()};
  for (std::size_t headers = 0; is_extension(upper.protocol); ++headers) {
    if (upper.is_later_fragment) return upper;  // what follows is no header
    if (headers == ipv6_extension_headers_max) return Fail{Error::unsupported};
    if (upper.payload.size() < extension_bytes_min) return Fail{Error::truncated};
    std::size_t bytes = extension_bytes_min;
    if (upper.protocol == fragment) {
      upper.is_later_fragment = (load_be16(upper.payload, 2) & 0xfff8) != 0;
    } else {
      bytes += load_u8(upper.payload, 1) * std::size_t{8};
    }
    if (upper.payload.size() < bytes) return Fail{Error::truncated};
    upper.protocol = load_u8(upper.payload, 0);
    upper.payload = upper.payload.subspan(bytes);
  }
  return upper;
}

void write_ipv6_header(MutableBytes out, const Ipv6Fields& fields) {
  UTNT_ASSERT(out.size() >= ipv6_header_bytes);
  UTNT_ASSERT(fields.flow_label <= 0xfffffU);
  store_be32(out, 0, 6U << 28 | std::uint32_t{fields.traffic_class} << 20 | fields.flow_label);
  store_be16(out, 4, fields.payload_length);
  store_u8(out, 6, fields.next_header);
  store_u8(out, 7, fields.hop_limit.value());
  store_ipv6(out, 8, fields.source);
  store_ipv6(out, 24, fields.destination);
}

}  // namespace utnt::wire
