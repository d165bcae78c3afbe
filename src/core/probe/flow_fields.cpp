// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/flow_fields.hpp"

#include "base/bytes.hpp"

namespace utnt::core {
namespace {

std::uint64_t keyed(const SipKey& key, const wire::IpAddress& address, std::uint64_t a, std::uint64_t b) {
  std::array<std::byte, 33> input{};
  const auto octets = address.octets();
  input[0] = static_cast<std::byte>(address.family());
  copy_bytes(MutableBytes{input}.subspan(1), std::as_bytes(octets));
  store_le(input, 17, 8, a);
  store_le(input, 25, 8, b);
  return siphash(key, input);
}

constexpr std::uint16_t bits16(std::uint64_t value, unsigned shift) {
  return static_cast<std::uint16_t>(value >> shift & 0xffff);
}

}  // namespace

FlowFields make_flow(const SipKey& key, RuleSet rules, Method method, const wire::IpAddress& destination,
                     std::uint32_t flow, PathId path) {
  FlowFields fields{.method = method, .rules = rules};
  if (rules == RuleSet::tnt) {
    fields.id = static_cast<std::uint16_t>(0x8000U | bits16(siphash(key, 1, 0, 0), 0));
    if (fields.id == 0xffff) fields.id = 0xfffe;
    fields.constant = method == Method::icmp_paris ? fields.id : udp_port_base;
    return fields;
  }
  const auto by_flow = keyed(key, destination, flow, static_cast<std::uint64_t>(method));
  if (method == Method::icmp_paris) {
    fields.id = bits16(by_flow, 0);
    fields.constant = static_cast<std::uint16_t>(bits16(by_flow, 16) % 0xffff);
  } else {
    fields.id = static_cast<std::uint16_t>(0x8000U | bits16(by_flow, 0));
    fields.constant = static_cast<std::uint16_t>(udp_port_base + flow % 64);
  }
  // The path shifts what the key hides, so that two paths of one flow differ. Two bits set below the attempt's range
  // keep pad ^ token from ever being zero.
  const std::uint64_t shifted = by_flow + path.value() * 0x9e37'79b9'7f4a'7c15U;
  fields.pad = static_cast<std::uint16_t>(bits16(shifted, 32) | 0x00c0U);
  fields.ip_id_pad = bits16(shifted, 48);
  return fields;
}

}  // namespace utnt::core
