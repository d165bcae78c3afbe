// SPDX-License-Identifier: BSD-2-Clause
// Every address that the campaign has met, once: hops refer to it by number, and the result of its fingerprint ping is
// kept here for all traces. Entries that live hops use are pinned; the others are evicted in clock order when room is
// short.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/arena.hpp"
#include "base/index_queue.hpp"
#include "base/siphash.hpp"
#include "base/time.hpp"
#include "core/reveal/hop_record.hpp"
#include "wire/address.hpp"

namespace utnt::core {

enum class PingState : std::uint8_t {
  unknown,
  running,     ///< ping_slot is the ping
  asking_udp,  ///< mute to echo; ping_slot is the path that asks for the second signature
  known,
};

struct AddressEntry {
  Instant ping_expires;
  wire::IpAddress address;
  PingState ping_state{PingState::unknown};
  std::uint32_t rtt_us{0};          ///< of the first echo reply, 0 = not known
  std::uint8_t er_ttl{0};           ///< valid while known; 0 = no echo reply
  std::uint8_t unreachable_ttl{0};  ///< of its port unreachable, asked for where it is mute to echo; 0 = not known
  std::uint8_t seen_ttl{0};         ///< where an earlier trace saw it, 0 = nowhere; kept for doubletree only
  bool reserved{false};
  bool shows_labels{false};  ///< a time exceeded of it quoted a label stack
  bool recently_used{false};
  std::uint32_t pins{0};
  std::uint32_t ping_slot{no_index};  ///< valid while running
  std::uint32_t chain{no_index};      ///< next entry of the same hash bucket
};

class AddressTable {
 public:
  struct Memory {
    std::span<AddressEntry> entries;
    std::span<std::uint32_t> buckets;
  };
  static Memory carve(Arena& arena, std::uint32_t addresses_max);

  AddressTable(Memory memory, SipKey key);

  /// The reference of `address`, with one more pin. no_address when every entry is pinned: the table is too small.
  AddressRef pin(const wire::IpAddress& address);
  /// One more pin for an address that is pinned already.
  AddressRef pin(AddressRef ref) {
    if (ref != no_address) ++at(ref).pins;
    return ref;
  }
  void unpin(AddressRef ref);
  /// The reference if the address is in the table; no pin is added.
  [[nodiscard]] AddressRef find(const wire::IpAddress& address) const;

  AddressEntry& at(AddressRef ref) { return entries_[ref.value() - 1]; }
  [[nodiscard]] const AddressEntry& at(AddressRef ref) const { return entries_[ref.value() - 1]; }
  /// The address behind `ref`; none for no_address.
  [[nodiscard]] wire::IpAddress address(AddressRef ref) const {
    return ref == no_address ? wire::IpAddress{} : at(ref).address;
  }

 private:
  [[nodiscard]] std::size_t bucket(const wire::IpAddress& address) const;
  std::uint32_t take_slot();
  void unlink(std::uint32_t slot);

  std::span<AddressEntry> entries_;
  std::span<std::uint32_t> buckets_;
  SipKey key_;
  std::uint32_t used_{0};
  std::uint32_t hand_{0};
};

}  // namespace utnt::core
