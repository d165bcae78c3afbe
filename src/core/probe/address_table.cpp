// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/address_table.hpp"

#include "base/bucket_hash.hpp"

namespace utnt::core {

AddressTable::Memory AddressTable::carve(Arena& arena, std::uint32_t addresses_max) {
  Memory memory;
  memory.entries = arena.take<AddressEntry>(addresses_max);
  memory.buckets = arena.take<std::uint32_t>(addresses_max);
  return memory;
}

AddressTable::AddressTable(Memory memory, SipKey key) : entries_{memory.entries}, buckets_{memory.buckets}, key_{key} {
  for (auto& head : buckets_) head = no_index;
}

std::size_t AddressTable::bucket(const wire::IpAddress& address) const {
  const auto words = address.words();
  return bucket_of(key_, words[0], words[1] ^ static_cast<std::uint64_t>(address.family()), buckets_.size());
}

AddressRef AddressTable::find(const wire::IpAddress& address) const {
  for (auto slot = buckets_[bucket(address)]; slot != no_index; slot = entries_[slot].chain) {
    if (entries_[slot].address == address) return AddressRef{slot + 1};
  }
  return no_address;
}

AddressRef AddressTable::pin(const wire::IpAddress& address) {
  if (const auto known = find(address); known != no_address) {
    auto& entry = at(known);
    ++entry.pins;
    entry.recently_used = true;
    return known;
  }
  const auto slot = take_slot();
  if (slot == no_index) return no_address;
  auto& entry = entries_[slot];
  entry = AddressEntry{};
  entry.address = address;
  entry.reserved = wire::is_reserved(address);
  entry.pins = 1;
  entry.recently_used = true;
  auto& head = buckets_[bucket(address)];
  entry.chain = head;
  head = slot;
  return AddressRef{slot + 1};
}

void AddressTable::unpin(AddressRef ref) {
  if (ref == no_address) return;
  auto& entry = at(ref);
  UTNT_ASSERT(entry.pins > 0);
  --entry.pins;
}

std::uint32_t AddressTable::take_slot() {
  if (used_ < entries_.size()) return used_++;
  // Two rounds of the clock: the first may only clear the marks of recent use.
  for (std::size_t step = 0; step < 2 * entries_.size(); ++step) {
    const auto slot = hand_;
    hand_ = hand_ + 1 < entries_.size() ? hand_ + 1 : 0;
    auto& entry = entries_[slot];
    if (entry.pins > 0) continue;
    if (entry.recently_used) {
      entry.recently_used = false;
      continue;
    }
    unlink(slot);
    return slot;
  }
  return no_index;
}

void AddressTable::unlink(std::uint32_t slot) {
  auto* link = &buckets_[bucket(entries_[slot].address)];
  while (*link != slot) {
    UTNT_ASSERT(*link != no_index);
    link = &entries_[*link].chain;
  }
  *link = entries_[slot].chain;
}

}  // namespace utnt::core
