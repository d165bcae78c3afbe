// SPDX-License-Identifier: BSD-2-Clause
// One traceroute towards one destination: which TTLs were probed, what came back, when it is over.
// The hops live in blocks from a shared pool, so that a short path costs little and a path of 255 hops still fits.
// Source: the TNT specification, sections 3.1 (engine parameters, stop conditions) and 11 #7, #8.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/index_queue.hpp"
#include "base/time.hpp"
#include "core/probe/flow_fields.hpp"
#include "core/reveal/hop_record.hpp"
#include "core/types.hpp"

namespace utnt::core {

inline constexpr std::uint8_t path_attempts_max = 3;  ///< probes per TTL whose send times are kept

enum class HopState : std::uint8_t { unsent, waiting, retry_due, answered, silent };

/// 44 bytes: the record that classification reads, and 16 bytes about the probes. Times are relative to save room:
/// PathTable::sent() and deadline() give them as instants.
struct Hop {
  HopRecord record;
  std::uint32_t first_sent_low_ns{0};  ///< first probe, after Path::started; 48 bits are 78 hours
  std::uint16_t first_sent_high_ns{0};
  std::uint8_t wait_units{0};     ///< timeout of the latest attempt, in units of PathTable
  std::uint8_t attempts : 2 {0};  ///< probes sent
  HopState state : 6 {HopState::unsent};
  std::array<std::uint32_t, path_attempts_max - 1> later_ns{};  ///< attempts 1.. after the one before
};
static_assert(sizeof(Hop) == 44);
static_assert(path_attempts_max < 4);

inline constexpr std::size_t hops_per_block = 8;
struct HopBlock {
  std::array<Hop, hops_per_block> hops{};
  std::uint32_t next{no_index};
};
inline constexpr std::size_t path_blocks_max = 256 / hops_per_block;
/// Blocks that a path finds without walking its list: 32 hops.
inline constexpr std::size_t path_blocks_direct = 4;

/// The trace on whose behalf something is measured.
struct Requester {
  TraceId trace{};
  std::uint32_t job{no_index};  ///< its slot
  std::uint32_t user_id{0};
};

struct PathRequest {
  PathKind kind{PathKind::initial};
  Method method{Method::icmp_paris};
  AddressRef destination{};  ///< the path takes a pin of its own
  Requester requester{};
  std::uint32_t owner{no_index};  ///< work item to wake when it ends
  std::uint32_t flow{0};
  TunnelId tunnel{};
  std::uint8_t step{0};
  std::uint8_t first_ttl{1};
  std::uint8_t max_ttl{255};
  std::uint8_t begin_ttl{1};      ///< where probing starts; below it only backwards, until known ground (doubletree)
  std::uint32_t known_silent{0};  ///< bit i: TTL first_ttl + i never answered before: asked once, not waited for
};

struct Path {
  Instant started{};
  Duration rtt_max{};  ///< of the replies so far
  PathId id{};
  PathRequest request;
  FlowFields flow{};
  std::array<std::uint32_t, path_blocks_direct> blocks{};  ///< further ones follow the last
  std::uint32_t match_next{no_index};
  IndexQueue waiters;  ///< work items that want the same flow
  std::uint16_t probes_sent{0};
  std::uint16_t low_ttl{1};       ///< lowest TTL probed
  std::uint16_t next_ttl{1};      ///< first TTL not probed yet
  std::uint16_t cursor{1};        ///< first TTL not judged yet
  std::uint16_t limit_ttl{255};   ///< nothing beyond is of interest
  std::uint8_t last_answered{0};  ///< highest TTL that answered, 0 = none
  std::uint8_t expected_ttl{0};   ///< guess of the destination's distance, 0 = none
  std::uint8_t assumed_ttl{0};    ///< the gap limit counts from here: routers up to here are known to be there
  std::uint8_t in_flight{0};      ///< TTLs waiting
  std::uint8_t retries_due{0};    ///< TTLs to be asked again
  std::uint8_t last_ttl{0};       ///< valid when ended
  std::uint8_t stop_data{0};
  StopReason stop{StopReason::none};
  bool is_open{false};
  bool descending{false};  ///< the far end is known; probing backwards from begin_ttl
  bool ended{false};
  bool frozen{false};  ///< classified: late replies no longer change the hops
};

}  // namespace utnt::core
