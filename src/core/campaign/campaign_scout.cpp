// SPDX-License-Identifier: BSD-2-Clause
// Another flow for a revelation whose trace took another branch than the initial one: a few flows at once. While the
// distance of the target is unknown, scouts go only as far as the ingress and tell in one round trip which flows pass
// it; one of those is traced in full. Later steps know the distance, and a scout that passes takes the place of the
// trace. Meanwhile the trace that missed stays open: when no flow does better, it is judged as it is.
// Source: the TNT specification, section 11 #5 (flows until the ingress reappears at its TTL).
#include <bit>
#include <utility>

#include "core/campaign/campaign.hpp"

namespace utnt::core {

// True when the task goes on with scouts or with another flow.
bool EngineState::try_other_flow(std::uint32_t index, Agreement agreement) {
  auto& task = memory_.tasks[index];
  if (has_scouts(task)) {
    task.scout_rounds = 1;
    task.stage = RevealTask::Stage::scouting;
    scout(index);
    return true;
  }
  const unsigned rounds = agreement == Agreement::prefix_differs ? 1 : scout_rounds_max;
  if (task.good_flows == 0 && task.scout_rounds < rounds) {
    task.scout_flow = task.scout_rounds == 0 ? task.flow + 1 : task.scout_flow + scouts_max;
    ++task.scout_rounds;
    task.stage = RevealTask::Stage::scouting;
    scout(index);
    return true;
  }
  if (task.good_flows == 0) return false;
  const auto offset = static_cast<unsigned>(std::countr_zero(task.good_flows));
  task.good_flows = static_cast<std::uint8_t>(task.good_flows & (task.good_flows - 1U));
  task.flow = task.scout_flow + offset;
  charge(task.requester, ProbeUse::ingress_not_found, paths_.at(task.path).probes_sent);
  trace_again(index);
  return true;
}

void EngineState::scout(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  if (!has_scouts(task)) return open_scouts(index);
  for (const auto path : task.scouts) {
    if (path != no_index && !paths_.at(path).ended) return wait_in(paths_.at(path).waiters, task_work(index));
  }
  read_scouts(index);
  task.stage = RevealTask::Stage::tracing;
  judge_path(index);
}

PathRequest EngineState::scout_request(std::uint32_t index, std::uint32_t flow) const {
  const auto& task = memory_.tasks[index];
  auto request = revelation_request(index, task.buddy_next);
  request.owner = no_index;
  request.flow = flow;
  if (task.target_ttl != 0) return request;
  request.kind = PathKind::confirmation;
  request.max_ttl = task.start_ttl;
  request.known_silent = ~std::uint32_t{0};
  return request;
}

void EngineState::open_scouts(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  for (unsigned i = 0; i < scouts_max; ++i) {
    const auto rival = paths_.rival(scout_request(index, task.scout_flow + i));
    if (rival != no_index) return wait_in(paths_.at(rival).waiters, task_work(index));
  }
  if (paths_.free_paths() < scouts_max) {
    // Waiting for slots while holding one could last for ever: each flow is tried in full instead.
    task.good_flows = (1U << scouts_max) - 1U;
    task.stage = RevealTask::Stage::tracing;
    return judge_path(index);
  }
  start_scouts(index);
  scout(index);
}

void EngineState::start_scouts(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  for (unsigned i = 0; i < scouts_max; ++i) {
    // Two flows may have the same identifier on the wire: then the later one cannot be told from the other.
    task.scouts[i] = open_path_now(scout_request(index, task.scout_flow + i));
    if (task.scouts[i] != no_index) expect_target(task, task.scouts[i]);
  }
}

// Beside the trace, where nothing stands in the way.
void EngineState::open_scouts_ahead(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  task.scout_flow = task.flow + 1;
  if (paths_.free_paths() < scouts_max) return;
  for (unsigned i = 0; i < scouts_max; ++i) {
    if (paths_.rival(scout_request(index, task.scout_flow + i)) != no_index) return;
  }
  start_scouts(index);
}

void EngineState::drop_scouts(RevealTask& task) {
  if (!has_scouts(task)) return;
  for (auto& scout : task.scouts) {
    if (scout != no_index) abandon_path(scout, task.requester);
    scout = no_index;
  }
}

void EngineState::read_scouts(std::uint32_t index) {
  auto& task = memory_.tasks[index];
  const bool complete = task.target_ttl != 0;
  const auto rounds = std::exchange(task.scout_rounds, std::uint8_t{0});  // only the ingress itself counts here
  std::uint32_t chosen = no_index;
  for (unsigned i = 0; i < scouts_max; ++i) {
    const auto index_of_path = task.scouts[i];
    if (index_of_path == no_index) continue;
    const auto& path = paths_.at(index_of_path);
    task.scouts[i] = no_index;
    const auto hops = load_path(path, memory_.scratch);
    if (complete && chosen == no_index) {
      const auto [evaluation, agreement] = assess(task, hops);
      const bool hit = evaluation.outcome == Outcome::revealed || evaluation.outcome == Outcome::nothing_revealed;
      if (hit && agreement == Agreement::agrees) {
        chosen = index_of_path;
        task.flow = task.scout_flow + i;
        continue;
      }
    } else if (!complete && passes_ingress(task, hops)) {
      task.good_flows = static_cast<std::uint8_t>(task.good_flows | 1U << i);
    }
    charge(task.requester, ProbeUse::confirmation, path.probes_sent);
    paths_.close(index_of_path);
  }
  task.scout_rounds = rounds;
  if (chosen != no_index) {
    charge(task.requester, ProbeUse::ingress_not_found, paths_.at(task.path).probes_sent);
    paths_.close(task.path);
    task.path = chosen;
  }
  wake(path_slot_waiters_);
}

bool EngineState::passes_ingress(const RevealTask& task, std::span<const HopRecord> hops) {
  if (hops.empty() || hops.back().address != task.revelation.start) return false;
  const auto original = load_path(paths_.at(memory_.jobs[task.requester.job].path), memory_.original);
  return compare_with_original(original, task.revelation, hops, 0) == Agreement::agrees;
}

}  // namespace utnt::core
