// SPDX-License-Identifier: BSD-2-Clause
#include "wire/ipv4.hpp"

#include "wire/checksum.hpp"

namespace utnt::wire {
namespace {

/// Checks what whole and quoted packets share: version, header length, and that the header is there.
Result<std::size_t> checked_header_bytes(ConstBytes packet) {
  if (packet.size() < ipv4_header_bytes) return Fail{Error::truncated};
  const auto first = load_u8(packet, 0);
  if (first >> 4 != 4) return Fail{Error::bad_version};
  const std::size_t header = (first & 0xfU) * 4U;
  if (header < ipv4_header_bytes) return Fail{Error::malformed};
  if (packet.size() < header) return Fail{Error::truncated};
  return header;
}

}  // namespace

Result<Ipv4View> Ipv4View::parse(ConstBytes packet) {
  UTNT_TRY(const auto header, checked_header_bytes(packet));
  const std::size_t total = load_be16(packet, 2);
  if (total < header) return Fail{Error::malformed};
  if (packet.size() < total) return Fail{Error::truncated};
  const Ipv4View view{packet.first(total)};
  if (!view.checksum_ok()) return Fail{Error::bad_checksum};
  return view;
}

Result<Ipv4View> Ipv4View::parse_quoted(ConstBytes quoted) {
  UTNT_TRY(const auto header, checked_header_bytes(quoted));
  // RFC 4884 senders pad the quote with zeros, which are no payload. But some senders quote a wrong total length: it is
  // believed only when it leaves at least the 8 bytes that every quote must hold.
  const std::size_t total = load_be16(quoted, 2);
  const bool is_padded = total >= header + 8 && total < quoted.size();
  return Ipv4View{is_padded ? quoted.first(total) : quoted};
}

bool Ipv4View::checksum_ok() const { return internet_checksum(header()) == 0; }

void write_ipv4_header(MutableBytes out, const Ipv4Fields& fields) {
  UTNT_ASSERT(out.size() >= ipv4_header_bytes);
  const auto header = out.first(ipv4_header_bytes);
  store_u8(header, 0, 0x45);
  store_u8(header, 1, fields.tos);
  store_be16(header, 2, fields.total_length);
  store_be16(header, 4, fields.id);
  store_be16(header, 6, fields.dont_fragment ? 0x4000 : 0);
  store_u8(header, 8, fields.ttl.value());
  store_u8(header, 9, fields.protocol);
  store_be16(header, 10, 0);
  store_be32(header, 12, fields.source.value());
  store_be32(header, 16, fields.destination.value());
  store_be16(header, 10, internet_checksum(header));
}

void set_ipv4_ttl(MutableBytes packet, Ttl ttl) {
  UTNT_ASSERT(packet.size() >= ipv4_header_bytes);
  const auto old_word = load_be16(packet, 8);
  const auto new_word = static_cast<std::uint16_t>(ttl.value() << 8 | (old_word & 0xff));
  // RFC 1624 equation 3: HC' = ~(~HC + ~m + m').
  const auto old_sum = static_cast<std::uint16_t>(~load_be16(packet, 10));
  const auto sum = ones_add(ones_add(old_sum, static_cast<std::uint16_t>(~old_word)), new_word);
  store_u8(packet, 8, ttl.value());
  store_be16(packet, 10, static_cast<std::uint16_t>(~sum));
}

}  // namespace utnt::wire
