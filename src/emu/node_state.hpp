// SPDX-License-Identifier: BSD-2-Clause
// What a router remembers between packets: IP-ID counters, token buckets, the queue of its ICMP slow path.
#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "emu/knobs.hpp"

namespace utnt::emu {

/// Token bucket on exact integers: a token is 10^9 units, so that `per_second` units arrive per nanosecond.
class TokenBucket {
 public:
  /// Takes a token at `now`; false when there is none. A `now` before an earlier one counts as that one.
  bool take(const RateLimit& limit, Instant now) {
    constexpr std::int64_t token = 1'000'000'000;
    const std::int64_t full = token * limit.burst;
    if (!started_) {
      started_ = true;
      units_ = full;
      at_ = now;
    }
    if (now > at_) {
      const std::int64_t elapsed = (now - at_).ns();
      const std::int64_t room = full - units_;
      units_ = elapsed >= room / limit.per_second + 1 ? full : units_ + elapsed * limit.per_second;
      if (units_ > full) units_ = full;
      at_ = now;
    }
    if (units_ < token) return false;
    units_ -= token;
    return true;
  }

 private:
  std::int64_t units_{0};
  Instant at_;
  bool started_{false};
};

/// Rate limits of one kind of answer: one bucket for the router, or one for each of the first sources seen.
class AnswerLimiter {
 public:
  bool allow(const RateLimit& limit, std::uint32_t source, Instant now) {
    if (limit.per_second == 0) return true;
    if (!limit.per_source) return buckets_[0].take(limit, now);
    for (unsigned i = 0; i < sources_max; ++i) {
      if (sources_[i] == 0) sources_[i] = source;
      if (sources_[i] == source) return buckets_[i].take(limit, now);
    }
    return buckets_[sources_max - 1].take(limit, now);
  }

 private:
  static constexpr unsigned sources_max = 4;
  std::uint32_t sources_[sources_max]{};
  TokenBucket buckets_[sources_max];
};

struct NodeState {
  std::uint16_t ip_id{0};
  std::uint16_t interface_ip_id[16]{};  ///< by the low four bits of a hash of the interface address
  std::uint32_t packets{0};             ///< forwarded so far: the per-packet balancing counter
  std::uint32_t answers{0};             ///< made so far: decides which answers a fault hits
  std::uint64_t first_flow{0};          ///< first flow_id seen, for pinned balancing
  bool has_first_flow{false};
  Instant slow_path_free;
  AnswerLimiter te, er, du;
};

}  // namespace utnt::emu
