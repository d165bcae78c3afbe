// SPDX-License-Identifier: BSD-2-Clause
// All paths in flight, their hops, and the way from a reply to its hop. Knows nothing of MPLS.
// A path goes: open - next_probe / take_reply / expire until ended() - read its hops - close.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/arena.hpp"
#include "base/index_queue.hpp"
#include "core/probe/address_table.hpp"
#include "core/probe/path.hpp"
#include "core/probe/path_rules.hpp"
#include "core/probe/reply_facts.hpp"

namespace utnt::core {

/// Where a reply belongs.
struct PathMatch {
  std::uint32_t path{no_index};
  std::uint8_t ttl{0};
  std::uint8_t attempt{0};
  bool nat{false};  ///< the quoted destination is not the probed one
};

enum class MatchFailure : std::uint8_t { none, stray, forged };

/// What a reply changed.
struct ReplyUse {
  bool late{false};
  bool duplicate{false};
};

struct NextProbe {
  std::uint8_t ttl{0};
  std::uint8_t attempt{0};
  std::uint16_t token{0};
  Instant deadline{};  ///< when its answer is given up
};

class PathTable {
 public:
  struct Memory {
    std::span<Path> paths;
    std::span<HopBlock> blocks;
    std::span<std::uint32_t> free_paths, free_blocks, buckets;
  };
  static Memory carve(Arena& arena, std::uint32_t paths_max, std::uint32_t blocks_max);

  PathTable(Memory memory, AddressTable& addresses, PathRules rules, RuleSet rule_set, SipKey key);

  [[nodiscard]] std::size_t free_paths() const { return free_paths_.available(); }
  [[nodiscard]] std::size_t free_blocks() const { return free_blocks_.available(); }
  Path& at(std::uint32_t path) { return paths_[path]; }
  [[nodiscard]] const Path& at(std::uint32_t path) const { return paths_[path]; }
  Hop& hop(const Path& path, std::size_t ttl) {
    const auto index = ttl - path.request.first_ttl;
    return blocks_[block_of(path, index / hops_per_block)].hops[index % hops_per_block];
  }
  [[nodiscard]] const Hop& hop(const Path& path, std::size_t ttl) const {
    const auto index = ttl - path.request.first_ttl;
    return blocks_[block_of(path, index / hops_per_block)].hops[index % hops_per_block];
  }

  /// When an attempt (from 0) of a hop was sent.
  [[nodiscard]] Instant sent(const Path& path, const Hop& hop, unsigned attempt) const;

  /// The running path with the same destination and flow, or no_index: two such must never run at once.
  [[nodiscard]] std::uint32_t rival(const PathRequest& request) const;
  struct Opened {
    std::uint32_t path{no_index};   ///< no_index when every slot is taken or there is a rival
    std::uint32_t rival{no_index};  ///< the one that must end first
  };
  Opened open(const PathRequest& request, PathId id, Instant now);
  /// Releases the hops and the pins.
  void close(std::uint32_t path);

  /// Whether next_probe() would give one. Ends the path (error) when no memory for its hops is left.
  bool has_probe(Path& path);
  /// The probe to send now, noted as sent. Call only when has_probe().
  NextProbe next_probe(Path& path, Instant now);
  /// When expire() has work; empty when nothing waits.
  [[nodiscard]] std::optional<Instant> deadline(const Path& path) const;
  void expire(Path& path, Instant now);

  PathMatch match(const ReplyFacts& facts, MatchFailure& failure) const;
  /// Files an answer, unless it is late for a judged path or a duplicate. `record` holds the hop's raw fields; its
  /// address pin passes to the table when the answer is kept, and is dropped otherwise.
  ReplyUse take_reply(Path& path, const PathMatch& match, const HopRecord& record, Instant arrival);
  /// Tells how far the destination may be, in hops and in time.
  void expect(Path& path, std::uint8_t ttl, Duration rtt) {
    path.expected_ttl = ttl;
    if (rtt > path.rtt_max) path.rtt_max = rtt;
  }
  /// Tells that there are routers up to `ttl`, answering or not: the probes to them may all be sent at once.
  void assume(Path& path, std::uint8_t ttl) { path.assumed_ttl = ttl; }
  /// Stops a running path where it is.
  void halt(Path& path);
  /// From now on late replies no longer change the hops.
  void freeze(Path& path) { path.frozen = true; }
  [[nodiscard]] std::uint64_t retries_sent() const { return retries_sent_; }

 private:
  struct Stop {
    StopReason reason{StopReason::none};
    std::uint8_t data{0};
  };

  [[nodiscard]] std::size_t bucket(std::uint16_t id, const wire::IpAddress& destination, Method method) const;
  [[nodiscard]] std::uint32_t rival_on(const FlowFields& flow, const PathRequest& request, std::size_t bucket) const;
  [[nodiscard]] bool was_sent(const Path& path, std::uint16_t token, std::uint8_t& ttl, std::uint8_t& attempt) const;
  [[nodiscard]] bool fields_match(const Path& path, const ReplyFacts& facts, PathMatch& match) const;
  void unlink(std::uint32_t path);
  [[nodiscard]] std::uint8_t attempts_allowed() const;
  [[nodiscard]] static bool is_known_silent(const Path& path, std::size_t ttl);
  [[nodiscard]] std::uint8_t wait_units(const Path& path, std::size_t ttl, std::uint8_t attempt) const;
  [[nodiscard]] Instant deadline(const Path& path, const Hop& hop) const;
  [[nodiscard]] Duration wait_of(const Hop& hop) const;
  [[nodiscard]] std::uint32_t block_of(const Path& path, std::size_t number) const {
    return number < path_blocks_direct ? path.blocks[number] : distant_block(path, number);
  }
  [[nodiscard]] std::uint32_t distant_block(const Path& path, std::size_t number) const;
  bool ensure_block(Path& path, std::size_t ttl);
  void judge(Path& path);
  void conclude(Path& path, Stop stop, std::uint16_t last_ttl);
  void descend(Path& path);
  void finish(Path& path);
  [[nodiscard]] static Stop stop_of_kind(const Path& path, const HopRecord& record);
  [[nodiscard]] Stop stop_of_answer(const Path& path, std::uint16_t ttl) const;
  [[nodiscard]] bool gap_ends_at(const Path& path, std::uint16_t ttl) const;
  [[nodiscard]] bool may_probe_next(const Path& path) const;
  [[nodiscard]] bool loops(const Path& path, std::uint16_t ttl) const;
  bool schedule_second_chances(Path& path, std::uint16_t below_ttl);

  std::span<Path> paths_;
  std::span<HopBlock> blocks_;
  std::span<std::uint32_t> buckets_;
  FreeList free_paths_;
  FreeList free_blocks_;
  AddressTable* addresses_;
  PathRules rules_;
  RuleSet rule_set_;
  SipKey key_;
  std::uint64_t retries_sent_{0};
  std::uint64_t retries_answered_{0};
};

}  // namespace utnt::core
