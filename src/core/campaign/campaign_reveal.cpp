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

/// Further flows for one target: with two branches of equal weight, all four miss the ingress once in thirty-two cases.
constexpr std::uint8_t further_flows_max = 4;

/// A router may answer by another interface than the one that the trace or the target names.
/// The target is whoever sends the final answer; the ingress is whoever stands at its TTL behind the same neighbour.
void recognise_ends(const RevealTask& task, std::span<HopRecord> hops) {
  if (hops.empty()) return;
  auto& last = hops.back();
  const bool is_final = last.kind == ReplyKind::echo_reply || last.kind == ReplyKind::port_unreachable;
  // Towards a buddy the address of the final answer is the very thing to learn.
  if (is_final && !task.buddy_next) last.address = task.revelation.target;
  for (const auto& hop : hops) {
    if (hop.address == task.revelation.start) return;
  }
  for (std::size_t i = 1; i + 1 < hops.size(); ++i) {
    const bool same_place = hops[i].probe_ttl == task.start_ttl && !hops[i].is_silent();
    const bool same_neighbour = task.before != no_address && hops[i - 1].address == task.before;
    if (same_place && same_neighbour) hops[i].address = task.revelation.start;
  }
}

}  // namespace

std::span<HopRecord> EngineState::task_hops(std::uint32_t task) {
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

void EngineState::launch_path(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  const auto target = task.buddy_next ? task.revelation.buddy : task.revelation.target;
  if (blocked(addresses_.address(target))) {
    const Evaluation unreachable{.outcome = Outcome::target_not_reached};
    return follow(index, advance(task.revelation, unreachable, {}, task_hops(index), revelation_rules()));
  }
  const auto& known = addresses_.at(target);
  // A target that is known to be mute to one method is asked by the other at once.
  if (config_.rules == RuleSet::utnt && !task.buddy_next && !task.method_switched &&
      task.method == Method::icmp_paris && known.ping_state == PingState::known && known.er_ttl == 0) {
    switch_method(task);
  }
  task.path = open_path({.kind = task.buddy_next ? PathKind::buddy : PathKind::revelation,
                         .method = task.buddy_next ? Method::udp_paris : task.method,
                         .destination = target,
                         .requester = task.requester,
                         .owner = task_work(index),
                         .flow = task.flow,
                         .tunnel = tunnels_.at(task.entry).id,
                         .step = task.revelation.step,
                         .first_ttl = task.first_ttl,
                         .max_ttl = config_.max_ttl,
                         .begin_ttl = task.first_ttl,
                         .patient_from_ttl = task.start_ttl},
                        task_work(index));
  if (task.path == no_index) return;
  task.stage = RevealTask::Stage::tracing;
  // The target lies a few hops behind the ingress: as many as the evidence says, or the usual handful.
  constexpr unsigned usual_lsrs = 3;
  const auto hidden = std::max<unsigned>(task.revelation.estimated_lsrs, usual_lsrs);
  if (config_.rules == RuleSet::utnt) {
    paths_.expect(paths_.at(task.path), static_cast<std::uint8_t>(std::min(task.next_ttl + hidden, 255U)),
                  task.next_rtt);
  }
}

void EngineState::judge_path(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  const auto& path = paths_.at(task.path);
  const auto hops = load_path(path, memory_.scratch);
  if (config_.rules == RuleSet::utnt) {
    recognise_ends(task, hops);
    if (!task.buddy_next) place_silent_end(task.revelation, hops);
  }
  auto evaluation = task.buddy_next ? evaluate_buddy(task.revelation, hops, revelation_rules())
                                    : evaluate_ordinary(task.revelation, hops);
  if (config_.rules == RuleSet::utnt && !is_believable(task, evaluation, hops)) {
    evaluation = {.outcome = Outcome::ingress_not_found};
  }
  charge(task.requester, use_of(evaluation, task.buddy_next, task.revelation.trigger), path.probes_sent);
  if (config_.rules == RuleSet::utnt && try_otherwise(index, evaluation.outcome)) {
    close_task_path(task);
    task.stage = RevealTask::Stage::launching;
    return launch_path(index);
  }
  const auto step = advance(task.revelation, evaluation, hops, task_hops(index), revelation_rules());
  // The path is about to let go of the addresses of the new LSRs.
  for (const auto& hop : revealed_lsp(task.revelation, task_hops(index)).first(step.fresh)) addresses_.pin(hop.address);
  close_task_path(task);
  task.flows_tried = 0;
  task.method_switched = false;
  task.method = config_.method;
  follow(index, step);
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

// What was revealed must belong to the path of the trace. Another branch before the ingress is looked around for on
// other flows, and tolerated in the end: the ingress itself stands where it stood.
bool EngineState::is_believable(const RevealTask& task, const Evaluation& evaluation, std::span<const HopRecord> hops) {
  if (task.buddy_next || evaluation.outcome != Outcome::revealed) return true;
  const auto& target = addresses_.at(task.revelation.target);
  const auto fingerprint = target.ping_state == PingState::known ? target.er_ttl : std::uint8_t{0};
  const auto original = load_path(paths_.at(memory_.jobs[task.requester.job].path), memory_.original);
  switch (compare_with_original(original, task.revelation, hops, fingerprint)) {
    case Agreement::agrees:
      return true;
    case Agreement::prefix_differs:
      return task.flows_tried >= further_flows_max;
    case Agreement::start_moved:
    case Agreement::target_moved:
      return false;
  }
  return true;
}

// After a miss: another flow may pass the ingress, the other method may reach the target, the other address of the
// block may be the buddy. False when all was tried.
bool EngineState::try_otherwise(std::uint32_t index, Outcome outcome) {
  auto& task = memory_.tasks[index];
  if (outcome == Outcome::revealed) return false;
  if (outcome == Outcome::ingress_not_found && task.flows_tried < further_flows_max) {
    ++task.flows_tried;
    ++task.flow;
    return true;
  }
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
        wait_in(ping.task == no_index ? ping_slot_waiters_ : pings_.at(ping.task).waiters, task_work(index));
        return;
      }
      base_answered = ping.er_ttl != 0;
    }
  }
  set_buddy(task, buddy_of(address, base_answered));
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
  addresses_.unpin(task.destination);
  entry.refuted = task.refuted;
  wake(entry.waiters);
  task.stage = RevealTask::Stage::free;
  free_tasks_.give(index);
  wake(task_slot_waiters_);
}

}  // namespace utnt::core
