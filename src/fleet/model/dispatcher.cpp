// SPDX-License-Identifier: BSD-2-Clause
// Acceptance, placing and the final states; what nodes say is in dispatcher_messages.cpp, what time does in
// dispatcher_times.cpp.
#include "fleet/model/dispatcher.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace utnt::fleet {
namespace {

constexpr bool has_node(JobState state) { return occupies_slot(state) || state == JobState::finished; }

}  // namespace

void Dispatcher::restore(std::vector<JobRecord> records, Instant now) {
  for (auto& taken : records) {
    const auto [entry, is_new] = jobs_.emplace(taken.order.id, std::move(taken));
    if (!is_new) continue;
    auto& record = entry->second;
    ++counts_.accepted;
    ++counts_.in_state[static_cast<std::size_t>(record.state)];
    sequence_ = std::max(sequence_, record.sequence);
    if (is_final(record.state)) continue;
    auto& live = live_[record.order.id];
    live = {.heard = now, .repeat_at = now, .timer = {}, .over = {}};
    if (record.state == JobState::queued && !record.reason.empty()) live.over.insert(record.attempt);
    if (record.state == JobState::queued)
      queue_.add(record.order.id, record.nodes, {.priority = record.priority, .sequence = record.sequence});
    if (occupies_slot(record.state)) ++nodes_[record.node].occupied;
    if (has_node(record.state)) nodes_[record.node].jobs.insert(record.order.id);
    set_timer(record);
  }
}

Acceptance Dispatcher::accept(JobRecord request, Instant now) {
  if (jobs_.contains(request.order.id)) {
    ++counts_.duplicates;
    return Acceptance::duplicate;
  }
  auto& record = jobs_[request.order.id];
  record.order = std::move(request.order);
  record.nodes = std::move(request.nodes);
  record.priority = request.priority;
  record.start_by = request.start_by;
  record.finish_by = request.finish_by;
  record.runs_once = policy_.when_busy == WhenBusy::discard;
  record.sequence = ++sequence_;
  record.since = now;
  ++counts_.accepted;
  ++counts_.in_state[static_cast<std::size_t>(JobState::queued)];
  const auto& id = record.order.id;
  live_[id].heard = now;
  queue_.add(id, record.nodes, {.priority = record.priority, .sequence = record.sequence});
  changed_.emplace(record.sequence, id);

  if (is_stopped_) {
    end(record, JobState::refused, reason::stopped, "the fleet is stopped", now);
  } else if (record.nodes.empty()) {
    end(record, JobState::refused, reason::no_node, "no node may run it", now);
  } else if ((record.start_by && *record.start_by < now) || (record.finish_by && *record.finish_by <= now)) {
    end(record, JobState::expired, {}, "its deadline had passed before it was accepted", now);
    return Acceptance::expired;
  } else if (!place(record, now)) {
    if (!why_hopeless(record).empty())
      end_hopeless(record, now);
    else if (record.runs_once)
      end(record, JobState::refused, reason::busy, "no slot was free", now);
    else if (queue_.size() > policy_.queue_max)
      end(record, JobState::refused, reason::queue_full, "so many jobs wait already", now);
    else
      set_timer(record);
  }
  return record.state == JobState::refused ? Acceptance::refused : Acceptance::queued;
}

void Dispatcher::cancel(const std::string& job, Instant now) {
  const auto found = jobs_.find(job);
  if (found == jobs_.end() || is_final(found->second.state)) return;
  auto& record = found->second;
  const bool is_there = occupies_slot(record.state);
  const auto node = record.node;
  if (is_there) send(node, MessageKind::cancel, job, record.attempt);
  end(record, JobState::cancelled, reason::cancelled, {}, now);
  if (is_there) fill(node, now);
}

void Dispatcher::stop_all(Instant now) {
  is_stopped_ = true;
  for (auto& [id, record] : jobs_) {
    if (record.state == JobState::queued) end(record, JobState::cancelled, reason::stopped, {}, now);
    if (!is_final(record.state)) set_timer(record);
  }
  for (auto& [name, node] : nodes_) {
    node.has_stopped = false;
    node.speak_at = now;
    if (node.is_up) node_due(name, node, now);
  }
}

std::uint32_t Dispatcher::free_slots(const std::string& name, Instant now) const {
  const auto found = nodes_.find(name);
  if (found == nodes_.end()) return 0;
  const auto& node = found->second;
  if (!node.is_up || now - node.seen > policy_.lease || node.occupied >= node.slots) return 0;
  return std::min(node.wanted, node.slots - node.occupied);
}

const JobRecord* Dispatcher::find(const std::string& job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : &found->second;
}

std::vector<JobRecord> Dispatcher::take_changes() {
  std::vector<JobRecord> changes;
  changes.reserve(changed_.size());
  for (const auto& [sequence, id] : changed_) {
    auto& record = jobs_.at(id);
    changes.push_back(record);
    if (!is_final(record.state)) continue;
    record.order.targets = {};
    record.order.options = {};
    record.nodes = {};
  }
  changed_.clear();
  return changes;
}

std::vector<Outgoing> Dispatcher::take_messages() { return std::exchange(outgoing_, {}); }

/// The only place where a state changes. A job's node is set before it gets to a state that has one.
void Dispatcher::move(JobRecord& record, JobState state, Instant now) {
  UTNT_ASSERT(!is_final(record.state));
  const auto& id = record.order.id;
  if (record.state == JobState::queued) queue_.remove(id);
  if (occupies_slot(record.state)) --nodes_[record.node].occupied;
  if (has_node(record.state)) nodes_[record.node].jobs.erase(id);
  --counts_.in_state[static_cast<std::size_t>(record.state)];
  record.state = state;
  record.since = now;
  ++counts_.in_state[static_cast<std::size_t>(state)];
  if (state == JobState::queued)
    queue_.add(id, record.nodes, {.priority = record.priority, .sequence = record.sequence});
  if (occupies_slot(state)) ++nodes_[record.node].occupied;
  if (has_node(state)) nodes_[record.node].jobs.insert(id);
  changed_.emplace(record.sequence, id);
}

void Dispatcher::end(JobRecord& record, JobState state, std::string_view reason, std::string detail, Instant now) {
  UTNT_ASSERT(is_final(state));
  clear_timer(record.order.id);
  live_.erase(record.order.id);
  record.reason = reason;
  record.detail = std::move(detail);
  move(record, state, now);
}

void Dispatcher::offer(JobRecord& record, const std::string& node, Instant now) {
  UTNT_ASSERT(record.state == JobState::queued);
  record.tried.push_back(node);
  record.attempt = static_cast<std::uint32_t>(record.tried.size());
  ++record.runs;
  record.node = node;
  record.reason.clear();
  record.detail.clear();
  move(record, JobState::offered, now);
  --nodes_[node].wanted;
  auto& live = live_[record.order.id];
  live.heard = now;
  live.repeat_at = now + policy_.offer_again;
  send_order(record);
  set_timer(record);
}

/// To the first of its nodes that has a free slot.
bool Dispatcher::place(JobRecord& record, Instant now) {
  const auto free = std::ranges::find_if(record.nodes, [&](const auto& node) { return free_slots(node, now) > 0; });
  if (free == record.nodes.end()) return false;
  offer(record, std::string{*free}, now);
  return true;
}

void Dispatcher::fill(const std::string& node, Instant now) {
  while (free_slots(node, now) > 0) {
    const auto best = queue_.best_for(node);
    if (!best) return;
    offer(jobs_.at(*best), node, now);
  }
}

/// Another attempt, if possible elsewhere.
void Dispatcher::queue_again(JobRecord& record, std::string_view reason, std::string detail, Instant now) {
  const auto last = std::ranges::find(record.nodes, record.node);
  if (last != record.nodes.end()) std::rotate(last, last + 1, record.nodes.end());
  record.result.clear();
  record.reason = reason;
  record.detail = std::move(detail);
  move(record, JobState::queued, now);
  if (place(record, now)) return;
  set_timer(record);
  if (!why_hopeless(record).empty()) end_hopeless(record, now);
}

std::string Dispatcher::why_hopeless(const JobRecord& record) const {
  constexpr std::size_t told_max = 3;
  std::string why;
  std::size_t told = 0;
  for (const auto& name : record.nodes) {
    const auto node = nodes_.find(name);
    if (node == nodes_.end() || node->second.given_up.empty()) return {};
    if (++told <= told_max) why += (why.empty() ? "" : "; ") + name + ": " + node->second.given_up;
  }
  if (told > told_max) why += "; and " + std::to_string(told - told_max) + " more";
  return why;
}

/// A job that never ran is refused; one whose last attempt failed has failed; else nobody knows.
void Dispatcher::end_hopeless(JobRecord& record, Instant now) {
  auto why = why_hopeless(record);
  if (record.runs == 0) return end(record, JobState::refused, reason::no_node, std::move(why), now);
  const auto last = record.reason;
  const bool has_failed = !last.empty() && last != reason::busy;
  end(record, has_failed ? JobState::failed : JobState::unknown, has_failed ? last : std::string{}, std::move(why),
      now);
}

/// A node turns out to have a job that waits for another attempt: it need not be run again.
void Dispatcher::adopt(JobRecord& record, const std::string& node, std::uint32_t attempt, JobState state, Instant now) {
  record.node = node;
  record.attempt = attempt;
  record.reason.clear();
  record.detail.clear();
  move(record, state, now);
}

void Dispatcher::send_order(const JobRecord& record) {
  outgoing_.push_back({.node = record.node,
                       .message = {.kind = MessageKind::job,
                                   .job = record.order.id,
                                   .attempt = record.attempt,
                                   .digest = record.order.image,
                                   .text = order_text(record.order)}});
}

void Dispatcher::send(const std::string& node, MessageKind kind, const std::string& job, std::uint32_t attempt) {
  outgoing_.push_back({.node = node, .message = {.kind = kind, .job = job, .attempt = attempt}});
}

}  // namespace utnt::fleet
