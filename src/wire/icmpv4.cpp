// SPDX-License-Identifier: BSD-2-Clause
#include "wire/icmpv4.hpp"

#include "wire/checksum.hpp"

namespace utnt::wire {
namespace {

constexpr std::size_t checksum_offset = 2, length_offset = 5;
constexpr std::size_t unit_bytes = 4;  ///< RFC 4884 section 4.1

/// Everything but the checksum, which is left zero.
void write_echo_unsealed(MutableBytes message, const EchoFields& fields) {
  UTNT_ASSERT(message.size() >= icmpv4_header_bytes);
  store_u8(message, 0, fields.type);
  store_u8(message, 1, 0);
  store_be16(message, checksum_offset, 0);
  store_be16(message, 4, fields.identifier);
  store_be16(message, 6, fields.sequence);
}

}  // namespace

Result<Icmpv4View> Icmpv4View::parse(ConstBytes message) {
  if (message.size() < icmpv4_header_bytes) return Fail{Error::truncated};
  return Icmpv4View{message};
}

bool Icmpv4View::checksum_ok() const { return internet_checksum(bytes_) == 0; }

IcmpErrorBody Icmpv4View::error_body() const {
  return split_error_body(bytes_.subspan(icmpv4_header_bytes), load_u8(bytes_, length_offset), unit_bytes);
}

void write_echo(MutableBytes message, const EchoFields& fields) {
  write_echo_unsealed(message, fields);
  store_be16(message, checksum_offset, internet_checksum(message));
}

void write_echo_with_checksum(MutableBytes message, const EchoFields& fields, std::uint16_t checksum,
                              std::size_t fix_at) {
  UTNT_ASSERT(checksum != 0xffff);
  UTNT_ASSERT(fix_at % 2 == 0);
  UTNT_ASSERT(fix_at >= icmpv4_header_bytes);
  store_be16(message, fix_at, 0);
  write_echo_unsealed(message, fields);
  // sum + fix must be the complement of the wanted checksum.
  const auto sum = ones_sum(message);
  const auto fix = ones_add(static_cast<std::uint16_t>(~checksum), static_cast<std::uint16_t>(~sum));
  store_be16(message, fix_at, fix);
  store_be16(message, checksum_offset, checksum);
}

Result<MutableBytes> write_icmpv4_error(MutableBytes out, const Icmpv4ErrorFields& fields) {
  const bool is_extended = !fields.extension.empty();
  const auto quote = is_extended ? extended_quote_bytes(fields.original.size(), unit_bytes) : fields.original.size();
  if (is_extended && quote / unit_bytes > 0xff) return Fail{Error::invalid_argument};
  const auto total = icmpv4_header_bytes + quote + fields.extension.size();
  if (out.size() < total) return Fail{Error::no_room};
  const auto message = out.first(total);
  fill_zero(message.first(icmpv4_header_bytes + quote));
  store_u8(message, 0, fields.type);
  store_u8(message, 1, fields.code);
  if (is_extended) store_u8(message, length_offset, static_cast<std::uint8_t>(quote / unit_bytes));
  store_be16(message, 6, fields.next_hop_mtu);
  copy_bytes(message.subspan(icmpv4_header_bytes), fields.original);
  copy_bytes(message.subspan(icmpv4_header_bytes + quote), fields.extension);
  seal_icmpv4(message);
  return message;
}

void seal_icmpv4(MutableBytes message) {
  UTNT_ASSERT(message.size() >= icmpv4_header_bytes);
  store_be16(message, checksum_offset, 0);
  store_be16(message, checksum_offset, internet_checksum(message));
}

}  // namespace utnt::wire
