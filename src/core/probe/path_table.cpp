// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/path_table.hpp"

#include <algorithm>

#include "base/bucket_hash.hpp"

namespace utnt::core {
namespace {

/// A timeout is kept as a share of the longest one: a byte is fine enough.
constexpr std::uint8_t wait_units_max = 250;

}  // namespace

PathTable::Memory PathTable::carve(Arena& arena, std::uint32_t paths_max, std::uint32_t blocks_max) {
  Memory memory;
  memory.paths = arena.take<Path>(paths_max);
  memory.blocks = arena.take<HopBlock>(blocks_max);
  memory.free_paths = arena.take<std::uint32_t>(paths_max);
  memory.free_blocks = arena.take<std::uint32_t>(blocks_max);
  memory.buckets = arena.take<std::uint32_t>(paths_max);
  return memory;
}

PathTable::PathTable(Memory memory, AddressTable& addresses, PathRules rules, RuleSet rule_set, SipKey key)
    : paths_{memory.paths},
      blocks_{memory.blocks},
      buckets_{memory.buckets},
      free_paths_{memory.free_paths},
      free_blocks_{memory.free_blocks},
      addresses_{&addresses},
      rules_{rules},
      rule_set_{rule_set},
      key_{key} {
  for (auto& head : buckets_) head = no_index;
}

std::uint32_t PathTable::distant_block(const Path& path, std::size_t number) const {
  auto block = path.blocks[path_blocks_direct - 1];
  for (auto i = path_blocks_direct - 1; i < number && block != no_index; ++i) block = blocks_[block].next;
  return block;
}

Instant PathTable::sent(const Path& path, const Hop& hop, unsigned attempt) const {
  const auto first = std::uint64_t{hop.first_sent_high_ns} << 32 | hop.first_sent_low_ns;
  auto at = path.started + Duration{static_cast<std::int64_t>(first)};
  for (unsigned i = 0; i < attempt && i < hop.later_ns.size(); ++i) at = at + Duration{hop.later_ns[i]};
  return at;
}

Instant PathTable::deadline(const Path& path, const Hop& hop) const {
  return sent(path, hop, hop.attempts - 1U) + wait_of(hop);
}

Duration PathTable::wait_of(const Hop& hop) const { return rules_.timeout_max * hop.wait_units / wait_units_max; }

// The default rules identify a path without its destination, so that a reply whose quoted destination was rewritten is
// still recognised; the original's paths share all fields but the destination.
std::size_t PathTable::bucket(std::uint16_t id, const wire::IpAddress& destination, Method method) const {
  std::uint64_t key = std::uint64_t{id} << 8 | static_cast<std::uint64_t>(method);
  if (rule_set_ == RuleSet::tnt && destination.is_v4()) key ^= std::uint64_t{destination.v4().value()} << 24;
  return bucket_of(key_, key, 0, buckets_.size());
}

std::uint32_t PathTable::rival(const PathRequest& request) const {
  const auto& destination = addresses_->at(request.destination).address;
  const auto flow = make_flow(key_, rule_set_, request.method, destination, request.flow, PathId{});
  return rival_on(flow, request, bucket(flow.id, destination, request.method));
}

std::uint32_t PathTable::rival_on(const FlowFields& flow, const PathRequest& request, std::size_t bucket) const {
  for (auto i = buckets_[bucket]; i != no_index; i = paths_[i].match_next) {
    const auto& path = paths_[i];
    if (!path.ended && path.flow.id == flow.id && path.request.method == request.method &&
        path.request.destination == request.destination) {
      return i;
    }
  }
  return no_index;
}

PathTable::Opened PathTable::open(const PathRequest& request, PathId id, Instant now) {
  const auto& destination = addresses_->at(request.destination).address;
  const auto flow = make_flow(key_, rule_set_, request.method, destination, request.flow, id);
  const auto bucket = this->bucket(flow.id, destination, request.method);
  if (const auto rival = rival_on(flow, request, bucket); rival != no_index) return {no_index, rival};
  const auto index = free_paths_.take();
  if (index == no_index) return {};
  auto& path = paths_[index];
  path = Path{};
  path.started = now;
  path.id = id;
  path.request = request;
  path.flow = flow;
  path.low_ttl = path.next_ttl = path.cursor = std::max(request.first_ttl, request.begin_ttl);
  path.limit_ttl = request.max_ttl;
  path.blocks.fill(no_index);
  path.is_open = true;
  path.match_next = buckets_[bucket];
  addresses_->pin(request.destination);
  buckets_[bucket] = index;
  return {index, no_index};
}

void PathTable::unlink(std::uint32_t index) {
  auto& path = paths_[index];
  auto* link = &buckets_[bucket(path.flow.id, addresses_->address(path.request.destination), path.request.method)];
  while (*link != index) {
    UTNT_ASSERT(*link != no_index);
    link = &paths_[*link].match_next;
  }
  *link = path.match_next;
}

void PathTable::close(std::uint32_t index) {
  auto& path = paths_[index];
  UTNT_ASSERT(path.is_open);
  unlink(index);
  for (std::size_t ttl = path.low_ttl; ttl < path.next_ttl; ++ttl) addresses_->unpin(hop(path, ttl).record.address);
  for (auto block = path.blocks[0]; block != no_index;) {
    const auto next = blocks_[block].next;
    free_blocks_.give(block);
    block = next;
  }
  addresses_->unpin(path.request.destination);
  path.is_open = false;
  free_paths_.give(index);
}

// A path that begins far out takes the blocks below as well: they follow one another in one list.
bool PathTable::ensure_block(Path& path, std::size_t ttl) {
  const auto last = (ttl - path.request.first_ttl) / hops_per_block;
  if (block_of(path, last) != no_index) return true;
  for (auto number = std::size_t{0}; number <= last; ++number) {
    if (block_of(path, number) != no_index) continue;
    const auto block = free_blocks_.take();
    if (block == no_index) return false;
    blocks_[block] = HopBlock{};
    if (number > 0) blocks_[block_of(path, number - 1)].next = block;
    if (number < path_blocks_direct) path.blocks[number] = block;
  }
  return true;
}

bool PathTable::may_probe_next(const Path& path) const {
  if (path.descending) return path.in_flight == 0 && path.retries_due == 0 && path.low_ttl > path.request.first_ttl;
  if (path.next_ttl > path.limit_ttl) return false;
  const auto unresolved = path.in_flight + path.retries_due;
  const bool distance_known = path.expected_ttl != 0;
  const bool beyond = distance_known && path.next_ttl > path.expected_ttl;
  // Silence where the destination was expected: it is farther away or mute, and waiting for it saves nothing.
  const bool missing =
      beyond && path.expected_ttl >= path.low_ttl && hop(path, path.expected_ttl).state == HopState::silent;
  const auto window = !distance_known ? rules_.window_unknown : beyond && !missing ? 1 : rules_.window;
  if (unresolved >= window) return false;
  const int reached = std::max<int>({path.last_answered, path.request.begin_ttl - 1, path.assumed_ttl});
  return path.next_ttl - 1 - reached < rules_.gap_limit;
}

bool PathTable::has_probe(Path& path) {
  if (path.ended) return false;
  if (path.retries_due > 0) return true;
  if (!may_probe_next(path)) return false;
  if (path.descending || ensure_block(path, path.next_ttl)) return true;
  // The pool of hop blocks is used up: the path ends with what it has.
  if (path.in_flight == 0) conclude(path, {StopReason::error, 0}, static_cast<std::uint16_t>(path.next_ttl - 1));
  return false;
}

NextProbe PathTable::next_probe(Path& path, Instant now) {
  std::uint16_t ttl = path.next_ttl;
  if (path.retries_due > 0) {
    ttl = path.low_ttl;
    while (hop(path, ttl).state != HopState::retry_due) ++ttl;
    --path.retries_due;
  } else {
    UTNT_ASSERT(may_probe_next(path));
    if (path.descending) {
      ttl = --path.low_ttl;
    } else {
      ++path.next_ttl;
    }
  }
  auto& hop = this->hop(path, ttl);
  const std::uint8_t attempt = hop.attempts;
  hop.attempts = static_cast<std::uint8_t>((attempt + 1U) & 3U);
  if (attempt == 0) {
    hop.record.probe_ttl = static_cast<std::uint8_t>(ttl);
    const auto after = static_cast<std::uint64_t>((now - path.started).ns());
    hop.first_sent_low_ns = static_cast<std::uint32_t>(after & 0xffff'ffff);
    hop.first_sent_high_ns = static_cast<std::uint16_t>(after >> 32 & 0xffff);
  } else {
    const auto after = (now - sent(path, hop, attempt - 1U)).ns();
    hop.later_ns[attempt - 1U] = static_cast<std::uint32_t>(std::min<std::int64_t>(after, 0xffff'ffff));
    ++retries_sent_;
  }
  hop.wait_units = wait_units(path, ttl, attempt);
  hop.state = HopState::waiting;
  ++path.in_flight;
  const auto token = rule_set_ == RuleSet::tnt ? path.probes_sent : make_token(static_cast<std::uint8_t>(ttl), attempt);
  ++path.probes_sent;
  return {static_cast<std::uint8_t>(ttl), attempt, token, now + wait_of(hop)};
}

bool PathTable::is_known_silent(const Path& path, std::size_t ttl) {
  const auto bit = ttl - path.request.first_ttl;
  return bit < 32 && (path.request.known_silent >> bit & 1U) != 0;
}

std::uint8_t PathTable::wait_units(const Path& path, std::size_t ttl, std::uint8_t attempt) const {
  if (!rules_.adaptive) return wait_units_max;
  constexpr Duration unmeasured{500'000'000}, shortest{120'000'000}, first_slack{30'000'000}, slack{60'000'000};
  // A quarter more than the slowest answer of this path at first, since a late one still counts; then half as much
  // more.
  const auto measured = attempt == 0 ? path.rtt_max / 4 * 5 + first_slack : path.rtt_max / 2 * 3 + slack;
  const auto wait = path.rtt_max == Duration{}   ? unmeasured
                    : is_known_silent(path, ttl) ? path.rtt_max
                                                 : std::max(measured, shortest);
  const auto units = (wait * wait_units_max).ns() / rules_.timeout_max.ns() + 1;
  return static_cast<std::uint8_t>(std::min<std::int64_t>(units, wait_units_max));
}

std::uint8_t PathTable::attempts_allowed() const {
  // Asking a third time pays only where second questions are answered now and then.
  const bool lossy = retries_sent_ >= 20 && retries_answered_ * 20 >= retries_sent_;
  return lossy ? std::max(rules_.attempts, rules_.attempts_when_lossy) : rules_.attempts;
}

std::optional<Instant> PathTable::deadline(const Path& path) const {
  if (path.in_flight == 0) return std::nullopt;
  std::optional<Instant> earliest;
  // What lies below the cursor is settled, unless the path goes backwards.
  for (std::size_t ttl = path.descending ? path.low_ttl : path.cursor; ttl < path.next_ttl; ++ttl) {
    const auto& hop = this->hop(path, ttl);
    if (hop.state != HopState::waiting) continue;
    const auto at = deadline(path, hop);
    if (!earliest || at < *earliest) earliest = at;
  }
  return earliest;
}

void PathTable::expire(Path& path, Instant now) {
  if (path.ended) return;
  for (std::size_t ttl = path.low_ttl; ttl < path.next_ttl; ++ttl) {
    auto& hop = this->hop(path, ttl);
    if (hop.state != HopState::waiting || deadline(path, hop) > now) continue;
    --path.in_flight;
    if (!rules_.adaptive && hop.attempts < rules_.attempts) {
      hop.state = HopState::retry_due;
      ++path.retries_due;
    } else {
      hop.state = HopState::silent;
    }
  }
  judge(path);
}

bool PathTable::was_sent(const Path& path, std::uint16_t token, std::uint8_t& ttl, std::uint8_t& attempt) const {
  if (rule_set_ == RuleSet::utnt) {
    ttl = token_ttl(token);
    attempt = token_attempt(token);
    return ttl >= path.low_ttl && ttl < path.next_ttl && attempt < hop(path, ttl).attempts;
  }
  // One probe in flight: the counter runs through the attempts of one TTL after the other.
  std::uint16_t counted = 0;
  for (std::uint16_t t = path.low_ttl; t < path.next_ttl; ++t) {
    const auto attempts = hop(path, t).attempts;
    if (token < counted + attempts) {
      ttl = static_cast<std::uint8_t>(t);
      attempt = static_cast<std::uint8_t>(token - counted);
      return true;
    }
    counted = static_cast<std::uint16_t>(counted + attempts);
  }
  return false;
}

bool PathTable::fields_match(const Path& path, const ReplyFacts& facts, PathMatch& match) const {
  if (facts.constant != path.flow.constant) return false;
  if (facts.quoted == QuotedProtocol::icmp_echo) return was_sent(path, facts.sequence, match.ttl, match.attempt);
  const auto plausible = [&](std::uint16_t token) { return was_sent(path, token, match.ttl, match.attempt); };
  return udp_token(path.flow, facts.udp_checksum, facts.probe_ip_id, plausible).has_value();
}

PathMatch PathTable::match(const ReplyFacts& facts, MatchFailure& failure) const {
  failure = MatchFailure::stray;
  const auto method = facts.quoted == QuotedProtocol::udp ? Method::udp_paris : Method::icmp_paris;
  for (auto i = buckets_[bucket(facts.id, facts.probe_destination, method)]; i != no_index; i = paths_[i].match_next) {
    const auto& path = paths_[i];
    if (path.flow.id != facts.id || path.request.method != method) continue;
    const auto& destination = addresses_->address(path.request.destination);
    const bool same = destination == facts.probe_destination;
    if (rule_set_ == RuleSet::tnt && !same) continue;
    // Another destination with the same identifier: a late reply of a path that is closed, more likely than a forgery.
    if (same) failure = MatchFailure::forged;
    PathMatch match{.path = i, .nat = !same && facts.kind != ReplyKind::echo_reply};
    if (!fields_match(path, facts, match)) continue;
    failure = MatchFailure::none;
    return match;
  }
  return {};
}

ReplyUse PathTable::take_reply(Path& path, const PathMatch& match, const HopRecord& record, Instant arrival) {
  auto& hop = this->hop(path, match.ttl);
  ReplyUse use;
  use.late = hop.state != HopState::waiting || match.attempt + 1 != hop.attempts;
  use.duplicate = hop.state == HopState::answered;
  if (use.duplicate || path.frozen) {
    if (hop.state == HopState::answered) use.late = path.frozen;
    addresses_->unpin(record.address);
    return use;
  }
  if (hop.state == HopState::waiting) --path.in_flight;
  if (hop.state == HopState::retry_due) --path.retries_due;
  if (hop.attempts > 1) ++retries_answered_;
  hop.state = HopState::answered;
  hop.record = record;
  hop.record.probe_ttl = match.ttl;
  const auto rtt = arrival - sent(path, hop, match.attempt);
  hop.record.set_rtt(rtt);
  path.rtt_max = std::max(path.rtt_max, rtt);
  path.last_answered = std::max(path.last_answered, match.ttl);
  const bool is_final =
      stop_of_kind(path, hop.record).reason != StopReason::none || hop.record.address == path.request.destination;
  if (is_final) path.limit_ttl = std::min<std::uint16_t>(path.limit_ttl, match.ttl);
  // A late answer to a TTL that was judged silent is judged again.
  path.cursor = std::min<std::uint16_t>(path.cursor, match.ttl);
  if (!path.ended) judge(path);
  return use;
}

PathTable::Stop PathTable::stop_of_kind(const Path& path, const HopRecord& record) {
  const bool icmp = path.request.method == Method::icmp_paris;
  switch (record.kind) {
    case ReplyKind::port_unreachable:
      if (!icmp) return {StopReason::completed, 0};
      return {StopReason::unreachable, record.icmp_code};
    case ReplyKind::unreachable:
      return {StopReason::unreachable, record.icmp_code};
    case ReplyKind::echo_reply:
      if (icmp) return {StopReason::completed, 0};
      break;
    case ReplyKind::packet_too_big:
      return {StopReason::icmp, record.icmp_code};
    case ReplyKind::time_exceeded:
    case ReplyKind::tcp_reset:
    case ReplyKind::none:
      break;
  }
  return {};
}

// In the order of the specification: the kind of the reply, a loop, a time exceeded by the destination.
PathTable::Stop PathTable::stop_of_answer(const Path& path, std::uint16_t ttl) const {
  const auto& record = hop(path, ttl).record;
  if (const auto stop = stop_of_kind(path, record); stop.reason != StopReason::none) return stop;
  if (loops(path, ttl)) return {StopReason::loop, 0};
  if (record.is_time_exceeded() && record.address == path.request.destination) return {StopReason::completed, 0};
  return {};
}

bool PathTable::loops(const Path& path, std::uint16_t ttl) const {
  const auto address = hop(path, ttl).record.address;
  for (std::uint16_t other = path.low_ttl; other < ttl; ++other) {
    if (hop(path, other).record.address == address) return other + 1 != ttl;
  }
  return false;
}

bool PathTable::gap_ends_at(const Path& path, std::uint16_t ttl) const {
  if (ttl + 1 < path.request.begin_ttl + rules_.gap_limit) return false;
  for (std::uint16_t i = 0; i < rules_.gap_limit; ++i) {
    if (hop(path, static_cast<std::size_t>(ttl - i)).state != HopState::silent) return false;
  }
  return true;
}

void PathTable::judge(Path& path) {
  if (path.descending) return descend(path);
  while (!path.ended && path.cursor < path.next_ttl) {
    const auto ttl = path.cursor;
    const auto state = hop(path, ttl).state;
    if (state == HopState::answered) {
      const auto stop = stop_of_answer(path, ttl);
      if (stop.reason != StopReason::none) return conclude(path, stop, ttl);
    } else if (state == HopState::silent) {
      if (gap_ends_at(path, ttl)) return conclude(path, {StopReason::gap_limit, 0}, ttl);
    } else {
      return;
    }
    ++path.cursor;
    if (path.cursor > path.request.max_ttl) return conclude(path, {StopReason::hop_limit, 0}, ttl);
  }
}

// Before a path ends, its silent hops are asked once more, all at the same time.
bool PathTable::schedule_second_chances(Path& path, std::uint16_t below_ttl) {
  if (!rules_.adaptive) return false;
  const auto allowed = attempts_allowed();
  const auto first_trailing = std::max<int>(path.last_answered + 1, path.request.begin_ttl);
  bool any = false;
  for (std::uint16_t ttl = path.low_ttl; ttl < below_ttl && ttl <= first_trailing; ++ttl) {
    auto& hop = this->hop(path, ttl);
    const auto attempts = is_known_silent(path, ttl) ? 1U : allowed;
    if (hop.state != HopState::silent || hop.attempts >= attempts) continue;
    hop.state = HopState::retry_due;
    ++path.retries_due;
    any = true;
  }
  if (any) path.cursor = path.low_ttl;
  return any;
}

void PathTable::conclude(Path& path, Stop stop, std::uint16_t last_ttl) {
  const bool gave_up = stop.reason == StopReason::gap_limit || stop.reason == StopReason::hop_limit;
  if (stop.reason != StopReason::error &&
      schedule_second_chances(path, static_cast<std::uint16_t>(gave_up ? last_ttl + 1 : last_ttl))) {
    return;
  }
  path.stop = stop.reason;
  path.stop_data = stop.data;
  path.last_ttl = static_cast<std::uint8_t>(last_ttl);
  if (path.low_ttl > path.request.first_ttl && stop.reason != StopReason::error) {
    path.descending = true;
    return;
  }
  finish(path);
}

// Backwards one TTL at a time, until a router answers where an earlier trace saw it.
// Source: Donnet et al., "Efficient algorithms for large-scale topology discovery" (SIGMETRICS 2005).
void PathTable::descend(Path& path) {
  const auto& hop = this->hop(path, path.low_ttl);
  if (path.low_ttl == path.request.begin_ttl || hop.state == HopState::waiting || hop.state == HopState::retry_due)
    return;
  const bool answered = hop.state == HopState::answered;
  if (answered) {
    // The destination was nearer than the begin of the path.
    if (const auto stop = stop_of_kind(path, hop.record); stop.reason != StopReason::none) {
      path.stop = stop.reason;
      path.stop_data = stop.data;
      path.last_ttl = static_cast<std::uint8_t>(path.low_ttl);
    }
  }
  const bool known = answered && addresses_->at(hop.record.address).seen_ttl == path.low_ttl;
  if (known || path.low_ttl == path.request.first_ttl) finish(path);
}

void PathTable::finish(Path& path) {
  path.ended = true;
  if (path.request.begin_ttl <= path.request.first_ttl) return;
  for (std::uint16_t ttl = path.low_ttl; ttl <= path.last_ttl; ++ttl) {
    const auto& record = hop(path, ttl).record;
    if (!record.is_silent()) addresses_->at(record.address).seen_ttl = static_cast<std::uint8_t>(ttl);
  }
}

void PathTable::halt(Path& path) {
  if (path.ended) return;
  path.stop = StopReason::halted;
  path.last_ttl = static_cast<std::uint8_t>(path.next_ttl - 1);
  path.ended = true;
}

}  // namespace utnt::core
