// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/virtio/split_ring.hpp"

#include <atomic>

namespace utnt::unikernel::virtio {
namespace {

constexpr std::uint16_t no_interrupt = 1, no_notify = 1;
constexpr std::size_t flags_at = 0, index_at = 2, entries_at = 4;

std::uint16_t load(std::uint16_t& word, std::memory_order order) { return std::atomic_ref{word}.load(order); }
void store(std::uint16_t& word, std::uint16_t value, std::memory_order order) {
  std::atomic_ref{word}.store(value, order);
}

std::uint16_t difference(unsigned a, unsigned b) { return static_cast<std::uint16_t>(a - b); }

}  // namespace

void SplitRing::start(MutableBytes memory, unsigned size, bool has_event_index) {
  UTNT_ASSERT(size != 0 && (size & (size - 1)) == 0 && size <= size_max);
  UTNT_ASSERT(memory.size() >= bytes_needed(size));
  UTNT_ASSERT(reinterpret_cast<std::uintptr_t>(memory.data()) % 16 == 0);
  *this = {};
  base_ = memory.data();
  size_ = size;
  has_event_index_ = has_event_index;
  silence();
}

SplitRing::Addresses SplitRing::addresses() const {
  const auto base = reinterpret_cast<std::uintptr_t>(base_);
  return {base, base + offered_at(size_), base + used_at(size_)};
}

void SplitRing::describe(unsigned id, ConstBytes buffer, Access access) {
  UTNT_ASSERT(id < size_);
  word<Descriptor>(sizeof(Descriptor) * id) = {reinterpret_cast<std::uintptr_t>(buffer.data()),
                                               static_cast<std::uint32_t>(buffer.size()),
                                               static_cast<std::uint16_t>(access), 0};
}

void SplitRing::link(unsigned id, unsigned next) {
  constexpr std::uint16_t has_next = 1;
  UTNT_ASSERT(id < size_);
  UTNT_ASSERT(next < size_);
  auto& descriptor = word<Descriptor>(sizeof(Descriptor) * id);
  descriptor.flags = static_cast<std::uint16_t>(descriptor.flags | has_next);
  descriptor.next = static_cast<std::uint16_t>(next);
}

void SplitRing::offer(unsigned id) {
  UTNT_ASSERT(id < size_);
  auto& is_owned = word<std::uint8_t>(owned_at(size_) + id);
  UTNT_ASSERT(is_owned == 0);
  is_owned = 1;
  ++outstanding_;
  word<std::uint16_t>(offered_at(size_) + entries_at + 2 * (offered_ % size_)) = static_cast<std::uint16_t>(id);
  ++offered_;
}

bool SplitRing::publish() {
  const auto before = published_;
  if (offered_ == before) return false;
  store(word<std::uint16_t>(offered_at(size_) + index_at), offered_, std::memory_order_release);
  published_ = offered_;
  // The device's wish must be read after it can see the index, or both sides might wait for each other.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!has_event_index_)
    return (load(word<std::uint16_t>(used_at(size_) + flags_at), std::memory_order_relaxed) & no_notify) == 0;
  const auto event =
      load(word<std::uint16_t>(used_at(size_) + entries_at + 8 * std::size_t{size_}), std::memory_order_relaxed);
  return difference(offered_, event + 1U) < difference(offered_, before);
}

std::uint16_t SplitRing::used_index() const {
  return load(word<std::uint16_t>(used_at(size_) + index_at), std::memory_order_acquire);
}

bool SplitRing::has_used() const { return !is_broken_ && used_index() != seen_; }

bool SplitRing::is_exhausted() const { return outstanding_ != 0 && difference(used_index(), seen_) == outstanding_; }

std::optional<SplitRing::Used> SplitRing::take() {
  while (!is_broken_) {
    const auto waiting = difference(used_index(), seen_);
    if (waiting == 0) break;
    if (waiting > outstanding_) {
      is_broken_ = true;
      break;
    }
    auto& entry = word<UsedEntry>(used_at(size_) + entries_at + 8 * (seen_ % size_));
    const auto id = std::atomic_ref{entry.id}.load(std::memory_order_relaxed);
    const auto bytes = std::atomic_ref{entry.bytes}.load(std::memory_order_relaxed);
    ++seen_;
    if (id >= size_ || word<std::uint8_t>(owned_at(size_) + id) == 0) {
      ++bad_entries_;
      continue;
    }
    word<std::uint8_t>(owned_at(size_) + id) = 0;
    --outstanding_;
    return Used{id, bytes};
  }
  return std::nullopt;
}

void SplitRing::silence() {
  if (has_event_index_) {
    // The entry farthest away: it comes when all others have.
    store(word<std::uint16_t>(offered_at(size_) + entries_at + 2 * std::size_t{size_}), difference(seen_, 1),
          std::memory_order_relaxed);
  } else {
    store(word<std::uint16_t>(offered_at(size_) + flags_at), no_interrupt, std::memory_order_relaxed);
  }
}

bool SplitRing::arm() {
  if (has_event_index_) {
    store(word<std::uint16_t>(offered_at(size_) + entries_at + 2 * std::size_t{size_}), seen_,
          std::memory_order_relaxed);
  } else {
    store(word<std::uint16_t>(offered_at(size_) + flags_at), 0, std::memory_order_relaxed);
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return has_used();
}

}  // namespace utnt::unikernel::virtio
