// SPDX-License-Identifier: BSD-2-Clause
// Which header field of a probe carries what, so that a reply names its probe and an outsider cannot make one up.
//
//                     constant per path (the flow)             per probe
//   icmp-paris  tnt   identifier = checksum = 0x8000 | key     sequence = counter from 0, IP-ID = counter + 1
//               utnt  identifier, checksum = keyed             sequence = TTL << 8 | attempt, IP-ID = keyed pad ^
//               sequence
//   udp-paris   tnt   source port as identifier, port 33435    UDP checksum = IP-ID = counter + 1
//               utnt  source port keyed, port 33435 + flow     UDP checksum = pad ^ token, IP-ID = other pad ^ token
//
// The keyed values are SipHash of (destination, flow, method) under a key made from the seed; the pads also vary by
// path. Unpredictable bits per accepted packet: utnt icmp-paris 32 (identifier and checksum, for an echo reply the
// checksum of the echoed bytes), utnt udp-paris at least 26 (source port 15; checksum or IP-ID 16, of which at most 5
// are lost to outstanding probes), tnt 15 and what the outstanding counter adds: its fields are fixed by the original.
// Sources: Augustin et al., "Avoiding traceroute anomalies with Paris traceroute" (IMC 2006), for the flow fields.
#pragma once

#include <cstdint>
#include <optional>

#include "base/siphash.hpp"
#include "core/types.hpp"
#include "wire/address.hpp"

namespace utnt::core {

struct FlowFields {
  Method method{Method::icmp_paris};
  RuleSet rules{RuleSet::utnt};
  std::uint16_t id{0};         ///< ICMP identifier or UDP source port
  std::uint16_t constant{0};   ///< ICMP checksum or UDP destination port
  std::uint16_t pad{0};        ///< hides the token in the UDP checksum (utnt)
  std::uint16_t ip_id_pad{0};  ///< hides the token in the IP-ID (utnt)
};

inline constexpr std::uint16_t udp_port_base = 33435;

/// The fields of a path. `flow` selects the branch that load balancers choose; `path` only varies the pads.
FlowFields make_flow(const SipKey& key, RuleSet rules, Method method, const wire::IpAddress& destination,
                     std::uint32_t flow, PathId path);

/// What one probe says about itself: the TTL and attempt (utnt), or the counter (tnt).
constexpr std::uint16_t make_token(std::uint8_t ttl, std::uint8_t attempt) {
  return static_cast<std::uint16_t>(ttl << 8 | attempt);
}
constexpr std::uint8_t token_ttl(std::uint16_t token) { return static_cast<std::uint8_t>(token >> 8); }
constexpr std::uint8_t token_attempt(std::uint16_t token) { return static_cast<std::uint8_t>(token & 0xff); }

/// IP-ID of the probe that carries `token`.
constexpr std::uint16_t ip_id_of(const FlowFields& flow, std::uint16_t token) {
  return flow.rules == RuleSet::tnt ? static_cast<std::uint16_t>(token + 1)
                                    : static_cast<std::uint16_t>(flow.ip_id_pad ^ token);
}
/// UDP checksum of the probe that carries `token`; never 0.
constexpr std::uint16_t udp_checksum_of(const FlowFields& flow, std::uint16_t token) {
  return flow.rules == RuleSet::tnt ? static_cast<std::uint16_t>(token + 1)
                                    : static_cast<std::uint16_t>(flow.pad ^ token);
}
/// The token of a quoted UDP probe, from its checksum and IP-ID: the one both name, else the IP-ID's (a middlebox may
/// have rewritten the checksum) unless `plausible` refuses it, else the checksum's. The caller checks that it was sent.
template <class Plausible>
std::optional<std::uint16_t> udp_token(const FlowFields& flow, std::uint16_t checksum, std::uint16_t ip_id,
                                       Plausible plausible) {
  const bool tnt = flow.rules == RuleSet::tnt;
  const auto by_checksum = static_cast<std::uint16_t>(tnt ? checksum - 1 : checksum ^ flow.pad);
  const auto by_ip_id = static_cast<std::uint16_t>(tnt ? ip_id - 1 : ip_id ^ flow.ip_id_pad);
  if (plausible(by_ip_id)) return by_ip_id;
  if (!tnt && plausible(by_checksum)) return by_checksum;
  return std::nullopt;
}

}  // namespace utnt::core
