// SPDX-License-Identifier: BSD-2-Clause
// What happens when nothing happens: deadlines, leases, repeated offers, signs of life to nodes.
#include <algorithm>

#include "fleet/model/dispatcher.hpp"

namespace utnt::fleet {

bool Dispatcher::may_retry(const JobRecord& record, Instant now) const {
  return !record.runs_once && !is_stopped_ && record.runs < policy_.attempts_max &&
         !(record.start_by && *record.start_by <= now) && !(record.finish_by && *record.finish_by <= now);
}

/// A job that can be tried again goes back when its lease ends. Else, and when its result waits on the node, the node
/// is given more time to come back.
Instant Dispatcher::give_up_at(const JobRecord& record) const {
  const auto heard = live_.at(record.order.id).heard;
  const auto lease_end = heard + policy_.lease;
  if (record.state != JobState::finished && may_retry(record, lease_end)) return lease_end;
  return std::max(lease_end, heard + policy_.gone_after);
}

/// When job_due() has something to do, if no message comes before.
Instant Dispatcher::next_moment(const JobRecord& record) const {
  constexpr Instant never{INT64_MAX};
  auto moment = never;
  if (record.state == JobState::queued && record.start_by) moment = std::min(moment, *record.start_by);
  if (record.state != JobState::finished && record.finish_by) moment = std::min(moment, *record.finish_by);
  if (record.state == JobState::queued) return moment;
  moment = std::min(moment, give_up_at(record));
  const auto node = nodes_.find(record.node);
  if (record.state == JobState::offered && node != nodes_.end() && node->second.is_up)
    moment = std::min(moment, live_.at(record.order.id).repeat_at);
  return moment;
}

void Dispatcher::set_timer(const JobRecord& record) {
  clear_timer(record.order.id);
  const auto moment = next_moment(record);
  if (moment == Instant{INT64_MAX}) return;
  live_.at(record.order.id).timer = moment;
  timers_.emplace(moment, record.order.id);
}

void Dispatcher::clear_timer(const std::string& job) {
  const auto live = live_.find(job);
  if (live == live_.end() || !live->second.timer) return;
  timers_.erase({*live->second.timer, job});
  live->second.timer.reset();
}

void Dispatcher::job_due(JobRecord& record, Instant now) {
  const auto node = record.node;
  const bool has_slot = occupies_slot(record.state);
  if (record.finish_by && *record.finish_by <= now && record.state != JobState::finished) {
    if (has_slot) send(node, MessageKind::cancel, record.order.id, record.attempt);
    end(record, JobState::expired, {}, has_slot ? "not finished by its deadline" : "never started", now);
  } else if (record.state == JobState::queued) {
    end(record, JobState::expired, {}, record.runs > 0 ? "not started again in time" : "not started in time", now);
  } else if (give_up_at(record) <= now) {
    nodes_[node].wanted = 0;  // whoever is silent about one job gets no other before it asks again
    if (may_retry(record, std::min(now, give_up_at(record))))
      queue_again(record, {}, "no sign of it from node " + node, now);
    else
      end(record, JobState::unknown, {}, "no sign of it from node " + node, now);
  } else if (record.state == JobState::offered) {
    send_order(record);
    live_.at(record.order.id).repeat_at = now + policy_.offer_again;
  }
  if (!is_final(record.state)) set_timer(record);
  if (has_slot) fill(node, now);
}

void Dispatcher::node_due(const std::string& name, Node& node, Instant now) {
  if (is_stopped_ && !node.has_stopped) {
    send(name, MessageKind::stop);
    node.speak_at = now + policy_.offer_again;
  } else {
    send(name, MessageKind::alive);
    node.speak_at = now + policy_.alive;
  }
}

void Dispatcher::tick(Instant now) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    auto& record = jobs_.at(timers_.begin()->second);
    if (next_moment(record) <= now)
      job_due(record, now);
    else
      set_timer(record);
  }
  for (auto& [name, node] : nodes_)
    if (node.is_up && node.speak_at <= now) node_due(name, node, now);
}

std::optional<Instant> Dispatcher::next_deadline() const {
  std::optional<Instant> next;
  if (!timers_.empty()) next = timers_.begin()->first;
  for (const auto& [name, node] : nodes_)
    if (node.is_up && (!next || node.speak_at < *next)) next = node.speak_at;
  return next;
}

}  // namespace utnt::fleet
