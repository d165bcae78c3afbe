// SPDX-License-Identifier: BSD-2-Clause
#include "wire/icmpv6.hpp"

#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"

namespace utnt::wire {
namespace {

constexpr std::size_t checksum_offset = 2, length_offset = 4;
constexpr std::size_t unit_bytes = 8;  ///< RFC 4884 sections 4.4 and 4.5

std::uint16_t sum_with_pseudo_header(ConstBytes message, const Ipv6Address& source, const Ipv6Address& destination) {
  const auto bytes = static_cast<std::uint32_t>(message.size());
  return ones_sum(message, pseudo_header_sum(source, destination, protocol::icmpv6, bytes));
}

constexpr bool may_be_extended(std::uint8_t type) { return type == icmp6::unreachable || type == icmp6::time_exceeded; }

/// Everything but the checksum, which is left zero.
void write_echo_unsealed(MutableBytes message, const Echo6Fields& fields) {
  UTNT_ASSERT(message.size() >= icmpv6_header_bytes);
  store_u8(message, 0, fields.type);
  store_u8(message, 1, 0);
  store_be16(message, checksum_offset, 0);
  store_be16(message, 4, fields.identifier);
  store_be16(message, 6, fields.sequence);
}

}  // namespace

Result<Icmpv6View> Icmpv6View::parse(ConstBytes message) {
  if (message.size() < icmpv6_header_bytes) return Fail{Error::truncated};
  return Icmpv6View{message};
}

bool Icmpv6View::checksum_ok(const Ipv6Address& source, const Ipv6Address& destination) const {
  return sum_with_pseudo_header(bytes_, source, destination) == 0xffff;
}

IcmpErrorBody Icmpv6View::error_body() const {
  const auto body = bytes_.subspan(icmpv6_header_bytes);
  if (may_be_extended(type())) return split_error_body(body, load_u8(bytes_, length_offset), unit_bytes);
  IcmpErrorBody plain;  // the length byte of the other types is part of their MTU or pointer
  plain.original = body;
  return plain;
}

void write_echo6(MutableBytes message, const Echo6Fields& fields, const Ipv6Address& source,
                 const Ipv6Address& destination) {
  write_echo_unsealed(message, fields);
  seal_icmpv6(message, source, destination);
}

void write_echo6_with_checksum(MutableBytes message, const Echo6Fields& fields, const Ipv6Address& source,
                               const Ipv6Address& destination, std::uint16_t checksum, std::size_t fix_at) {
  UTNT_ASSERT(checksum != 0xffff);
  UTNT_ASSERT(fix_at % 2 == 0);
  UTNT_ASSERT(fix_at >= icmpv6_header_bytes);
  store_be16(message, fix_at, 0);
  write_echo_unsealed(message, fields);
  // sum + fix must be the complement of the wanted checksum.
  const auto sum = sum_with_pseudo_header(message, source, destination);
  store_be16(message, fix_at, ones_add(static_cast<std::uint16_t>(~checksum), static_cast<std::uint16_t>(~sum)));
  store_be16(message, checksum_offset, checksum);
}

Result<MutableBytes> write_icmpv6_error(MutableBytes out, const Icmpv6ErrorFields& fields, const Ipv6Address& source,
                                        const Ipv6Address& destination) {
  const bool is_extended = !fields.extension.empty();
  const auto quote = is_extended ? extended_quote_bytes(fields.original.size(), unit_bytes) : fields.original.size();
  if (is_extended && (!may_be_extended(fields.type) || quote / unit_bytes > 0xff)) return Fail{Error::invalid_argument};
  const auto total = icmpv6_header_bytes + quote + fields.extension.size();
  if (out.size() < total) return Fail{Error::no_room};
  const auto message = out.first(total);
  fill_zero(message.first(icmpv6_header_bytes + quote));
  store_u8(message, 0, fields.type);
  store_u8(message, 1, fields.code);
  if (fields.type == icmp6::packet_too_big) store_be32(message, 4, fields.mtu);
  if (is_extended) store_u8(message, length_offset, static_cast<std::uint8_t>(quote / unit_bytes));
  copy_bytes(message.subspan(icmpv6_header_bytes), fields.original);
  copy_bytes(message.subspan(icmpv6_header_bytes + quote), fields.extension);
  seal_icmpv6(message, source, destination);
  return message;
}

void seal_icmpv6(MutableBytes message, const Ipv6Address& source, const Ipv6Address& destination) {
  UTNT_ASSERT(message.size() >= icmpv6_header_bytes);
  store_be16(message, checksum_offset, 0);
  const auto sum = sum_with_pseudo_header(message, source, destination);
  store_be16(message, checksum_offset, static_cast<std::uint16_t>(~sum));
}

}  // namespace utnt::wire
