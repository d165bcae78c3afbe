// SPDX-License-Identifier: BSD-2-Clause
// All that decides what the engine sends and concludes. One plain struct, checked once by Engine::create.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.hpp"
#include "core/types.hpp"
#include "wire/address.hpp"

namespace utnt::core {

struct EngineConfig {
  RuleSet rules{RuleSet::utnt};
  Method method{Method::icmp_paris};
  wire::IpAddress source;            ///< of IPv4 probes; required
  std::array<std::byte, 32> seed{};  ///< keys, identifiers; same seed, same packets

  // pace
  std::uint32_t rate_pps_max{100};     ///< all probes together; 0 = no limit
  std::uint32_t burst_packets_max{8};  ///< token bucket depth
  std::uint32_t prefix_pps_max{50};    ///< per destination /24 (IPv6: /48), 0 = off
  std::uint32_t prefix_burst{100};
  std::uint32_t near_pps_max{200};  ///< per responder at TTL 1-3, 0 = off

  // size, fixed at creation
  std::uint32_t traces_max{1000};        ///< traces in flight
  std::uint32_t addresses_max{100'000};  ///< address cache entries
  std::uint32_t tunnels_max{20'000};     ///< (start, next) cache entries

  // traceroute
  std::uint8_t window{8};  ///< TTLs of one trace in flight; 1 under RuleSet::tnt
  std::uint8_t first_ttl{1};
  std::uint8_t max_ttl{255};
  std::uint8_t attempts{3};             ///< per TTL
  std::uint8_t gap_limit{5};            ///< consecutive silent TTLs
  Duration timeout_max{1'000'000'000};  ///< per attempt; fixed under tnt, upper bound of the adaptive one under utnt
  std::uint32_t flow{0};                ///< first flow number
  bool doubletree{false};

  // TNT
  std::uint8_t pings{1};  ///< echo requests per address
  std::uint8_t frpla_min{3};
  std::uint8_t rtla_min{1};
  bool brute_force{false};
  Duration ping_lifetime{std::int64_t{3'600'000'000'000}};
  Duration tunnel_lifetime{std::int64_t{86'400'000'000'000}};
  Duration negative_lifetime{std::int64_t{600'000'000'000}};

  // Addresses that no probe of any kind may go to, or none. Called with `blocked_context` before a destination, a ping
  // or the target of a revelation is accepted; must be pure and fast, must outlive the engine.
  bool (*blocked)(const void* context, const wire::IpAddress& address){nullptr};
  const void* blocked_context{nullptr};

  // RFC 9511: description URI at the front of every probe's payload; empty = none. Not owned, must outlive the engine.
  std::string_view attribution{};
};

/// Names the first field outside its range, or an empty view. Checked by Engine::create too.
std::string_view invalid_field(const EngineConfig& config);

}  // namespace utnt::core
