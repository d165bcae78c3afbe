// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/net/next_hops.hpp"

#include <algorithm>

namespace utnt::unikernel {

const NextHops::Entry* NextHops::entry_of(const wire::IpAddress& address) const {
  for (const auto& entry : entries_) {
    if (entry.address == address && !address.is_none()) return &entry;
  }
  return nullptr;
}

NextHops::Entry* NextHops::entry_of(const wire::IpAddress& address) {
  return const_cast<Entry*>(static_cast<const NextHops&>(*this).entry_of(address));
}

/// An unused place, or that of a host that failed, or of the one that was not used for longest. Who is being asked
/// stays.
NextHops::Entry* NextHops::free_entry(bool may_evict) {
  Entry* best = nullptr;
  const auto rank = [](const Entry& entry) {
    return entry.state == State::unused ? 2U : entry.state == State::failed ? 1U : 0U;
  };
  for (auto& entry : entries_) {
    if (entry.is_pinned || entry.state == State::asking || (!may_evict && rank(entry) < 2)) continue;
    if (best == nullptr || rank(entry) > rank(*best) ||
        (rank(entry) == rank(*best) && entry.last_use < best->last_use)) {
      best = &entry;
    }
  }
  if (best != nullptr) *best = Entry{};
  return best;
}

void NextHops::ask(Entry& entry, State state) {
  entry.state = state;
  entry.questions = 0;
  entry.due = Instant{};
  due_ = Instant{};
}

void NextHops::learn(Entry& entry, const wire::MacAddress& mac, Instant now) {
  has_changed_ = has_changed_ || entry.state == State::asking || entry.state == State::failed;
  entry.state = State::known;
  entry.mac = mac;
  entry.is_used = false;
  entry.due = now + believed_time;
  due_ = std::min(due_.value_or(entry.due), entry.due);
}

void NextHops::pin(const wire::IpAddress& address, std::optional<wire::MacAddress> mac) {
  auto* entry = entry_of(address);
  if (entry == nullptr) entry = free_entry(true);
  if (entry == nullptr) return;
  entry->address = address;
  entry->is_pinned = true;
  if (!mac) return;
  entry->mac = *mac;
  entry->is_given = true;
  entry->state = State::known;
}

void NextHops::unpin(const wire::IpAddress& address) {
  if (auto* const entry = entry_of(address)) entry->is_pinned = entry->is_given = false;
}

NextHops::Found NextHops::use(const wire::IpAddress& address) {
  auto* entry = entry_of(address);
  if (entry == nullptr) {
    entry = free_entry(true);
    if (entry == nullptr) {
      ++counters_.full;
      return {};
    }
    entry->address = address;
  }
  if (entry->state == State::unused) ask(*entry, State::asking);
  entry->is_used = true;
  entry->last_use = ++uses_;
  return {entry->state, entry->mac};
}

NextHops::Found NextHops::find(const wire::IpAddress& address) const {
  const auto* const entry = entry_of(address);
  return entry == nullptr ? Found{State::unused, {}} : Found{entry->state, entry->mac};
}

/// The entry is due: what it asks, if anything.
std::optional<NextHops::Question> NextHops::advance(Entry& entry, Instant now) {
  if (entry.state == State::failed || (entry.state == State::known && !entry.is_pinned && !entry.is_used)) {
    entry.state = State::unused;
    if (!entry.is_pinned) entry.address = {};
    return std::nullopt;
  }
  if (entry.state == State::known) {
    ++counters_.checks;
    ask(entry, State::checking);
  }
  const bool is_checking = entry.state == State::checking;
  if (entry.questions == (is_checking ? 2 : 1) * questions_max) {
    ++(is_checking ? counters_.checks_failed : counters_.failed);
    // The address of a gateway stays in use: a silent one may still forward, and without it there is nothing.
    const bool is_kept = is_checking && entry.is_pinned;
    entry.state = is_kept ? State::known : State::failed;
    entry.due = now + (is_kept ? believed_time : failed_time);
    has_changed_ = true;
    return std::nullopt;
  }
  entry.due = now + question_interval;
  const bool is_unicast = is_checking && entry.questions < questions_max;
  ++entry.questions;
  return Question{entry.address, is_unicast ? std::optional{entry.mac} : std::nullopt};
}

std::optional<NextHops::Question> NextHops::poll(Instant now) {
  if (!due_ || *due_ > now) return std::nullopt;
  std::optional<Instant> next;
  for (auto& entry : entries_) {
    if (entry.state == State::unused || entry.is_given) continue;
    if (entry.due <= now) {
      if (auto question = advance(entry, now))
        return question;  // `due_` has passed, so that the rest is looked at next
    }
    if (entry.state != State::unused) next = std::min(next.value_or(entry.due), entry.due);
  }
  due_ = next;
  return std::nullopt;
}

std::optional<Instant> NextHops::deadline() const { return due_; }

bool NextHops::take_change() {
  const bool changed = has_changed_;
  has_changed_ = false;
  return changed;
}

bool NextHops::confirm(const wire::IpAddress& address, const wire::MacAddress& mac, Instant now) {
  auto* const entry = entry_of(address);
  if (entry == nullptr || mac.is_multicast()) return false;
  // A check begins with questions that only the known holder receives: to those only it can have the answer.
  const bool may_have_moved = entry->state == State::checking && entry->questions > questions_max;
  const bool is_check = entry->state == State::checking && entry->questions > 0;
  if (entry->state == State::asking || entry->state == State::failed || may_have_moved ||
      (is_check && entry->mac == mac)) {
    learn(*entry, mac, now);
    return true;
  }
  doubt(address, mac, now);
  return false;
}

void NextHops::hear(const wire::IpAddress& address, const wire::MacAddress& mac, Instant now) {
  if (mac.is_multicast()) return;
  auto* entry = entry_of(address);
  if (entry == nullptr) {
    entry = free_entry(false);
    if (entry == nullptr) return;
    entry->address = address;
  }
  if (Found{entry->state, entry->mac}.has_mac()) {
    doubt(address, mac, now);
  } else {
    learn(*entry, mac, now);
  }
}

void NextHops::doubt(const wire::IpAddress& address, const wire::MacAddress& mac, Instant now) {
  auto* const entry = entry_of(address);
  if (entry == nullptr || entry->is_given || entry->mac == mac || !Found{entry->state, entry->mac}.has_mac()) return;
  ++counters_.unasked;
  constexpr Duration patience{1'000'000'000};
  const bool was_just_confirmed = entry->due > now + (believed_time - patience);
  if (entry->state == State::known && !was_just_confirmed) {
    ++counters_.checks;
    ask(*entry, State::checking);
  }
}

}  // namespace utnt::unikernel
