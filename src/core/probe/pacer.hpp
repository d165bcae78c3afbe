// SPDX-License-Identifier: BSD-2-Clause
// How fast probes may leave: one bucket for all of them, and ceilings by key (destination prefix, near responder).
// A bucket is one number, the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371 annex A).
#pragma once

#include <cstdint>
#include <span>

#include "base/time.hpp"

namespace utnt::core {

struct PaceLimit {
  std::int64_t interval_ns{0};   ///< 1 / rate; 0 = no limit
  std::int64_t tolerance_ns{0};  ///< (burst - 1) intervals

  static constexpr PaceLimit of(std::uint32_t per_second, std::uint32_t burst) {
    if (per_second == 0) return {};
    const auto interval = 1'000'000'000 / static_cast<std::int64_t>(per_second);
    return {interval, interval * (static_cast<std::int64_t>(burst > 0 ? burst : 1) - 1)};
  }
  [[nodiscard]] constexpr bool unlimited() const { return interval_ns == 0; }
};

/// One bucket: allowed_at() says from when the next packet conforms, take() charges one.
class PaceBucket {
 public:
  [[nodiscard]] Instant allowed_at(const PaceLimit& limit) const {
    return limit.unlimited() ? Instant{} : arrival_ - Duration{limit.tolerance_ns};
  }
  void take(const PaceLimit& limit, Instant now) {
    if (limit.unlimited()) return;
    arrival_ = (arrival_ > now ? arrival_ : now) + Duration{limit.interval_ns};
  }

 private:
  Instant arrival_{};
};

/// Buckets for many keys in fixed memory: keys that share a slot share its rate, so the ceiling is never exceeded.
class PaceTable {
 public:
  PaceTable() = default;
  PaceTable(std::span<PaceBucket> slots, PaceLimit limit) : slots_{slots}, limit_{limit} {}
  [[nodiscard]] bool unlimited() const { return limit_.unlimited(); }
  [[nodiscard]] Instant allowed_at(std::uint64_t key_hash) const {
    return unlimited() ? Instant{} : slot(key_hash).allowed_at(limit_);
  }
  void take(std::uint64_t key_hash, Instant now) {
    if (!unlimited()) slots_[key_hash % slots_.size()].take(limit_, now);
  }

 private:
  [[nodiscard]] const PaceBucket& slot(std::uint64_t key_hash) const { return slots_[key_hash % slots_.size()]; }
  std::span<PaceBucket> slots_;
  PaceLimit limit_;
};

}  // namespace utnt::core
