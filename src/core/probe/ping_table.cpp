// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/ping_table.hpp"

#include <algorithm>

namespace utnt::core {
namespace {

constexpr std::size_t tag_bytes = 8;

}  // namespace

std::uint8_t most_frequent_ttl(std::span<const PingReply> replies) {
  std::uint8_t best = 0;
  std::ptrdiff_t best_count = 0;
  for (const auto& candidate : replies) {
    const auto count = std::count_if(replies.begin(), replies.end(),
                                     [&](const PingReply& reply) { return reply.ttl == candidate.ttl; });
    if (count > best_count || (count == best_count && candidate.ttl > best)) {
      best = candidate.ttl;
      best_count = count;
    }
  }
  return best;
}

PingTable::Memory PingTable::carve(Arena& arena, std::uint32_t tasks_max, std::uint8_t replies_max) {
  Memory memory;
  memory.tasks = arena.take<PingTask>(tasks_max);
  memory.replies = arena.take<PingReply>(std::size_t{tasks_max} * replies_max);
  memory.free_tasks = arena.take<std::uint32_t>(tasks_max);
  memory.buckets = arena.take<std::uint32_t>(tasks_max);
  return memory;
}

PingTable::PingTable(Memory memory, AddressTable& addresses, PingRules rules, SipKey key)
    : tasks_{memory.tasks},
      replies_{memory.replies},
      buckets_{memory.buckets},
      free_tasks_{memory.free_tasks},
      replies_max_{memory.replies.size() / std::max<std::size_t>(memory.tasks.size(), 1)},
      addresses_{&addresses},
      rules_{rules},
      key_{key} {
  for (auto& head : buckets_) head = no_index;
}

std::uint32_t PingTable::open(AddressRef address, const Requester& requester, Duration rtt, Instant now) {
  const auto index = free_tasks_.take();
  if (index == no_index) return no_index;
  auto& task = tasks_[index];
  task = PingTask{};
  task.started = now;
  task.address = addresses_->pin(address);
  task.requester = requester;
  task.timeout = rules_.timeout_max;
  if (rules_.adaptive) {
    const auto measured = rtt.ns() == 0 ? Duration{400'000'000} : rtt / 2 * 3 + Duration{100'000'000};
    task.timeout = std::min(measured, rules_.timeout_max);
  }
  const auto& entry = addresses_->at(address);
  std::uint64_t words[2] = {0, 0};
  const auto octets = entry.address.octets();
  for (std::size_t i = 0; i < octets.size(); ++i) words[i / 8] = words[i / 8] << 8 | octets[i];
  task.tag = siphash(key_, words[0], words[1], 0x70696e67);
  task.identifier = static_cast<std::uint16_t>(task.tag * 0x9e37'79b9'7f4a'7c15U >> 48);
  auto& head = buckets_[bucket(task.identifier)];
  task.match_next = head;
  head = index;
  return index;
}

void PingTable::close(std::uint32_t index) {
  auto& task = tasks_[index];
  auto* link = &buckets_[bucket(task.identifier)];
  while (*link != index) {
    UTNT_ASSERT(*link != no_index);
    link = &tasks_[*link].match_next;
  }
  *link = task.match_next;
  addresses_->unpin(task.address);
  free_tasks_.give(index);
}

std::uint8_t PingTable::next_probe(PingTask& task, Instant now) {
  if (task.sent == 0) task.started = now;
  task.sent_before = task.last_sent;
  task.last_sent = now;
  task.waiting = true;
  task.deadline = now + task.timeout;
  return task.sent++;
}

void PingTable::expire(PingTask& task, Instant now) {
  if (task.done || !task.waiting || task.deadline > now) return;
  task.waiting = false;
  if (task.sent >= sends_max(task)) task.done = true;
}

std::uint32_t PingTable::match(const ReplyFacts& facts, bool& forged) const {
  if (facts.kind != ReplyKind::echo_reply || facts.echo_data.size() < tag_bytes) return no_index;
  const auto tag = load_be64(facts.echo_data, facts.echo_data.size() - tag_bytes);
  for (auto i = buckets_[bucket(facts.id)]; i != no_index; i = tasks_[i].match_next) {
    const auto& task = tasks_[i];
    if (task.identifier != facts.id) continue;
    if (task.tag == tag && facts.sequence < task.sent) return i;
    forged = forged || facts.from == addresses_->address(task.address);
  }
  return no_index;
}

void PingTable::take_reply(std::uint32_t index, const ReplyFacts& facts, Instant arrival) {
  auto& task = tasks_[index];
  const auto stored = replies_.subspan(index * replies_max_, replies_max_);
  for (std::size_t i = 0; i < task.replies; ++i) {
    if (stored[i].sequence == facts.sequence) return;
  }
  if (task.done || task.replies >= replies_max_) return;
  if (facts.sequence + 2 < task.sent) return;  // too late to know when its probe left
  const bool latest = facts.sequence + 1 == task.sent;
  const auto sent = latest ? task.last_sent : task.sent_before;
  stored[task.replies++] = PingReply{.sent = sent,
                                     .rtt = arrival - sent,
                                     .from = facts.from,
                                     .ttl = facts.ttl,
                                     .ip_id = facts.ip_id,
                                     .bytes = facts.bytes,
                                     .sequence = static_cast<std::uint8_t>(facts.sequence)};
  if (task.sent >= sends_max(task)) {
    task.done = true;
  } else if (latest && task.waiting && rules_.adaptive) {
    task.waiting = false;
  } else if (latest && task.waiting) {
    task.deadline = task.last_sent + rules_.spacing;
  }
}

std::span<const PingReply> PingTable::replies_of(std::uint32_t index) const {
  return std::span<const PingReply>{replies_}.subspan(index * replies_max_, tasks_[index].replies);
}

Ping PingTable::event(std::uint32_t index, const wire::IpAddress& source, std::uint16_t probe_bytes) const {
  const auto& task = tasks_[index];
  Ping ping{.trace = task.requester.trace,
            .source = source,
            .address = addresses_->address(task.address),
            .user_id = task.requester.user_id,
            .sent = task.sent,
            .er_ttl = most_frequent_ttl(replies_of(index)),
            .icmp_id = task.identifier,
            .first_sequence = 0,
            .probe_bytes = probe_bytes,
            .wait_ms = static_cast<std::uint16_t>(rules_.timeout_max.ns() / 1'000'000),
            .at = task.started,
            .replies = task.replies};
  std::copy_n(replies_of(index).begin(), task.replies, ping.reply.begin());
  return ping;
}

}  // namespace utnt::core
