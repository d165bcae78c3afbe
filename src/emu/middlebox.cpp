// SPDX-License-Identifier: BSD-2-Clause
// Rewriting keeps every checksum right (RFC 1624, RFC 3022 section 4.1): only the meaning of a packet changes.
#include "emu/middlebox.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "wire/checksum.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::emu {

namespace {

constexpr std::size_t source_at = 12, destination_at = 16;

void reseal_header(MutableBytes packet, std::size_t header) {
  store_be16(packet, 10, 0);
  store_be16(packet, 10, wire::internet_checksum(ConstBytes{packet}.first(header)));
}

/// Replaces an address of the outer header, and repairs the UDP or TCP checksum that covers it.
void replace_address(Flight& f, std::size_t at, std::uint32_t with) {
  const auto packet = f.packet();
  const std::size_t checksum_at = f.kind == PacketKind::udp ? f.header_bytes + 6U : f.header_bytes + 16U;
  const bool covered = f.kind == PacketKind::udp || f.kind == PacketKind::tcp;
  if (covered && (f.kind == PacketKind::tcp || load_be16(packet, checksum_at) != 0)) {
    auto sum = static_cast<std::uint16_t>(~load_be16(packet, checksum_at));
    const std::uint32_t old = load_be32(packet, at);
    for (const std::uint32_t word : {old >> 16, old & 0xffffU})
      sum = wire::ones_add(sum, static_cast<std::uint16_t>(~word));
    for (const std::uint32_t word : {with >> 16, with & 0xffffU})
      sum = wire::ones_add(sum, static_cast<std::uint16_t>(word));
    const auto checksum = static_cast<std::uint16_t>(~sum);
    store_be16(packet, checksum_at, checksum == 0 && f.kind == PacketKind::udp ? std::uint16_t{0xffff} : checksum);
  }
  store_be32(packet, at, with);
  reseal_header(packet, f.header_bytes);
}

void fix_quote(const Nat& nat, Flight& f) {
  const auto message = f.packet().subspan(f.header_bytes);
  if (message.size() < wire::icmpv4_header_bytes + wire::ipv4_header_bytes) return;
  const auto quoted = message.subspan(wire::icmpv4_header_bytes);
  if (load_be32(quoted, destination_at) != nat.inside) return;
  store_be32(quoted, destination_at, nat.outside);
  const std::size_t header = (load_u8(quoted, 0) & 0xfU) * 4U;
  if (header >= wire::ipv4_header_bytes && header <= quoted.size()) reseal_header(quoted, header);
  wire::seal_icmpv4(message);
}

void strip_extension(Flight& f) {
  constexpr std::size_t quote_kept = 128;
  const auto message = f.packet().subspan(f.header_bytes);
  if (message.size() <= wire::icmpv4_header_bytes + quote_kept) return;
  f.size = static_cast<std::uint32_t>(f.header_bytes + wire::icmpv4_header_bytes + quote_kept);
  const auto packet = f.packet();
  store_be16(packet, 2, static_cast<std::uint16_t>(f.size));
  reseal_header(packet, f.header_bytes);
  const auto kept = packet.subspan(f.header_bytes);
  store_u8(kept, 5, 0);
  wire::seal_icmpv4(kept);
}

}  // namespace

bool blocks(const Middlebox& box, const Flight& f) {
  switch (f.kind) {
    case PacketKind::echo_request:
      return box.blocks_echo;
    case PacketKind::udp:
      return box.blocks_udp;
    case PacketKind::icmp_error:
      return box.blocks_errors;
    case PacketKind::echo_reply:
    case PacketKind::tcp:
    case PacketKind::other:
      return false;
  }
  return false;
}

bool rewrite(const Middlebox& box, Flight& f) {
  bool redirected = false;
  for (const auto& nat : box.nat) {
    if (f.destination == nat.outside) {
      replace_address(f, destination_at, nat.inside);
      redirected = true;
    } else if (f.reply != ReplyClass::none) {
      if (f.source == nat.inside) replace_address(f, source_at, nat.outside);
      if (f.kind == PacketKind::icmp_error && nat.fixes_quotes) fix_quote(nat, f);
    }
  }
  if (box.strips_extensions && f.kind == PacketKind::icmp_error) strip_extension(f);
  if (box.rewrites_udp_checksum && f.kind == PacketKind::udp) store_be16(f.packet(), f.header_bytes + 6U, 0);
  if (!box.nat.empty()) {
    const std::uint8_t ttl = f.ttl;  // the bytes still carry the TTL of departure
    UTNT_ASSERT(parse_flight(f));
    f.ttl = ttl;
  }
  return redirected;
}

void adjust_ttl(const Middlebox& box, Flight& f) {
  const bool about = f.reply == ReplyClass::none ? box.ttl_forward : box.ttl_replies;
  if (!about) return;
  if (box.ttl_set != 0) f.ttl = box.ttl_set;
  f.ttl = static_cast<std::uint8_t>(std::clamp(static_cast<std::int32_t>(f.ttl) + box.ttl_add, 0, 255));
}

}  // namespace utnt::emu
