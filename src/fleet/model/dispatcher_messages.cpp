// SPDX-License-Identifier: BSD-2-Clause
// What nodes say. A node is believed about attempts that it was given, and about nothing else; a message that comes
// late, twice or out of order changes nothing that a later one has settled.
#include <algorithm>

#include "fleet/model/dispatcher.hpp"
#include "fleet/trust/digest.hpp"

namespace utnt::fleet {
namespace {

constexpr std::uint32_t slots_max = 1'024;

bool was_given(const JobRecord& record, const std::string& node, std::uint32_t attempt) {
  return attempt >= 1 && attempt <= record.tried.size() && record.tried[attempt - 1] == node;
}

/// Ends of a run that say nothing about the next one.
bool is_worth_another(std::string_view why) {
  return why == reason::crashed || why == reason::controller_gone || why == reason::bad_image;
}

}  // namespace

void Dispatcher::node_up(const std::string& name, std::uint32_t slots, const std::set<std::string>& has, Instant now) {
  auto& node = nodes_[name];
  node.is_up = true;
  node.given_up.clear();
  node.slots = std::min(slots, slots_max);
  node.wanted = 0;
  node.seen = now;
  node.has_stopped = false;
  node.speak_at = is_stopped_ ? now : now + policy_.alive;
  for (const auto& id : has) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) continue;
    auto& record = found->second;
    const auto last = std::ranges::find(record.tried.rbegin(), record.tried.rend(), name);
    if (last == record.tried.rend()) continue;
    const auto attempt = static_cast<std::uint32_t>(record.tried.rend() - last);
    if (is_final(record.state))
      send(name, MessageKind::cancel, id, attempt);
    else if (record.state == JobState::queued && !live_.at(id).over.contains(attempt))
      adopt(record, name, attempt, JobState::running, now);  // its lease had ended, its run or result is still there
    if (node.jobs.contains(id)) live_.at(id).heard = now;
  }
  for (const auto& id : node.jobs) {
    const auto& record = jobs_.at(id);
    if (record.state == JobState::offered) {
      send_order(record);
      live_.at(id).repeat_at = now + policy_.offer_again;
    }
    set_timer(record);
  }
  if (is_stopped_) node_due(name, node, now);
}

void Dispatcher::node_lost(const std::string& name, Instant) {
  auto& node = nodes_[name];
  node.is_up = false;
  node.wanted = 0;
  for (const auto& id : node.jobs) set_timer(jobs_.at(id));
}

void Dispatcher::node_given_up(const std::string& name, std::string why, Instant now) {
  nodes_[name].given_up = why.empty() ? "it cannot be reached" : std::move(why);
  std::vector<std::string> hopeless;
  for (const auto& [id, live] : live_) {
    const auto& record = jobs_.at(id);
    if (record.state == JobState::queued && !why_hopeless(record).empty()) hopeless.push_back(id);
  }
  for (const auto& id : hopeless) end_hopeless(jobs_.at(id), now);
}

void Dispatcher::receive(const std::string& name, const Message& message, Instant now) {
  auto& node = nodes_[name];
  node.seen = now;
  switch (message.kind) {
    case MessageKind::fetch:
      if (node.is_up) node.wanted = static_cast<std::uint32_t>(std::min<std::uint64_t>(message.total, node.slots));
      break;
    case MessageKind::claim:
    case MessageKind::beat:
      take_sign(name, message, now);
      break;
    case MessageKind::refuse:
      take_refusal(name, message, now);
      break;
    case MessageKind::finish:
    case MessageKind::result:
      take_finish(name, message, now);
      break;
    case MessageKind::stopped:
      node.has_stopped = true;
      break;
    case MessageKind::hello:
    case MessageKind::have:
    case MessageKind::image_get:
    case MessageKind::block_list_ack:
    case MessageKind::welcome:
    case MessageKind::job:
    case MessageKind::receipt:
    case MessageKind::held:
    case MessageKind::image_part:
    case MessageKind::cancel:
    case MessageKind::block_list:
    case MessageKind::image_url:
    case MessageKind::stop:
    case MessageKind::alive:
    case MessageKind::drain:
    case MessageKind::taken_over:
      break;
  }
  fill(name, now);
}

void Dispatcher::take_sign(const std::string& node, const Message& message, Instant now) {
  const auto found = jobs_.find(message.job);
  if (found == jobs_.end() || !was_given(found->second, node, message.attempt)) return;
  auto& record = found->second;
  if (is_final(record.state)) return send(node, MessageKind::cancel, message.job, message.attempt);
  auto& live = live_.at(message.job);
  if (live.over.contains(message.attempt)) return;
  if (record.state == JobState::queued)
    adopt(record, node, message.attempt, JobState::running, now);
  else if (message.attempt != record.attempt)
    return;
  else if (record.state == JobState::offered)
    move(record, JobState::running, now);
  live.heard = now;
  set_timer(record);
}

void Dispatcher::take_refusal(const std::string& node, const Message& message, Instant now) {
  const auto found = jobs_.find(message.job);
  if (found == jobs_.end() || !was_given(found->second, node, message.attempt)) return;
  auto& record = found->second;
  if (record.state != JobState::offered || record.attempt != message.attempt) return;
  live_.at(message.job).over.insert(message.attempt);
  --record.runs;
  refuse_or_queue(record, node, parse_ending(message.text), now);
}

/// The attempt did not run, so even a job that is never run twice may go to another node.
void Dispatcher::refuse_or_queue(JobRecord& record, const std::string& node, const Ending& ending, Instant now) {
  const bool is_for_now = ending.reason == reason::busy || ending.reason == reason::stopped;
  if (is_for_now)
    nodes_[node].wanted = 0;
  else
    std::erase(record.nodes, node);
  if (is_stopped_) return end(record, JobState::cancelled, reason::stopped, ending.detail, now);
  if (record.nodes.empty()) return end(record, JobState::refused, ending.reason, ending.detail, now);
  record.reason = ending.reason;
  record.detail = ending.detail;
  move(record, JobState::queued, now);
  if (place(record, now)) return;
  if (!why_hopeless(record).empty())
    end_hopeless(record, now);
  else if (record.runs_once)
    end(record, JobState::refused, is_for_now ? std::string_view{reason::busy} : ending.reason, ending.detail, now);
  else
    set_timer(record);
}

void Dispatcher::take_finish(const std::string& node, const Message& message, Instant now) {
  const auto found = jobs_.find(message.job);
  if (found == jobs_.end() || !was_given(found->second, node, message.attempt)) return;
  auto& record = found->second;
  if (is_final(record.state) || !is_digest(message.digest)) return;
  auto& live = live_.at(message.job);
  if (live.over.contains(message.attempt)) return;
  if (record.state != JobState::queued && message.attempt != record.attempt) return;
  if (record.state == JobState::queued) {
    adopt(record, node, message.attempt, JobState::finished, now);
    record.result = message.digest;
  } else if (record.state != JobState::finished) {
    move(record, JobState::finished, now);
    record.result = message.digest;
  }
  live.heard = now;
  set_timer(record);
}

Arrival Dispatcher::result_arrived(const std::string& node, const std::string& job, std::uint32_t attempt,
                                   const std::string& digest, const Ending& ending, Instant now) {
  const auto found = jobs_.find(job);
  if (found == jobs_.end() || !was_given(found->second, node, attempt)) {
    ++counts_.strangers;
    return Arrival::stranger;
  }
  auto& record = found->second;
  nodes_[node].seen = now;
  outgoing_.push_back({.node = node, .message = {.kind = MessageKind::receipt, .job = job, .digest = digest}});
  if (is_final(record.state)) {
    if (record.result == digest && (record.state == JobState::done || record.state == JobState::failed))
      return Arrival::repeated;
    ++counts_.results_beside;
    return Arrival::beside;
  }
  auto arrival = Arrival::of_job;
  if (ending.is_complete) {
    const bool runs_elsewhere = occupies_slot(record.state) && record.attempt != attempt;
    const auto elsewhere = record.node;
    if (runs_elsewhere) send(elsewhere, MessageKind::cancel, job, record.attempt);
    end(record, JobState::done, {}, {}, now);
    record.node = node;
    record.attempt = attempt;
    record.result = digest;
    if (runs_elsewhere) fill(elsewhere, now);
  } else {
    arrival = take_failure(record, attempt, digest, ending, now);
  }
  fill(node, now);
  return arrival;
}

Arrival Dispatcher::take_failure(JobRecord& record, std::uint32_t attempt, const std::string& digest,
                                 const Ending& ending, Instant now) {
  auto& live = live_.at(record.order.id);
  const bool is_new = live.over.insert(attempt).second;
  if (!is_new || attempt != record.attempt) {  // another attempt is going on
    ++counts_.results_beside;
    return Arrival::beside;
  }
  if (!is_worth_another(ending.reason) || !may_retry(record, now)) {
    record.result = digest;
    end(record, JobState::failed, ending.reason, ending.detail, now);
    return Arrival::of_job;
  }
  ++counts_.results_beside;
  if (record.state != JobState::queued)  // else its lease had ended before
    queue_again(record, ending.reason, ending.detail, now);
  return Arrival::beside;
}

}  // namespace utnt::fleet
