// SPDX-License-Identifier: BSD-2-Clause
// One destination on its way through the stages of TNT: trace, fingerprint, classify, reveal, report.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.hpp"
#include "core/probe/path.hpp"
#include "core/reveal/revelation.hpp"
#include "core/reveal/revelation_test.hpp"
#include "core/types.hpp"

namespace utnt::core {

/// Tunnels of one trace that can be shown; further candidates are counted as table_full.
inline constexpr std::uint8_t trace_tests_max = 8;

/// A candidate of a trace, while its tunnel is examined and afterwards; a node of a list in a shared pool.
struct TraceTest {
  RevelationTest test;
  std::uint32_t entry{no_index};  ///< in the tunnel cache, pinned
  std::uint32_t next{no_index};
  bool reused{false};
  bool skipped{false};  ///< another test of its group succeeded, or no room for it
};

struct TraceJob {
  enum class Stage : std::uint8_t { free, tracing, fingerprinting, revealing, reporting };

  Instant started;
  TraceId id;
  AddressRef destination;  ///< pinned
  std::uint32_t user_id{0};
  std::uint32_t path{no_index};
  std::array<std::uint32_t, probe_uses> probes{};
  std::uint32_t tests{no_index};  ///< first of its list, in path order
  std::uint8_t test_count{0};
  bool tests_complete{false};  ///< the candidate pass is over
  std::uint16_t cursor{0};     ///< hops fingerprinted, then position of the candidate pass
  bool halted{false};          ///< reported before it was complete
  Stage stage{Stage::free};
};

/// Further flows tried at once for a target; with two branches of equal weight, all miss the ingress once in sixteen
/// cases, and the round is repeated.
inline constexpr std::uint8_t scouts_max = 4;
inline constexpr std::uint8_t scout_rounds_max = 2;

/// A revelation in progress.
struct RevealTask {
  enum class Stage : std::uint8_t { free, confirming, launching, tracing, scouting, buddy_ping, fingerprinting };

  Revelation revelation;
  Duration next_rtt;
  Requester requester;  ///< the trace that asked first
  std::uint32_t entry{no_index};
  std::uint32_t path{no_index};
  std::uint32_t ahead{no_index};  ///< the trace to the buddy, begun before it is known to be needed
  std::uint32_t flow{0};
  std::array<std::uint32_t, scouts_max> scouts{no_index, no_index, no_index, no_index};  ///< short paths on other flows
  std::uint32_t scout_flow{0};                                                           ///< of the first scout
  std::uint32_t known_silent{0};  ///< as in PathRequest: TTLs that did not answer on the paths so far
  AddressRef pinned_buddy;        ///< target of the buddy trace, pinned
  AddressRef before;              ///< who stood before `start` on the trace, if it answered
  AddressRef start_alias;         ///< another address of `start`, pinned
  AddressRef destination;         ///< of the trace that asked first, pinned while confirming
  Method method{Method::icmp_paris};
  std::uint8_t first_ttl{1};
  std::uint8_t start_ttl{0};     ///< of `start` on the trace
  std::uint8_t next_ttl{0};      ///< of `next` on the trace
  std::uint8_t next_te_ttl{0};   ///< TTL of its reply there
  bool refuted{false};           ///< `next` answered otherwise when it was asked again
  std::uint8_t target_ttl{0};    ///< where the path before showed the target, 0 = nowhere
  std::uint8_t scout_rounds{0};  ///< for the target at hand
  std::uint8_t good_flows{0};    ///< bit i: scout_flow + i passes the ingress and was not tried yet
  bool other_buddy_tried{false};
  bool method_switched{false};     ///< the target at hand was asked by the other method
  std::uint16_t fingerprinted{0};  ///< LSRs whose ping is settled
  bool step_was_buddy{false};      ///< the step before was revealed by a buddy
  bool step_was_scouted{false};    ///< the step before needed another flow
  bool buddy_next{false};          ///< the trace to launch goes to a buddy
  Stage stage{Stage::free};
};

}  // namespace utnt::core
