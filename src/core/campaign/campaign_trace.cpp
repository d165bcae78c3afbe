// SPDX-License-Identifier: BSD-2-Clause
// The life of one trace: its path, the fingerprints of its hops, the classification, the tests of what may hide
// tunnels.
#include <algorithm>

#include "core/campaign/campaign.hpp"
#include "core/reveal/tnt_candidates.hpp"
#include "core/reveal/tnt_label_pass.hpp"
#include "core/reveal/utnt_candidates.hpp"
#include "core/reveal/utnt_label_pass.hpp"

namespace utnt::core {
namespace {

/// Doubletree begins where paths from one vantage point have mostly parted, but few have ended.
std::uint8_t begin_ttl(const EngineConfig& config) {
  constexpr std::uint8_t mid_path = 6;
  return config.doubletree ? std::max(config.first_ttl, std::min(mid_path, config.max_ttl)) : config.first_ttl;
}

}  // namespace

std::span<HopRecord> EngineState::load_path(const Path& path, std::span<HopRecord> into) {
  std::size_t count = 0;
  for (std::size_t ttl = path.low_ttl; ttl <= path.last_ttl; ++ttl) {
    auto& record = into[count++];
    record = paths_.hop(path, ttl).record;
    record.probe_ttl = static_cast<std::uint8_t>(ttl);
    if (record.is_silent()) continue;
    const auto& entry = addresses_.at(record.address);
    const bool known = entry.ping_state == PingState::known;
    record.er_ttl = known ? entry.er_ttl : std::uint8_t{0};
    record.unreachable_ttl = known ? entry.unreachable_ttl : std::uint8_t{0};
    record.reserved = entry.reserved;
    record.is_destination = record.address == path.request.destination;
  }
  return into.first(count);
}

void EngineState::store_marks(Path& path, std::span<const HopRecord> hops) {
  for (std::size_t i = 0; i < hops.size(); ++i) {
    auto& record = paths_.hop(path, path.low_ttl + i).record;
    record.marks = hops[i].marks;
    record.discoveries = hops[i].discoveries;
    record.attempts = hops[i].attempts;
    record.egress_ambiguous = hops[i].egress_ambiguous;
  }
}

// Starts what is missing and waits for the first ping that is not done; called again when that one is.
bool EngineState::fingerprint(std::uint32_t work, std::span<const HopRecord> hops, const Requester& requester,
                              std::uint16_t& settled) {
  PingLookup pending{.known = true};
  for (std::size_t i = settled; i < hops.size(); ++i) {
    if (hops[i].is_silent()) continue;
    const auto ping = look_up_ping(hops[i].address, requester, hops[i].rtt());
    if (!ping.known && pending.known) pending = ping;
    if (pending.known) settled = static_cast<std::uint16_t>(i + 1);
  }
  if (!pending.known) wait_in(*pending.waiters, work);
  return pending.known;
}

void EngineState::step_job(std::uint32_t index) {
  auto& job = memory_.jobs[index];
  if (job.stage == TraceJob::Stage::tracing) {
    if (job.path == no_index) {
      job.path = open_path({.kind = PathKind::initial,
                            .method = config_.method,
                            .destination = job.destination,
                            .requester = requester_of(index),
                            .owner = index,
                            .flow = config_.flow,
                            .first_ttl = config_.first_ttl,
                            .max_ttl = config_.max_ttl,
                            .begin_ttl = begin_ttl(config_)},
                           index);
      return;
    }
    charge(requester_of(index), ProbeUse::initial, paths_.at(job.path).probes_sent);
    job.stage = TraceJob::Stage::fingerprinting;
  }
  if (job.stage == TraceJob::Stage::fingerprinting) {
    if (!fingerprint(index, load_path(paths_.at(job.path), memory_.scratch), requester_of(index), job.cursor)) return;
    job.cursor = 0;
    classify_job(index);
    job.stage = TraceJob::Stage::revealing;
  }
  if (job.stage != TraceJob::Stage::revealing) return;
  if (config_.rules == RuleSet::tnt) {
    reveal_first(index);
  } else {
    reveal_all(index);
  }
}

void EngineState::classify_job(std::uint32_t index) {
  auto& path = paths_.at(memory_.jobs[index].path);
  paths_.freeze(path);
  const auto hops = load_path(path, memory_.scratch);
  if (config_.rules == RuleSet::tnt) {
    tnt_label_pass(hops);
  } else {
    utnt_label_pass(hops);
  }
  store_marks(path, hops);
}

std::optional<RevelationTest> EngineState::next_test(std::span<const HopRecord> hops, std::size_t& cursor) const {
  const RevealOptions options{
      .frpla_min = config_.frpla_min, .rtla_min = config_.rtla_min, .brute_force = config_.brute_force};
  return config_.rules == RuleSet::tnt ? tnt_next_test(hops, cursor, options) : utnt_next_test(hops, cursor, options);
}

HopRecord& EngineState::hop_of(const TraceJob& job, std::size_t index) {
  auto& path = paths_.at(job.path);
  return paths_.hop(path, path.low_ttl + index).record;
}

// Bit i: the path got no answer from TTL first + i, for TTLs below `end`.
std::uint32_t EngineState::silent_ttls(const Path& path, std::uint8_t first, std::uint8_t end) const {
  std::uint32_t mask = 0;
  for (std::size_t ttl = std::max<std::size_t>(first, path.low_ttl); ttl < end && ttl < first + 32U; ++ttl) {
    if (paths_.hop(path, ttl).record.is_silent()) mask |= std::uint32_t{1} << (ttl - first);
  }
  return mask;
}

std::uint32_t EngineState::add_test(TraceJob& job, const RevelationTest& test) {
  const auto slot = job.test_count < trace_tests_max ? free_tests_.take() : no_index;
  if (slot == no_index) {
    ++counters_.table_full;
    return no_index;
  }
  memory_.tests[slot] = TraceTest{.test = test};
  auto* link = &job.tests;
  while (*link != no_index) link = &memory_.tests[*link].next;
  *link = slot;
  ++job.test_count;
  return slot;
}

void EngineState::drop_tests(TraceJob& job) {
  while (job.tests != no_index) {
    const auto& test = memory_.tests[job.tests];
    if (test.entry != no_index) tunnels_.unpin(test.entry);
    free_tests_.give(job.tests);
    job.tests = test.next;
  }
  job.test_count = 0;
  wake(test_slot_waiters_);
}

void EngineState::finish_job(std::uint32_t index) {
  memory_.jobs[index].stage = TraceJob::Stage::reporting;
  reports_.push(memory_.work_next, index);
}

// The original: one test after the other, until the first that reveals something.
void EngineState::reveal_first(std::uint32_t index) {
  auto& job = memory_.jobs[index];
  for (;;) {
    if (job.tests != no_index) {
      auto& pending = memory_.tests[job.tests];
      if (pending.entry == no_index && !attach_test(index, pending)) return;
      if (pending.entry != no_index) {
        auto& entry = tunnels_.at(pending.entry);
        if (!entry.known) return wait_in(entry.waiters, index);
        if (entry.result.lsp_count > 0) return finish_job(index);
        report_failure(hop_of(job, pending.test.next_index), entry.result);
      }
      drop_tests(job);
    }
    auto cursor = std::size_t{job.cursor};
    const auto test = next_test(load_path(paths_.at(job.path), memory_.scratch), cursor);
    if (test && free_tests_.available() == 0) return wait_in(test_slot_waiters_, index);
    job.cursor = static_cast<std::uint16_t>(cursor);
    if (!test || add_test(job, *test) == no_index) return finish_job(index);
  }
}

// The default rules: all tests at once; the report begins when the last of them is settled.
void EngineState::reveal_all(std::uint32_t index) {
  auto& job = memory_.jobs[index];
  const auto hops = job.tests_complete ? std::span<HopRecord>{} : load_path(paths_.at(job.path), memory_.scratch);
  std::size_t cursor = 0;
  while (!job.tests_complete) {
    const auto test = next_test(hops, cursor);
    // Only who holds no slot may wait for one: then those who hold some can always finish.
    if (test && job.tests == no_index && free_tests_.available() == 0) return wait_in(test_slot_waiters_, index);
    job.tests_complete = !test || add_test(job, *test) == no_index;
  }
  auto unsettled = no_index;
  for (auto slot = job.tests; slot != no_index; slot = memory_.tests[slot].next) {
    auto& pending = memory_.tests[slot];
    if (pending.entry == no_index && !pending.skipped) {
      const auto rival = rival_test(job, slot);
      if (rival == Rival::undecided) continue;
      pending.skipped = rival == Rival::revealed;
      if (pending.skipped) continue;
      if (!attach_test(index, pending)) return;
      pending.skipped = pending.entry == no_index;
    }
    if (pending.entry != no_index && !tunnels_.at(pending.entry).known && unsettled == no_index)
      unsettled = pending.entry;
  }
  if (unsettled != no_index) return wait_in(tunnels_.at(unsettled).waiters, index);
  for (auto slot = job.tests; slot != no_index; slot = memory_.tests[slot].next) {
    const auto& settled = memory_.tests[slot];
    if (settled.entry == no_index || tunnels_.at(settled.entry).result.lsp_count > 0) continue;
    report_failure(hop_of(job, settled.test.next_index), tunnels_.at(settled.entry).result);
  }
  finish_job(index);
}

// Tests of one group explain the same signal and go one after the other: how did those before `slot` end?
EngineState::Rival EngineState::rival_test(const TraceJob& job, std::uint32_t slot) {
  const auto group = memory_.tests[slot].test.group;
  if (group == 0) return Rival::none;
  for (auto other = job.tests; other != slot; other = memory_.tests[other].next) {
    const auto& before = memory_.tests[other];
    if (before.test.group != group || before.skipped) continue;
    if (before.entry == no_index || !tunnels_.at(before.entry).known) return Rival::undecided;
    if (tunnels_.at(before.entry).result.lsp_count > 0) return Rival::revealed;
  }
  return Rival::none;
}

// False: the job waits for a free revelation slot. True with entry = no_index: the cache is full of tunnels in use, the
// test is given up and counted.
bool EngineState::attach_test(std::uint32_t index, TraceTest& pending) {
  const auto& test = pending.test;
  const TunnelKey key{test.start, test.next, test.ingress_is_silent};
  pending.entry = tunnels_.find(key, now_);
  if (pending.entry != no_index) {
    pending.reused = true;
    ++counters_.revelations_reused;
    return true;
  }
  if (free_tasks_.available() == 0) {
    wait_in(task_slot_waiters_, index);
    return false;
  }
  pending.entry = tunnels_.add(key, TunnelId{tunnels_started_ + 1});
  if (pending.entry == no_index) {
    ++counters_.table_full;
    return true;
  }
  ++tunnels_started_;
  ++counters_.revelations;
  const auto slot = free_tasks_.take();
  auto& task = memory_.tasks[slot];
  task = RevealTask{};
  task.revelation = begin_revelation(test);
  task.requester = requester_of(index);
  task.entry = pending.entry;
  task.flow = config_.flow;
  task.method = config_.method;
  task.first_ttl = test.first_ttl;
  const auto& start = hop_of(memory_.jobs[index], test.start_index);
  task.start_ttl = start.probe_ttl;
  task.known_silent = silent_ttls(paths_.at(memory_.jobs[index].path), test.first_ttl, task.start_ttl);
  if (test.start_index > 0) task.before = addresses_.pin(hop_of(memory_.jobs[index], test.start_index - 1U).address);
  const auto& next = hop_of(memory_.jobs[index], test.next_index);
  task.next_ttl = next.probe_ttl;
  task.next_te_ttl = next.te_ttl;
  task.next_rtt = next.rtt();
  task.destination = addresses_.pin(memory_.jobs[index].destination);
  task.stage = test.wants_confirmation ? RevealTask::Stage::confirming : RevealTask::Stage::launching;
  tunnels_.at(pending.entry).task = slot;
  ready_.push(memory_.work_next, task_work(slot));
  return true;
}

}  // namespace utnt::core
