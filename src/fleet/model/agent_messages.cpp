// SPDX-License-Identifier: BSD-2-Clause
// What the controller says. Any of it may be lost, come twice, late or out of order; an attempt is run at most once.
#include <algorithm>
#include <stdexcept>

#include "fleet/model/agent.hpp"
#include "fleet/model/ending.hpp"
#include "fleet/model/outcome.hpp"

namespace utnt::fleet {

void Agent::receive(const Message& message, Instant now) {
  heard_ = now;
  switch (message.kind) {
    case MessageKind::job:
      take_job(message, now);
      break;
    case MessageKind::cancel:
      take_cancel(message);
      break;
    case MessageKind::receipt:
      drop(message.digest);
      break;
    case MessageKind::held:
      take_held(message, now);
      break;
    case MessageKind::welcome:
      is_stopped_ = false;
      is_draining_ = false;
      fetch(now);
      break;
    case MessageKind::stop:
      is_stopped_ = true;
      fetch(now);
      for (auto& [id, run] : runs_) end(run, reason::stopped, {});
      if (runs_.empty()) send({.kind = MessageKind::stopped});
      break;
    case MessageKind::drain:
      is_draining_ = true;
      fetch(now);
      break;
    case MessageKind::image_part:
    case MessageKind::image_url:
    case MessageKind::block_list:
    case MessageKind::alive:
    case MessageKind::hello:
    case MessageKind::fetch:
    case MessageKind::claim:
    case MessageKind::refuse:
    case MessageKind::beat:
    case MessageKind::finish:
    case MessageKind::result:
    case MessageKind::have:
    case MessageKind::image_get:
    case MessageKind::block_list_ack:
    case MessageKind::stopped:
    case MessageKind::taken_over:
      break;
  }
}

/// True when this attempt, or a later one of the job, was dealt with before; what was said then is said again.
bool Agent::has_answer(const std::string& job, std::uint32_t attempt, Instant now) {
  if (const auto found = runs_.find(job); found != runs_.end()) {
    auto& run = found->second;
    if (run.attempt < attempt) {  // the controller has given it up, but it goes on: one at a time
      const auto refusal = ending_text(failed(reason::busy, "an earlier attempt still runs here"));
      remember_answer(job, {.attempt = attempt, .refusal = refusal});
      send({.kind = MessageKind::refuse, .job = job, .attempt = attempt, .text = refusal});
    }
    claim(run, now);
    return true;
  }
  for (auto& [digest, waiting] : spool_) {
    const auto& result = waiting.result;
    if (result.job != job) continue;
    if (result.attempt < attempt && !parse_ending(result.how).is_complete) continue;
    if (is_linked_) send_result(waiting, now);
    return true;
  }
  const auto found = answers_.find(job);
  if (found == answers_.end() || found->second.attempt < attempt) return false;
  const auto& answer = found->second;
  if (answer.attempt == attempt && !answer.refusal.empty()) {
    send({.kind = MessageKind::refuse, .job = job, .attempt = attempt, .text = answer.refusal});
    fetch(now);
  }
  return true;
}

void Agent::take_job(const Message& message, Instant now) {
  if (has_answer(message.job, message.attempt, now)) return;
  if (is_stopped_) return refuse(message.job, message.attempt, std::string{reason::stopped}, {}, now);
  if (free_slots() == 0)
    return refuse(message.job, message.attempt, std::string{reason::busy},
                  is_draining_ ? "the node takes no more jobs" : "all slots are taken", now);
  Run run;
  run.attempt = message.attempt;
  try {
    run.order = parse_order(message.text);
  } catch (const std::invalid_argument& problem) {
    return refuse(message.job, message.attempt, std::string{reason::not_able}, problem.what(), now);
  }
  if (run.order.id != message.job)
    return refuse(message.job, message.attempt, std::string{reason::not_able}, "its order is another job's", now);
  auto& kept = runs_[message.job] = std::move(run);
  actions_.emplace_back(RememberJob{.order = kept.order, .attempt = kept.attempt});
  claim(kept, now);
  actions_.emplace_back(FetchImage{kept.order.image});
}

void Agent::take_cancel(const Message& message) {
  const auto found = runs_.find(message.job);
  if (found != runs_.end() && found->second.attempt <= message.attempt)
    end(found->second, reason::cancelled, {});
  else if (found == runs_.end())  // it may have overtaken its job
    remember_answer(message.job,
                    {.attempt = message.attempt, .refusal = ending_text(failed(reason::cancelled, "before it began"))});
}

void Agent::take_held(const Message& message, Instant now) {
  std::set<std::string, std::less<>> named;
  std::string_view rest = message.text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    named.emplace(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const auto& digest : named) drop(digest);
  for (auto& [digest, waiting] : spool_)
    if (waiting.is_asked) send_result(waiting, now);
}

}  // namespace utnt::fleet
