// SPDX-License-Identifier: BSD-2-Clause
// Runs, their ends, beats and timers; what the controller says is in agent_messages.cpp.
#include "fleet/model/agent.hpp"

#include <algorithm>
#include <utility>

#include "fleet/model/outcome.hpp"

namespace utnt::fleet {
namespace {

constexpr std::size_t have_max = 1'000;       ///< digests in one message
constexpr std::size_t answers_max = 100'000;  ///< jobs whose repeated offers are known

}  // namespace

void Agent::restore(std::vector<SpooledResult> spooled, Instant now) {
  heard_ = now;
  for (auto& result : spooled) {
    auto digest = result.digest;
    spool_[digest] = {.result = std::move(result), .ask_at = now, .patience = limits_.ask_again};
  }
}

void Agent::link_up(Instant now) {
  is_linked_ = true;
  heard_ = now;
  fetch(now);
  for (auto& [id, run] : runs_) claim(run, now);
  for (auto& [digest, waiting] : spool_) {
    waiting.ask_at = now;
    waiting.patience = limits_.ask_again;
    waiting.is_asked = false;
  }
  ask_for_held(now);
}

void Agent::link_down(Instant) { is_linked_ = false; }

void Agent::refuse(const std::string& job, std::uint32_t attempt, const std::string& reason, const std::string& detail,
                   Instant now) {
  heard_ = now;
  const auto known = answers_.find(job);
  if (known == answers_.end() || known->second.attempt < attempt)
    remember_answer(job, {.attempt = attempt, .refusal = ending_text(failed(reason, detail))});
  has_answer(job, attempt, now);
}

void Agent::not_remembered(const std::string& job, const std::string& detail, Instant now) {
  const auto found = runs_.find(job);
  if (found == runs_.end()) return;
  const auto attempt = found->second.attempt;
  runs_.erase(found);
  refuse(job, attempt, std::string{reason::no_space}, detail, now);
}

void Agent::image_ready(const std::string& digest, Instant) {
  for (auto& [id, run] : runs_) {
    if (run.order.image != digest || run.is_started || run.is_ending) continue;
    run.is_started = true;
    actions_.emplace_back(StartRun{.order = run.order, .attempt = run.attempt});
  }
}

void Agent::image_failed(const std::string& digest, const std::string& detail, Instant) {
  for (auto& [id, run] : runs_)
    if (run.order.image == digest && !run.is_started) end(run, reason::bad_image, detail);
}

void Agent::run_progress(const std::string& job, const std::string& phase, std::uint64_t probes, Instant now) {
  const auto found = runs_.find(job);
  if (found == runs_.end()) return;
  auto& run = found->second;
  const bool is_news = run.phase != phase;
  run.phase = phase;
  run.probes = probes;
  if (is_news) beat(run, now);
}

void Agent::run_ended(const SpooledResult& result, Instant now) {
  const auto run = runs_.find(result.job);
  if (run != runs_.end() && run->second.attempt == result.attempt) {
    runs_.erase(run);
    actions_.emplace_back(ForgetJob{result.job});
  }
  auto& waiting = spool_[result.digest];
  waiting = {.result = result, .ask_at = now, .patience = limits_.ask_again};
  fetch(now);
  if (is_linked_) send_result(waiting, now);
  if (is_stopped_ && runs_.empty()) send({.kind = MessageKind::stopped});
}

void Agent::tick(Instant now) {
  for (auto& [id, run] : runs_)
    if (now - heard_ >= Duration{std::int64_t{run.order.dead_man_seconds} * 1'000'000'000})
      end(run, reason::controller_gone, "no word from the controller");
  if (!is_linked_) return;
  for (auto& [id, run] : runs_)
    if (run.next_beat <= now) beat(run, now);
  if (next_fetch_ <= now) fetch(now);
  ask_for_held(now);
}

std::optional<Instant> Agent::next_deadline() const {
  std::optional<Instant> next;
  const auto consider = [&next](Instant t) { next = next ? std::min(*next, t) : t; };
  for (const auto& [id, run] : runs_) {
    if (!run.is_ending) consider(heard_ + Duration{std::int64_t{run.order.dead_man_seconds} * 1'000'000'000});
    if (is_linked_) consider(run.next_beat);
  }
  if (!is_linked_) return next;
  consider(next_fetch_);
  for (const auto& [digest, waiting] : spool_) consider(waiting.ask_at);
  return next;
}

std::vector<AgentAction> Agent::take_actions() { return std::exchange(actions_, {}); }

std::set<std::string> Agent::jobs() const {
  std::set<std::string> all;
  for (const auto& [id, run] : runs_) all.insert(id);
  for (const auto& [digest, waiting] : spool_) all.insert(waiting.result.job);
  return all;
}

std::uint32_t Agent::free_slots() const {
  if (is_stopped_ || is_draining_ || runs_.size() >= limits_.slots) return 0;
  return limits_.slots - static_cast<std::uint32_t>(runs_.size());
}

void Agent::end(Run& run, std::string_view reason, std::string_view detail) {
  if (run.is_ending) return;
  run.is_ending = true;
  actions_.emplace_back(EndRun{
      .job = run.order.id, .attempt = run.attempt, .reason = std::string{reason}, .detail = std::string{detail}});
}

void Agent::drop(const std::string& digest) {
  const auto found = spool_.find(digest);
  if (found == spool_.end()) return;
  const auto result = std::move(found->second.result);
  spool_.erase(found);
  remember_answer(result.job, {.attempt = result.attempt, .refusal = {}});
  actions_.emplace_back(DropResult{digest});
}

void Agent::remember_answer(const std::string& job, Answer answer) {
  const auto [known, is_new] = answers_.try_emplace(job, answer);
  if (is_new)
    answered_.push_back(job);
  else if (known->second.attempt <= answer.attempt)
    known->second = std::move(answer);
  if (answered_.size() <= answers_max) return;
  answers_.erase(answered_.front());
  answered_.pop_front();
}

void Agent::send_result(Waiting& waiting, Instant now) {
  waiting.is_asked = false;
  waiting.ask_at = now + waiting.patience;
  actions_.emplace_back(SendResult{waiting.result});
}

/// Asks which of the results that wait for a receipt are stored. What the answer does not name is sent (again).
void Agent::ask_for_held(Instant now) {
  std::string digests;
  std::size_t count = 0;
  for (auto& [digest, waiting] : spool_) {
    if (waiting.ask_at > now) continue;
    if (count++ == have_max) break;  // the others are due at once
    if (!digests.empty()) digests += ' ';
    digests += digest;
    waiting.patience = std::min(waiting.patience * 2, limits_.ask_again_max);
    waiting.ask_at = now + waiting.patience;
    waiting.is_asked = true;
  }
  if (!digests.empty()) send({.kind = MessageKind::have, .text = digests});
}

void Agent::claim(Run& run, Instant now) {
  send({.kind = MessageKind::claim, .job = run.order.id, .attempt = run.attempt});
  run.next_beat = now + limits_.beat;
}

void Agent::beat(Run& run, Instant now) {
  send(
      {.kind = MessageKind::beat, .job = run.order.id, .attempt = run.attempt, .total = run.probes, .text = run.phase});
  run.next_beat = now + limits_.beat;
}

void Agent::fetch(Instant now) {
  send({.kind = MessageKind::fetch, .total = free_slots()});
  next_fetch_ = now + limits_.beat;
}

void Agent::send(Message message) {
  if (is_linked_) actions_.emplace_back(std::move(message));
}

}  // namespace utnt::fleet
