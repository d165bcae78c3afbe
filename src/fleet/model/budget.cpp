// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/budget.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"

namespace utnt::fleet {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

struct Range {
  std::string_view prefix;
  std::string_view why;
};
/// The best known ranges by their names (RFC 6890, RFC 1918, RFC 4193); all others are in wire::is_reserved().
constexpr std::array ranges{Range{"127.0.0.0/8", "is a loopback address"},
                            Range{"::1/128", "is a loopback address"},
                            Range{"10.0.0.0/8", "is private"},
                            Range{"172.16.0.0/12", "is private"},
                            Range{"192.168.0.0/16", "is private"},
                            Range{"fc00::/7", "is private"},
                            Range{"169.254.0.0/16", "is link-local"},
                            Range{"fe80::/10", "is link-local"},
                            Range{"224.0.0.0/4", "is a multicast address"},
                            Range{"ff00::/8", "is a multicast address"}};

std::uint32_t burst_of(std::uint32_t per_second, std::uint32_t burst_ms) {
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, std::uint64_t{per_second} * burst_ms / 1'000));
}

}  // namespace

TokenBucket::TokenBucket(std::uint32_t per_second, std::uint32_t burst)
    : token_ns_{(second_ns + per_second - 1) / per_second}, burst_ns_{token_ns_ * burst}, burst_{burst} {
  UTNT_ASSERT(per_second >= 1);
  UTNT_ASSERT(burst >= 1);
}

std::optional<Instant> TokenBucket::ready_at(std::uint32_t tokens, Instant now) const {
  if (tokens > burst_) return std::nullopt;
  return std::max(now, full_at_ - Duration{burst_ns_ - token_ns_ * tokens});
}

bool TokenBucket::take(std::uint32_t tokens, Instant now) {
  const auto ready = ready_at(tokens, now);
  if (!ready || *ready > now) return false;
  full_at_ = std::max(full_at_, now) + Duration{token_ns_ * tokens};
  return true;
}

ProbeBudget::ProbeBudget(const BudgetLimits& limits)
    : limits_{limits}, node_{limits.node_pps, burst_of(limits.node_pps, limits.burst_ms)} {}

wire::IpAddress ProbeBudget::prefix_of(const wire::IpAddress& target) const {
  if (target.is_v4()) {
    const auto bits = std::min<unsigned>(limits_.ipv4_prefix, 32);
    const auto mask = bits == 0 ? 0U : ~std::uint32_t{0} << (32 - bits);
    return wire::Ipv4Address{target.v4().value() & mask};
  }
  if (target.is_none()) return target;
  auto address = target.v6();
  for (std::size_t bit = limits_.ipv6_prefix; bit < 128; ++bit)
    address.octets[bit / 8] = static_cast<std::uint8_t>(address.octets[bit / 8] & ~(0x80U >> (bit % 8)));
  return address;
}

TokenBucket* ProbeBudget::bucket_of(const wire::IpAddress& prefix, Instant now) {
  const auto known = prefixes_.find(prefix);
  if (known != prefixes_.end()) return &known->second;
  if (prefixes_.size() >= limits_.prefixes_max)
    std::erase_if(prefixes_, [now](const auto& entry) { return entry.second.is_full(now); });
  if (prefixes_.size() >= limits_.prefixes_max) return nullptr;
  const auto burst = burst_of(limits_.prefix_pps, limits_.burst_ms);
  return &prefixes_.emplace(prefix, TokenBucket{limits_.prefix_pps, burst}).first->second;
}

ProbeBudget::Verdict ProbeBudget::take(const wire::IpAddress& target, std::uint32_t probes, Instant now) {
  const auto node_ready = node_.ready_at(probes, now);
  if (!node_ready || *node_ready > now) return Verdict::node;
  auto* bucket = bucket_of(prefix_of(target), now);
  if (bucket == nullptr || !bucket->take(probes, now)) return Verdict::prefix;
  UTNT_ASSERT(node_.take(probes, now));
  return Verdict::granted;
}

std::optional<Instant> ProbeBudget::ready_at(const wire::IpAddress& target, std::uint32_t probes, Instant now) const {
  const auto node_ready = node_.ready_at(probes, now);
  if (!node_ready) return std::nullopt;
  const auto known = prefixes_.find(prefix_of(target));
  if (known == prefixes_.end()) {
    if (prefixes_.size() >= limits_.prefixes_max || probes > burst_of(limits_.prefix_pps, limits_.burst_ms))
      return std::nullopt;
    return node_ready;
  }
  const auto prefix_ready = known->second.ready_at(probes, now);
  if (!prefix_ready) return std::nullopt;
  return std::max(*node_ready, *prefix_ready);
}

std::optional<std::string_view> forbidden_target(const wire::IpAddress& address,
                                                 std::span<const wire::Prefix> on_link) {
  for (const auto& range : ranges)
    if (wire::parse_prefix(range.prefix)->contains(address)) return range.why;
  if (wire::is_reserved(address)) return "is a special-purpose address";
  if (std::ranges::any_of(on_link, [&](const auto& prefix) { return prefix.contains(address); }))
    return "lies on the node's own network";
  return std::nullopt;
}

}  // namespace utnt::fleet
