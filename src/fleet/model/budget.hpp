// SPDX-License-Identifier: BSD-2-Clause
// How many probes may go out: a token bucket for the node, and one for each target prefix, so that neither a campaign
// nor several of them crowd one network. And where no probe may go at all. Source: the fleet specification, findings
// 16 and 17; the buckets are the generic cell rate algorithm (ITU-T I.371), which needs one time each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>

#include "base/time.hpp"
#include "wire/address.hpp"

namespace utnt::fleet {

class TokenBucket {
 public:
  /// `per_second` tokens come in every second, at most `burst` lie there; both at least 1. It begins full.
  TokenBucket(std::uint32_t per_second, std::uint32_t burst);

  /// True, and they are gone; or false, and nothing has changed. More than the burst never are there.
  bool take(std::uint32_t tokens, Instant now);
  /// The first moment at which take() would succeed, `now` when it would at once; nothing: never.
  [[nodiscard]] std::optional<Instant> ready_at(std::uint32_t tokens, Instant now) const;
  [[nodiscard]] bool is_full(Instant now) const { return full_at_ <= now; }

 private:
  std::int64_t token_ns_;  ///< rounded up: rather too slow than too fast
  std::int64_t burst_ns_;
  std::uint32_t burst_;
  Instant full_at_{INT64_MIN / 2};
};

struct BudgetLimits {
  std::uint32_t node_pps{1'000};
  std::uint32_t prefix_pps{20};
  std::uint32_t burst_ms{1'000};  ///< how much of a second's worth may go out at once
  std::uint8_t ipv4_prefix{24};
  std::uint8_t ipv6_prefix{48};
  std::size_t prefixes_max{100'000};  ///< watched at a time; with more, those that have rested are forgotten
};

class ProbeBudget {
 public:
  explicit ProbeBudget(const BudgetLimits& limits);

  enum class Verdict : std::uint8_t { granted, node, prefix };
  /// Granted: counted in both buckets. Else the one that is short, and nothing has changed. A prefix beyond
  /// prefixes_max whose neighbours have not rested is refused as well.
  Verdict take(const wire::IpAddress& target, std::uint32_t probes, Instant now);
  /// As with TokenBucket; nothing too when take() would have to forget a prefix first.
  [[nodiscard]] std::optional<Instant> ready_at(const wire::IpAddress& target, std::uint32_t probes, Instant now) const;
  [[nodiscard]] std::size_t prefixes() const { return prefixes_.size(); }

 private:
  [[nodiscard]] wire::IpAddress prefix_of(const wire::IpAddress& target) const;
  TokenBucket* bucket_of(const wire::IpAddress& prefix, Instant now);

  BudgetLimits limits_;
  TokenBucket node_;
  std::map<wire::IpAddress, TokenBucket> prefixes_;
};

/// Why no probe may go to this address, as a sentence's end ("is private", "lies on the node's own network"); nothing:
/// one may. `on_link` are the networks that the node is part of.
std::optional<std::string_view> forbidden_target(const wire::IpAddress& address, std::span<const wire::Prefix> on_link);

}  // namespace utnt::fleet
