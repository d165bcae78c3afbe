// SPDX-License-Identifier: BSD-2-Clause
// The life of one revelation: a trace to the target, its judgement, the next target, and at the end the fingerprints of
// the LSRs found.
#include <algorithm>

#include "core/campaign/campaign.hpp"
#include "core/reveal/buddy.hpp"
#include "core/reveal/path_agreement.hpp"

namespace utnt::core {
namespace {

ProbeUse use_of(const Evaluation& evaluation, bool on_buddy, Trigger trigger) {
  switch (evaluation.outcome) {
    case Outcome::revealed:
      return on_buddy ? ProbeUse::buddy : ProbeUse::revealed;
    case Outcome::nothing_revealed:
      return trigger == Trigger::none ? ProbeUse::brute_force : ProbeUse::nothing_revealed;
    case Outcome::ingress_not_found:
      return ProbeUse::ingress_not_found;
    case Outcome::target_not_reached:
      return ProbeUse::target_not_reached;
  }
  return ProbeUse::nothing_revealed;
}

/// A router may answer by another interface than the one that the target names: the target is whoever sends the final
/// answer. Towards a buddy the address of that answer is the very thing to learn.
void recognise_target(const RevealTask& task, std::span<HopRecord> hops) {
  if (hops.empty() || task.buddy_next) return;
  auto& last = hops.back();
  const bool is_final = last.kind == ReplyKind::echo_reply || last.kind == ReplyKind::port_unreachable;
  if (is_final) last.address = task.revelation.target;
}

/// The hop that stands where `start` should and may be the same router under another address: the one that was taken
/// for it before, the one that names the same incoming interface as `seen`, its record in the initial trace, or, once
/// no other flow has shown `start` itself, the one behind the same neighbour. Null when there is none, or none is
/// needed.
HopRecord* other_face_of_start(const RevealTask& task, const HopRecord& seen, std::span<HopRecord> hops) {
  HopRecord* found = nullptr;
  const bool scouted = task.scout_rounds > 0 && task.good_flows == 0;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    if (hops[i].address == task.revelation.start) return nullptr;
    if (hops[i].probe_ttl != task.start_ttl || hops[i].is_silent() || i + 1 == hops.size()) continue;
    const bool same_neighbour = i > 0 && task.before != no_address && hops[i - 1].address == task.before;
    const bool is_known = hops[i].address == task.start_alias || is_same_interface(hops[i], seen);
    if (is_known || (scouted && same_neighbour)) found = &hops[i];
  }
  return found;
}

/// The paths of one revelation cross the same routers: who was silent twice is not waited for again.
void remember_silence(RevealTask& task, std::span<const HopRecord> hops) {
  for (std::size_t i = 0; i < hops.size() && i < 32; ++i) {
    const auto bit = std::uint32_t{1} << i;
    task.known_silent = hops[i].is_silent() ? task.known_silent | bit : task.known_silent & ~bit;
  }
}

void begin_target(RevealTask& task) {
  task.scout_rounds = 0;
  task.good_flows = 0;
}

}  // namespace

std::span<HopRecord> EngineState::task_hops(std::uint32_t task) const {
  return memory_.task_hops.subspan(task * lsp_hops_max, lsp_hops_max);
}

void EngineState::step_task(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  switch (task.stage) {
    case RevealTask::Stage::free:
      return;
    case RevealTask::Stage::confirming:
      return confirm(index);
    case RevealTask::Stage::launching:
      return launch_path(index);
    case RevealTask::Stage::tracing:
      return judge_path(index);
    case RevealTask::Stage::scouting:
      return scout(index);
    case RevealTask::Stage::buddy_ping:
      return resolve_buddy(index);
    case RevealTask::Stage::fingerprinting:
      return finish_task(index);
  }
}

// The egress candidate is asked again at its TTL, by the flow of the trace: a signal that does not come back was no
// tunnel but a change of route, and the revelation is not worth its probes.
void EngineState::confirm(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  if (task.path == no_index) {
    task.path = open_path({.kind = PathKind::confirmation,
                           .method = config_.method,
                           .destination = task.destination,
                           .requester = task.requester,
                           .owner = task_work(index),
                           .flow = config_.flow,
                           .tunnel = tunnels_.at(task.entry).id,
                           .first_ttl = task.next_ttl,
                           .max_ttl = task.next_ttl,
                           .begin_ttl = task.next_ttl},
                          task_work(index));
    return;
  }
  const auto& path = paths_.at(task.path);
  const auto& again = paths_.hop(path, task.next_ttl).record;
  charge(task.requester, ProbeUse::confirmation, path.probes_sent);
  // Silence says nothing: the router may limit its answers.
  const bool same = again.address == task.revelation.next && again.te_ttl == task.next_te_ttl;
  task.refuted = !again.is_silent() && !same;
  tunnels_.at(task.entry).samples = static_cast<std::uint8_t>(same ? 2 : 1);
  close_task_path(task);
  task.stage = task.refuted ? RevealTask::Stage::fingerprinting : RevealTask::Stage::launching;
  return task.refuted ? finish_task(index) : launch_path(index);
}

PathRequest EngineState::revelation_request(std::uint32_t index, bool to_buddy) const {
  const auto& task = memory_.tasks[index];
  return {.kind = to_buddy ? PathKind::buddy : PathKind::revelation,
          .method = to_buddy ? Method::udp_paris : task.method,
          .destination = to_buddy ? task.revelation.buddy : task.revelation.target,
          .requester = task.requester,
          .owner = task_work(index),
          .flow = task.flow,
          .tunnel = tunnels_.at(task.entry).id,
          .step = task.revelation.step,
          .first_ttl = task.first_ttl,
          .max_ttl = task.target_ttl == 0 ? config_.max_ttl : distance_to_target(task),
          .begin_ttl = task.first_ttl,
          .known_silent = task.known_silent};
}

// Once a trace has shown the target, at most one more LSR is hidden before it, whichever way labels are given out. The
// first target lies a few hops behind the ingress: as many as the evidence says, or the usual handful.
std::uint8_t EngineState::distance_to_target(const RevealTask& task) const {
  constexpr unsigned usual_lsrs = 3;
  const unsigned estimate = task.revelation.estimated_lsrs != 0 ? task.revelation.estimated_lsrs : usual_lsrs;
  const unsigned distance = task.target_ttl != 0 ? task.target_ttl + 1U : task.next_ttl + estimate;
  return static_cast<std::uint8_t>(std::min<unsigned>(distance, config_.max_ttl));
}

void EngineState::launch_path(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  const auto target = task.buddy_next ? task.revelation.buddy : task.revelation.target;
  if (blocked(addresses_.address(target))) {
    const Evaluation unreachable{.outcome = Outcome::target_not_reached};
    return follow(index, advance(task.revelation, unreachable, {}, task_hops(index), revelation_rules()));
  }
  const auto& known = addresses_.at(target);
  const bool utnt = config_.rules == RuleSet::utnt;
  // A target that is known to be mute to one method is asked by the other at once.
  if (utnt && !task.buddy_next && !task.method_switched && task.method == Method::icmp_paris &&
      known.ping_state == PingState::known && known.er_ttl == 0) {
    switch_method(task);
  }
  task.path = open_path(revelation_request(index, task.buddy_next), task_work(index));
  if (task.path == no_index) return;
  task.stage = RevealTask::Stage::tracing;
  if (!utnt) return;
  expect_target(task, task.path);
  // Where the step before needed a buddy or another flow, this one will hardly do without.
  if (!task.buddy_next && task.step_was_buddy && task.ahead == no_index) open_ahead(index);
  if (task.step_was_scouted && task.target_ttl != 0 && !has_scouts(task)) open_scouts_ahead(index);
}

void EngineState::expect_target(const RevealTask& task, std::uint32_t path) {
  const auto distance = distance_to_target(task);
  paths_.expect(paths_.at(path), distance, task.next_rtt);
  paths_.assume(paths_.at(path), static_cast<std::uint8_t>(distance - 1));
}

// The buddy of the target is traced while the target is.
void EngineState::open_ahead(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  set_buddy(task, buddy_of(addresses_.address(task.revelation.target).v4(), false));
  if (task.revelation.buddy == no_address || blocked(addresses_.address(task.revelation.buddy))) return;
  auto request = revelation_request(index, true);
  request.owner = no_index;
  task.ahead = open_path_now(request);
  if (task.ahead != no_index) expect_target(task, task.ahead);
}

// True when the trace to the buddy has been under way already; the task takes it over.
bool EngineState::take_ahead(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  if (task.ahead == no_index) return false;
  task.path = task.ahead;
  task.ahead = no_index;
  task.stage = RevealTask::Stage::tracing;
  if (paths_.at(task.path).ended) {
    judge_path(index);
  } else {
    paths_.at(task.path).request.owner = task_work(index);
  }
  return true;
}

void EngineState::drop_ahead(RevealTask& task) {
  if (task.ahead != no_index) abandon_path(task.ahead, task.requester);
  task.ahead = no_index;
}

void EngineState::abandon_path(std::uint32_t index, const Requester& requester) {
  auto& path = paths_.at(index);
  charge(requester, ProbeUse::confirmation, path.probes_sent);
  if (!path.ended) {
    paths_.halt(path);
    timers_.cancel(index);
    emit_path_end(path);
    wake(path.waiters);
  }
  paths_.close(index);
  wake(path_slot_waiters_);
}

EngineState::Assessment EngineState::assess(RevealTask& task, std::span<HopRecord> hops) {
  if (config_.rules == RuleSet::tnt) {
    return {task.buddy_next ? evaluate_buddy(task.revelation, hops, revelation_rules())
                            : evaluate_ordinary(task.revelation, hops),
            Agreement::agrees};
  }
  recognise_target(task, hops);
  const auto& seen = paths_.hop(paths_.at(memory_.jobs[task.requester.job].path), task.start_ttl).record;
  if (auto* const ingress = other_face_of_start(task, seen, hops)) {
    if (task.start_alias == no_address) task.start_alias = addresses_.pin(ingress->address);
    ingress->address = task.revelation.start;
  }
  if (!task.buddy_next) place_silent_end(task.revelation, hops);
  const auto evaluation = task.buddy_next ? evaluate_buddy(task.revelation, hops, revelation_rules())
                                          : evaluate_ordinary(task.revelation, hops);
  return {evaluation, agreement_of(task, evaluation, hops)};
}

void EngineState::judge_path(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  const bool tnt = config_.rules == RuleSet::tnt;
  const auto& path = paths_.at(task.path);
  const auto hops = load_path(path, memory_.scratch);
  auto [evaluation, agreement] = assess(task, hops);
  const bool farther = evaluation.outcome == Outcome::target_not_reached && path.stop == StopReason::hop_limit &&
                       task.target_ttl != 0 && !hops.back().is_silent();
  if (!tnt && farther) {
    drop_scouts(task);
    drop_ahead(task);
    task.target_ttl = 0;
    charge(task.requester, ProbeUse::target_not_reached, path.probes_sent);
    return trace_again(index);
  }
  const bool missed = evaluation.outcome == Outcome::ingress_not_found || agreement != Agreement::agrees;
  if (!tnt && missed && try_other_flow(index, agreement)) return;
  // Another branch before the ingress is tolerated in the end: the ingress itself stands where it stood.
  if (agreement > Agreement::prefix_differs) evaluation = {.outcome = Outcome::ingress_not_found};
  charge(task.requester, use_of(evaluation, task.buddy_next, task.revelation.trigger), path.probes_sent);
  if (!tnt && evaluation.outcome != Outcome::target_not_reached) remember_silence(task, hops);
  const bool at_ingress = task.buddy_next && !hops.empty() && hops.back().address == task.revelation.start;
  if (!tnt && !at_ingress && try_otherwise(index, evaluation.outcome)) {
    drop_scouts(task);
    begin_target(task);
    return trace_again(index);
  }
  task.step_was_scouted = task.scout_rounds > 0 && evaluation.outcome == Outcome::revealed;
  task.step_was_buddy = task.buddy_next && evaluation.outcome == Outcome::revealed;
  const auto step = advance(task.revelation, evaluation, hops, task_hops(index), revelation_rules());
  drop_scouts(task);
  if (step.action != Step::Action::buddy) drop_ahead(task);
  // The path is about to let go of the addresses of the new LSRs.
  for (const auto& hop : revealed_lsp(task.revelation, task_hops(index)).first(step.fresh)) {
    addresses_.pin(hop.address);
    if (!tnt && !hop.is_silent()) look_up_ping(hop.address, task.requester, hop.rtt());
  }
  close_task_path(task);
  begin_target(task);
  task.target_ttl = 0;
  for (const auto& hop : hops) {
    if (hop.address == task.revelation.target) task.target_ttl = hop.probe_ttl;
  }
  task.method_switched = false;
  follow(index, step);
}

void EngineState::trace_again(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  close_task_path(task);
  task.stage = RevealTask::Stage::launching;
  launch_path(index);
}

void EngineState::close_task_path(RevealTask& task) {
  paths_.close(task.path);
  task.path = no_index;
  wake(path_slot_waiters_);
}

void EngineState::follow(std::uint32_t index, const Step& step) {
  auto& task = memory_.tasks[index];
  task.buddy_next = step.action == Step::Action::buddy;
  switch (step.action) {
    case Step::Action::trace:
      task.stage = RevealTask::Stage::launching;
      return launch_path(index);
    case Step::Action::buddy:
      task.stage = RevealTask::Stage::buddy_ping;
      return resolve_buddy(index);
    case Step::Action::done:
      task.stage = RevealTask::Stage::fingerprinting;
      return finish_task(index);
  }
}

// What was revealed must belong to the path of the trace.
Agreement EngineState::agreement_of(const RevealTask& task, const Evaluation& evaluation,
                                    std::span<const HopRecord> hops) {
  if (task.buddy_next || evaluation.outcome != Outcome::revealed) return Agreement::agrees;
  const auto& target = addresses_.at(task.revelation.target);
  const auto fingerprint = target.ping_state == PingState::known ? target.er_ttl : std::uint8_t{0};
  const auto original = load_path(paths_.at(memory_.jobs[task.requester.job].path), memory_.original);
  return compare_with_original(original, task.revelation, hops, fingerprint);
}

// After a miss: the other method may reach the target, the other address of the block may be the buddy. False when all
// was tried.
bool EngineState::try_otherwise(std::uint32_t index, Outcome outcome) {
  auto& task = memory_.tasks[index];
  if (outcome == Outcome::revealed) return false;
  if (task.buddy_next) {
    const auto other = other_buddy(addresses_.address(task.revelation.target).v4(), false);
    if (!other || task.other_buddy_tried) return false;
    task.other_buddy_tried = true;
    set_buddy(task, *other);
    return true;
  }
  if (outcome == Outcome::target_not_reached && !task.method_switched) {
    switch_method(task);
    return true;
  }
  return false;
}

void EngineState::switch_method(RevealTask& task) {
  task.method_switched = true;
  task.method = task.method == Method::icmp_paris ? Method::udp_paris : Method::icmp_paris;
}

void EngineState::set_buddy(RevealTask& task, wire::Ipv4Address address) {
  addresses_.unpin(task.pinned_buddy);
  task.pinned_buddy = addresses_.pin(address);
  task.revelation.buddy = task.pinned_buddy;
}

// The original: the position inside the /30 and, where that leaves a doubt, a ping to its base tell the other end of
// the link. The default rules try a /30 and then a /31 instead: the base of a /30 is mute, and waiting for it is slow.
void EngineState::resolve_buddy(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  const auto address = addresses_.address(task.revelation.target).v4();
  bool base_answered = false;
  const auto base = config_.rules == RuleSet::tnt ? buddy_base(address) : std::nullopt;
  if (base) {
    const auto ref = addresses_.pin(*base);
    if (ref != no_address) {
      const auto ping = look_up_ping(ref, task.requester, {});
      addresses_.unpin(ref);
      if (!ping.known) {
        wait_in(*ping.waiters, task_work(index));
        return;
      }
      base_answered = ping.er_ttl != 0;
    }
  }
  set_buddy(task, buddy_of(address, base_answered));
  if (take_ahead(index)) return;
  task.other_buddy_tried = false;
  task.stage = RevealTask::Stage::launching;
  launch_path(index);
}

void EngineState::finish_task(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  const auto lsp = revealed_lsp(task.revelation, task_hops(index));
  if (!fingerprint(task_work(index), lsp, task.requester, task.fingerprinted)) return;
  for (auto& hop : lsp) {
    if (hop.is_silent()) continue;
    const auto& address = addresses_.at(hop.address);
    hop.er_ttl = address.er_ttl;
    hop.unreachable_ttl = address.unreachable_ttl;
    hop.reserved = address.reserved;
  }
  auto& entry = tunnels_.at(task.entry);
  entry.result = task.revelation;
  if (task.revelation.list_was_full) ++counters_.table_full;
  if (!tunnels_.store(task.entry, lsp)) {
    ++counters_.table_full;
    entry.result.lsp_count = 0;
  }
  entry.known = true;
  entry.task = no_index;
  entry.flow = task.flow;
  const bool expires = config_.rules == RuleSet::utnt;
  const auto lifetime = entry.result.lsp_count > 0 ? config_.tunnel_lifetime : config_.negative_lifetime;
  entry.expires = expires ? now_ + lifetime : Instant{INT64_MAX};
  for (const auto& hop : lsp) addresses_.unpin(hop.address);
  addresses_.unpin(task.pinned_buddy);
  addresses_.unpin(task.before);
  addresses_.unpin(task.start_alias);
  addresses_.unpin(task.destination);
  entry.refuted = task.refuted;
  wake(entry.waiters);
  task.stage = RevealTask::Stage::free;
  free_tasks_.give(index);
  wake(task_slot_waiters_);
}

}  // namespace utnt::core
