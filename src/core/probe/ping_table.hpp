// SPDX-License-Identifier: BSD-2-Clause
// Fingerprint pings in flight: one task an address, however many traces want it.
// Source: the TNT specification, section 3.2; a ping lost once is asked again under the default rules.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/arena.hpp"
#include "base/index_queue.hpp"
#include "base/siphash.hpp"
#include "core/events.hpp"
#include "core/probe/address_table.hpp"
#include "core/probe/path.hpp"
#include "core/probe/reply_facts.hpp"

namespace utnt::core {

struct PingRules {
  std::uint8_t pings{1};    ///< echo requests per address
  std::uint8_t retries{0};  ///< further ones while nothing was answered
  bool adaptive{false};     ///< timeout and spacing from the RTT of the hop
  Duration timeout_max{1'000'000'000};
  Duration spacing{1'000'000'000};
};

struct PingTask {
  Instant started;
  Instant last_sent;
  Instant deadline;     ///< of the latest probe, or when the next one is due
  Instant sent_before;  ///< of the probe before the latest
  AddressRef address;
  Requester requester;
  std::uint32_t match_next{no_index};
  std::uint32_t signature{no_index};  ///< the path that asks by UDP meanwhile
  IndexQueue waiters;
  Duration timeout;
  std::uint64_t tag{0};
  std::uint16_t identifier{0};
  std::uint8_t sent{0};
  std::uint8_t replies{0};
  bool waiting{false};  ///< a probe is out
  bool done{false};
};

class PingTable {
 public:
  struct Memory {
    std::span<PingTask> tasks;
    std::span<PingReply> replies;  ///< `replies_max` per task
    std::span<std::uint32_t> free_tasks, buckets;
  };
  static Memory carve(Arena& arena, std::uint32_t tasks_max, std::uint8_t replies_max);

  PingTable(Memory memory, AddressTable& addresses, PingRules rules, SipKey key);

  [[nodiscard]] std::size_t available() const { return free_tasks_.available(); }
  PingTask& at(std::uint32_t task) { return tasks_[task]; }
  /// no_index when every slot is taken. `rtt`: of the hop, or zero when unknown.
  std::uint32_t open(AddressRef address, const Requester& requester, Duration rtt, Instant now);
  void close(std::uint32_t task);

  [[nodiscard]] bool has_probe(const PingTask& task) const {
    return !task.done && !task.waiting && task.sent < sends_max(task);
  }
  /// Notes a probe as sent at `now`; its sequence number.
  std::uint8_t next_probe(PingTask& task, Instant now);
  /// True when the task became done, or wants to send again.
  void expire(PingTask& task, Instant now);
  /// The task that `facts` (an echo reply) answers, or no_index.
  [[nodiscard]] std::uint32_t match(const ReplyFacts& facts, bool& forged) const;
  void take_reply(std::uint32_t task, const ReplyFacts& facts, Instant arrival);
  /// The result as an event.
  [[nodiscard]] Ping event(std::uint32_t task, const wire::IpAddress& source, std::uint16_t probe_bytes) const;

 private:
  [[nodiscard]] unsigned sends_max(const PingTask& task) const {
    return task.replies == 0 ? unsigned{rules_.pings} + rules_.retries : rules_.pings;
  }
  [[nodiscard]] std::size_t bucket(std::uint16_t identifier) const { return identifier % buckets_.size(); }
  [[nodiscard]] std::span<const PingReply> replies_of(std::uint32_t task) const;

  std::span<PingTask> tasks_;
  std::span<PingReply> replies_;
  std::span<std::uint32_t> buckets_;
  FreeList free_tasks_;
  std::size_t replies_max_;
  AddressTable* addresses_;
  PingRules rules_;
  SipKey key_;
};

/// The most frequent TTL among `replies`; ties go to the largest; 0 for none.
std::uint8_t most_frequent_ttl(std::span<const PingReply> replies);

}  // namespace utnt::core
