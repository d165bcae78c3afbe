// SPDX-License-Identifier: BSD-2-Clause
#include "core/campaign/tunnel_cache.hpp"

#include <algorithm>

namespace utnt::core {

TunnelCache::Memory TunnelCache::carve(Arena& arena, std::uint32_t tunnels_max) {
  Memory memory;
  // Two blocks, eight LSRs, a tunnel on average, and room for a few of the longest.
  const auto blocks = std::size_t{tunnels_max} * 2 + 4 * lsp_hops_max / lsrs_per_block;
  memory.entries = arena.take<TunnelEntry>(tunnels_max);
  memory.blocks = arena.take<LsrBlock>(blocks);
  memory.buckets = arena.take<std::uint32_t>(tunnels_max);
  memory.free_blocks = arena.take<std::uint32_t>(blocks);
  return memory;
}

TunnelCache::TunnelCache(Memory memory, AddressTable& addresses, SipKey key)
    : entries_{memory.entries},
      blocks_{memory.blocks},
      buckets_{memory.buckets},
      free_blocks_{memory.free_blocks},
      addresses_{&addresses},
      key_{key} {
  for (auto& head : buckets_) head = no_index;
}

std::size_t TunnelCache::bucket(const TunnelKey& key) const {
  return siphash(key_, key.start.value(), key.next.value(), key.ingress_is_silent ? 1 : 0) % buckets_.size();
}

std::uint32_t TunnelCache::find(const TunnelKey& key, Instant now) {
  for (auto i = buckets_[bucket(key)]; i != no_index; i = entries_[i].chain) {
    auto& entry = entries_[i];
    if (entry.start != key.start || entry.next != key.next || entry.ingress_is_silent != key.ingress_is_silent)
      continue;
    if (entry.known && entry.pins == 0 && entry.expires <= now) {
      release(i);
      spare_ = i;
      return no_index;
    }
    entry.recently_used = true;
    ++entry.pins;
    return i;
  }
  return no_index;
}

std::uint32_t TunnelCache::add(const TunnelKey& key, TunnelId id) {
  auto slot = no_index;
  if (spare_ == no_index && used_ < entries_.size()) {
    slot = used_++;
  } else {
    if (spare_ == no_index && !evict_one()) return no_index;
    slot = spare_;
    spare_ = no_index;
  }
  auto& entry = entries_[slot];
  entry = TunnelEntry{};
  entry.in_use = true;
  entry.id = id;
  entry.start = addresses_->pin(key.start);
  entry.next = addresses_->pin(key.next);
  entry.ingress_is_silent = key.ingress_is_silent;
  entry.pins = 1;
  entry.recently_used = true;
  auto& head = buckets_[bucket(key)];
  entry.chain = head;
  head = slot;
  return slot;
}

void TunnelCache::unpin(std::uint32_t entry) {
  UTNT_ASSERT(entries_[entry].pins > 0);
  --entries_[entry].pins;
}

void TunnelCache::release(std::uint32_t index) {
  auto& entry = entries_[index];
  auto* link = &buckets_[bucket({entry.start, entry.next, entry.ingress_is_silent})];
  while (*link != index) {
    UTNT_ASSERT(*link != no_index);
    link = &entries_[*link].chain;
  }
  *link = entry.chain;
  auto left = std::size_t{entry.result.lsp_count};
  for (auto block = entry.lsrs; block != no_index;) {
    const auto count = std::min(left, lsrs_per_block);
    for (std::size_t i = 0; i < count; ++i) addresses_->unpin(blocks_[block].lsrs[i].address);
    left -= count;
    const auto next = blocks_[block].next;
    free_blocks_.give(block);
    block = next;
  }
  addresses_->unpin(entry.start);
  addresses_->unpin(entry.next);
  entry.in_use = false;
}

bool TunnelCache::evict_one() {
  for (std::size_t step = 0; step < 2 * entries_.size(); ++step) {
    const auto slot = hand_;
    hand_ = hand_ + 1 < entries_.size() ? hand_ + 1 : 0;
    auto& entry = entries_[slot];
    if (!entry.in_use || slot >= used_ || entry.pins > 0) continue;
    if (entry.recently_used) {
      entry.recently_used = false;
      continue;
    }
    release(slot);
    spare_ = slot;
    return true;
  }
  return false;
}

bool TunnelCache::store(std::uint32_t index, std::span<const HopRecord> lsrs) {
  auto& entry = entries_[index];
  const auto needed = (lsrs.size() + lsrs_per_block - 1) / lsrs_per_block;
  if (free_blocks_.available() < needed) return false;
  auto* link = &entry.lsrs;
  for (std::size_t at = 0; at < lsrs.size(); at += lsrs_per_block) {
    const auto block = free_blocks_.take();
    blocks_[block] = LsrBlock{};
    const auto count = std::min(lsrs_per_block, lsrs.size() - at);
    for (std::size_t i = 0; i < count; ++i) {
      blocks_[block].lsrs[i] = lsrs[at + i];
      addresses_->pin(lsrs[at + i].address);
    }
    *link = block;
    link = &blocks_[block].next;
  }
  return true;
}

std::span<HopRecord> TunnelCache::load(std::uint32_t index, std::span<HopRecord> out) const {
  const auto& entry = entries_[index];
  std::size_t count = 0;
  for (auto block = entry.lsrs; block != no_index; block = blocks_[block].next) {
    const auto here = std::min(lsrs_per_block, entry.result.lsp_count - count);
    for (std::size_t i = 0; i < here; ++i) out[count + i] = blocks_[block].lsrs[i];
    count += here;
  }
  return out.first(count);
}

}  // namespace utnt::core
