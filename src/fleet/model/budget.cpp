// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/assert.hpp"
#include "results/address_text.hpp"

namespace utnt::fleet {
namespace {

constexpr std::int64_t step_ns = 300'000'000'000, minute_ns = 60'000'000'000;
constexpr std::string_view budget_format = "utnt-budget-1";
constexpr unsigned ipv4_prefix = 24, ipv6_prefix = 48;

wire::IpAddress prefix_of(const wire::IpAddress& target) {
  if (target.is_v4()) return wire::Ipv4Address{target.v4().value() & ~std::uint32_t{0} << (32 - ipv4_prefix)};
  if (target.is_none()) return target;
  auto address = target.v6();
  std::fill(address.octets.begin() + ipv6_prefix / 8, address.octets.end(), std::uint8_t{0});
  return address;
}

std::string prefix_text(const wire::IpAddress& prefix) {
  return fmt::format("{}/{}", results::address_text(prefix), prefix.is_v4() ? ipv4_prefix : ipv6_prefix);
}

/// Of what is left, one for each of the other slots stays; of the rest the last slot gets all, others half. 0: nothing
/// is left.
std::uint64_t share_of_rate(std::uint64_t limit, std::uint64_t given, std::uint32_t other_slots) {
  if (given >= limit) return 0;
  const auto left = limit - given;
  const auto spare = left - std::min<std::uint64_t>(other_slots, left - 1);
  return other_slots == 0 ? spare : (spare + 1) / 2;
}

std::string used_up(const std::string& whose, const HourCount& count, std::uint64_t need, std::uint64_t limit,
                    Instant now) {
  if (need > limit) return fmt::format("{}: it may need {} probes, {} are allowed in an hour", whose, need, limit);
  const auto wait = count.falls_to(limit - need, now) - now;
  return fmt::format("{}: {} of {} probes an hour are used or promised and it may need {}; again in {} min", whose,
                     count.sum(now), limit, need, (wait.ns() + minute_ns - 1) / minute_ns);
}

}  // namespace

void HourCount::advance(std::int64_t step) {
  for (auto next = std::max(newest_ + 1, step - static_cast<std::int64_t>(steps) + 1); next <= step; ++next)
    counts_[static_cast<std::size_t>(next) % steps] = 0;
  newest_ = std::max(newest_, step);
}

void HourCount::add(std::uint64_t probes, Instant at) {
  const auto step = std::max<std::int64_t>(at.ns() / step_ns, 0);
  advance(step);
  counts_[static_cast<std::size_t>(step) % steps] += probes;
}

void HourCount::take_back(std::uint64_t probes, Instant at) {
  const auto step = std::max<std::int64_t>(at.ns() / step_ns, 0);
  if (step > newest_ || step <= newest_ - static_cast<std::int64_t>(steps)) return;
  auto& count = counts_[static_cast<std::size_t>(step) % steps];
  count -= std::min(count, probes);
}

std::uint64_t HourCount::sum(Instant now) const {
  const auto step = std::max<std::int64_t>(now.ns() / step_ns, 0);
  std::uint64_t sum = 0;
  for (auto i = std::max<std::int64_t>(step - static_cast<std::int64_t>(steps) + 1, 0); i <= newest_; ++i)
    if (i > newest_ - static_cast<std::int64_t>(steps)) sum += counts_[static_cast<std::size_t>(i) % steps];
  return sum;
}

Instant HourCount::falls_to(std::uint64_t most, Instant now) const {
  auto at = now;
  while (sum(at) > most) at = Instant{(at.ns() / step_ns + 1) * step_ns};
  return at;
}

std::string HourCount::text(Instant now) const {
  const auto step = std::max<std::int64_t>(now.ns() / step_ns, 0);
  const auto oldest = std::max<std::int64_t>(
      {step - static_cast<std::int64_t>(steps) + 1, newest_ - static_cast<std::int64_t>(steps) + 1, 0});
  std::string text;
  for (auto i = oldest; i <= newest_; ++i)
    if (const auto count = counts_[static_cast<std::size_t>(i) % steps]; count != 0)
      text += fmt::format("{}{}:{}", text.empty() ? "" : " ", i, count);
  return text;
}

bool HourCount::add_text(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    std::int64_t step = -1;
    std::uint64_t count = 0;
    const auto colon = std::from_chars(word.data(), word.data() + word.size(), step);
    constexpr std::int64_t step_max = INT64_MAX / step_ns;
    if (colon.ec != std::errc{} || colon.ptr == word.data() + word.size() || *colon.ptr != ':' || step < newest_ ||
        step > step_max)
      return false;
    const auto last = std::from_chars(colon.ptr + 1, word.data() + word.size(), count);
    if (last.ec != std::errc{} || last.ptr != word.data() + word.size()) return false;
    add(count, Instant{step * step_ns});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

BudgetLimits lower_of(const BudgetLimits& one, const BudgetLimits& other) {
  const auto lower = [](auto a, auto b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); };
  return {.pps = lower(one.pps, other.pps),
          .prefix_pps = lower(one.prefix_pps, other.prefix_pps),
          .probes_per_hour = lower(one.probes_per_hour, other.probes_per_hour),
          .prefix_probes_per_hour = lower(one.prefix_probes_per_hour, other.prefix_probes_per_hour)};
}

ProbeBudget::Answer ProbeBudget::take(const std::string& job, const Wish& wish, const BudgetLimits& limits,
                                      Instant now) {
  settle([&](const std::string& other) { return other == job; }, now);
  Taken taken;
  taken.at = now;
  for (const auto& target : wish.targets) {
    const auto address = wire::parse_address(target);
    if (!address) return {.why = "no address: " + target};
    ++taken.targets[prefix_of(*address)];
    ++taken.all_targets;
  }
  if (auto why = shortage(taken, limits, now); !why.empty()) return {.why = std::move(why)};
  if (auto why = share_out(taken, wish, limits); !why.empty()) return {.why = std::move(why)};
  if (!make_room(taken, now)) return {.why = "this node watches too many prefixes; again when some have rested"};
  pps_ += taken.share.pps;
  for (const auto& [prefix, count] : taken.targets) {
    auto& watched = prefixes_[prefix];
    watched.pps += taken.share.prefix_pps;
    ++watched.jobs;
  }
  taken.charged = taken.all_targets * probes_per_target;
  charge(taken, taken.charged, now);
  const auto share = taken.share;
  jobs_[job] = std::move(taken);
  return {.share = share, .why = {}};
}

/// What of the hours' totals is short; empty: nothing.
std::string ProbeBudget::shortage(const Taken& taken, const BudgetLimits& limits, Instant now) const {
  const auto need = taken.all_targets * probes_per_target;
  if (limits.probes_per_hour != 0 && node_.sum(now) + need > limits.probes_per_hour)
    return used_up("this node", node_, need, limits.probes_per_hour, now);
  if (limits.prefix_probes_per_hour == 0) return {};
  for (const auto& [prefix, targets] : taken.targets) {
    const auto known = prefixes_.find(prefix);
    const auto& count = known == prefixes_.end() ? HourCount{} : known->second.probes;
    const auto prefix_need = targets * probes_per_target;
    if (count.sum(now) + prefix_need > limits.prefix_probes_per_hour)
      return used_up(prefix_text(prefix), count, prefix_need, limits.prefix_probes_per_hour, now);
  }
  return {};
}

std::string ProbeBudget::share_out(Taken& taken, const Wish& wish, const BudgetLimits& limits) const {
  const auto wanted = std::max<std::uint32_t>(wish.pps, 1);
  taken.share.pps = wanted;
  if (limits.pps != 0) {
    const auto share = share_of_rate(limits.pps, pps_, wish.other_slots);
    if (share == 0) return fmt::format("this node: its {} packets a second are given to other jobs", limits.pps);
    taken.share.pps = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, share));
  }
  if (limits.prefix_pps == 0) return {};
  std::uint64_t least = limits.prefix_pps;
  for (const auto& [prefix, targets] : taken.targets) {
    const auto known = prefixes_.find(prefix);
    const auto given = known == prefixes_.end() ? 0 : known->second.pps;
    const auto share = share_of_rate(limits.prefix_pps, given, wish.other_slots);
    if (share == 0)
      return fmt::format("{}: its {} packets a second are given to other jobs", prefix_text(prefix), limits.prefix_pps);
    least = std::min(least, share);
  }
  taken.share.prefix_pps = static_cast<std::uint32_t>(least);
  return {};
}

bool ProbeBudget::make_room(const Taken& taken, Instant now) {
  if (prefixes_.size() + taken.targets.size() <= prefixes_max) return true;
  std::erase_if(prefixes_,
                [&](const auto& entry) { return entry.second.jobs == 0 && entry.second.probes.sum(now) == 0; });
  return prefixes_.size() + taken.targets.size() <= prefixes_max;
}

std::string ProbeBudget::text(std::string_view boot, Instant now) const {
  auto text = fmt::format("{} {}\nnode {}\n", budget_format, boot, node_.text(now));
  for (const auto& [prefix, watched] : prefixes_)
    if (const auto counts = watched.probes.text(now); !counts.empty())
      text += fmt::format("{} {}\n", results::address_text(prefix), counts);
  return text;
}

bool ProbeBudget::restore(std::string_view text, std::string_view boot) {
  HourCount node;
  std::map<wire::IpAddress, Prefix> prefixes;
  if (!text.starts_with(fmt::format("{} {}\nnode ", budget_format, boot))) return false;
  text.remove_prefix(text.find('\n') + 1);
  while (!text.empty()) {
    const auto end = text.find('\n'), blank = text.find(' ');
    if (end == std::string_view::npos || blank > end || prefixes.size() == prefixes_max) return false;
    const auto name = text.substr(0, blank), counts = text.substr(blank + 1, end - blank - 1);
    const auto address = wire::parse_address(name);
    if (name != "node" && !address) return false;
    if (!(name == "node" ? node : prefixes[*address].probes).add_text(counts)) return false;
    text.remove_prefix(end + 1);
  }
  node_ = node;
  prefixes_ = std::move(prefixes);
  return true;
}

/// To each prefix its part, rounded up.
void ProbeBudget::charge(const Taken& taken, std::uint64_t probes, Instant at) {
  is_changed_ = true;
  node_.add(probes, at);
  for (const auto& [prefix, targets] : taken.targets)
    prefixes_[prefix].probes.add((probes * targets + taken.all_targets - 1) / taken.all_targets, at);
}

std::optional<ProbeBudget::Share> ProbeBudget::share_of(const std::string& job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? std::nullopt : std::optional{found->second.share};
}

void ProbeBudget::sent(const std::string& job, std::uint64_t probes, Instant now) {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return;
  auto& taken = found->second;
  taken.sent = std::max(taken.sent, probes);
  if (taken.sent <= taken.charged) return;
  charge(taken, taken.sent - taken.charged, now);
  taken.charged = taken.sent;
}

void ProbeBudget::settle(const std::function<bool(const std::string& job)>& is_over, Instant now) {
  for (auto next = jobs_.begin(); next != jobs_.end();) {
    const auto current = next++;
    if (!is_over(current->first)) continue;
    release(current->second, now);
    jobs_.erase(current);
  }
}

void ProbeBudget::release(const Taken& taken, Instant now) {
  UTNT_ASSERT(pps_ >= taken.share.pps);
  pps_ -= taken.share.pps;
  const auto reserved = taken.all_targets * probes_per_target;
  // What was sent counts from now on, not from when it was reserved: the hour begins when the last probe has gone.
  node_.take_back(reserved, taken.at);
  for (const auto& [prefix, targets] : taken.targets) {
    auto& watched = prefixes_[prefix];
    UTNT_ASSERT(watched.jobs > 0);
    watched.pps -= taken.share.prefix_pps;
    --watched.jobs;
    watched.probes.take_back(targets * probes_per_target, taken.at);
  }
  charge(taken, std::min(taken.sent, reserved), now);
}

}  // namespace utnt::fleet
