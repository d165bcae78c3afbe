// SPDX-License-Identifier: BSD-2-Clause
// What revelations found, by (start, next), for all traces of a campaign: a tunnel is revealed once, and a trace that
// meets a pair under examination waits for its result. Failures are kept too, for a shorter time under the default
// rules. Source: the TNT specification, section 6 (cache of the original) and 11 #17.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/arena.hpp"
#include "base/index_queue.hpp"
#include "base/siphash.hpp"
#include "base/time.hpp"
#include "core/probe/address_table.hpp"
#include "core/reveal/revelation.hpp"
#include "core/types.hpp"

namespace utnt::core {

inline constexpr std::size_t lsrs_per_block = 4;
struct LsrBlock {
  std::array<HopRecord, lsrs_per_block> lsrs{};
  std::uint32_t next{no_index};
};

struct TunnelEntry {
  Revelation result;  ///< valid when known
  Instant expires;
  TunnelId id;
  std::uint32_t flow{0};         ///< of the revelation that succeeded
  std::uint32_t lsrs{no_index};  ///< first block of the LSRs, ingress first
  std::uint32_t task{no_index};  ///< the revelation in progress
  std::uint32_t pins{0};         ///< traces that wait for it or show it
  std::uint32_t chain{no_index};
  IndexQueue waiters;
  AddressRef start;
  AddressRef next;
  std::uint8_t samples{1};  ///< confirmed replies behind the trigger
  bool in_use{false};
  bool known{false};
  bool ingress_is_silent{false};
  bool recently_used{false};
  bool refuted{false};  ///< a confirmation contradicted the trigger
};

struct TunnelKey {
  AddressRef start;
  AddressRef next;
  bool ingress_is_silent{false};
};

class TunnelCache {
 public:
  struct Memory {
    std::span<TunnelEntry> entries;
    std::span<LsrBlock> blocks;
    std::span<std::uint32_t> buckets, free_blocks;
  };
  static Memory carve(Arena& arena, std::uint32_t tunnels_max);

  TunnelCache(Memory memory, AddressTable& addresses, SipKey key);

  /// The entry of a pair, if it is there and has not expired at `now`; pinned for the caller.
  std::uint32_t find(const TunnelKey& key, Instant now);
  /// A fresh entry, pinned for the caller; no_index when all are pinned.
  std::uint32_t add(const TunnelKey& key, TunnelId id);
  void pin(std::uint32_t entry) { ++entries_[entry].pins; }
  void unpin(std::uint32_t entry);
  TunnelEntry& at(std::uint32_t entry) { return entries_[entry]; }
  [[nodiscard]] const TunnelEntry& at(std::uint32_t entry) const { return entries_[entry]; }

  /// Keeps `lsrs` (pins are taken). False when the pool is full even after eviction: then none are kept.
  bool store(std::uint32_t entry, std::span<const HopRecord> lsrs);
  /// Copies the LSRs to the front of `out` (lsp_hops_max records); that part of it.
  std::span<HopRecord> load(std::uint32_t entry, std::span<HopRecord> out) const;

 private:
  [[nodiscard]] std::size_t bucket(const TunnelKey& key) const;
  bool evict_one();
  void release(std::uint32_t entry);

  std::span<TunnelEntry> entries_;
  std::span<LsrBlock> blocks_;
  std::span<std::uint32_t> buckets_;
  FreeList free_blocks_;
  AddressTable* addresses_;
  SipKey key_;
  std::uint32_t used_{0};
  std::uint32_t hand_{0};
  std::uint32_t spare_{no_index};  ///< the entry that the last eviction freed
};

}  // namespace utnt::core
