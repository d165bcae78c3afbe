// SPDX-License-Identifier: BSD-2-Clause
// How what was decided is carried out. The disk may refuse any of it: a job that cannot be remembered is refused before
// it sends a packet, a result that cannot be spooled stays in memory until the disk takes it.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <span>
#include <utility>

#include "fleet/model/ending.hpp"
#include "fleet/model/outcome.hpp"
#include "fleet/node/agent_log.hpp"
#include "fleet/node/agent_loop.hpp"
#include "fleet/trust/statement.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet {
namespace {

using os_linux::monotonic_now;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;  // C++20 has it by itself; the analyser's compiler does not

/// An action that only makes sense when the job was remembered.
bool is_of(const AgentAction& action, const RememberJob& job) {
  if (const auto* const message = std::get_if<Message>(&action))
    return message->kind == MessageKind::claim && message->job == job.order.id;
  if (const auto* const start = std::get_if<StartRun>(&action)) return start->order.id == job.order.id;
  if (const auto* const end = std::get_if<EndRun>(&action)) return end->job == job.order.id;
  return false;
}

}  // namespace

void AgentLoop::act() {
  // Carrying out may decide more: an image that is here already starts its run at once.
  for (auto actions = agent_.take_actions(); !actions.empty(); actions = agent_.take_actions()) {
    idle_since_ = monotonic_now();
    std::reverse(actions.begin(), actions.end());
    while (!actions.empty()) {
      const auto action = std::move(actions.back());
      actions.pop_back();
      point("before an action");
      guarded("carrying out", [&] {
        std::visit(Overloaded{[&](const RememberJob& job) { remember(job, actions); },
                              [this](const StartRun& start) { start_run(start); },
                              [this](const EndRun& end) { stop_run(end); },
                              [this](const ForgetJob& job) {
                                taken_.erase(job.job);
                                spool_.forget(job.job);
                              },
                              [this](const DropResult& result) {
                                sending_.erase(result.digest);
                                spool_.drop(result.digest);
                              },
                              [this](const FetchImage& image) { ask_for_image(image.digest); },
                              [this](const SendResult& send) {
                                if (!sending_.contains(send.result.digest))
                                  sending_[send.result.digest] = {.result = send.result,
                                                                  .bundle = spool_.read(send.result.digest)};
                              },
                              [this](const Message& message) { send(message); }},
                   action);
      });
    }
  }
}

/// `later`: what is still to be carried out, the next one last.
void AgentLoop::remember(const RememberJob& job, std::vector<AgentAction>& later) {
  try {
    spool_.remember(job.order, job.attempt);
    taken_[job.order.id] = {.order = job.order, .attempt = job.attempt, .received = monotonic_now()};
  } catch (const std::exception& error) {
    agent_log("job {} refused: {}", job.order.id, error.what());
    std::erase_if(later, [&](const AgentAction& action) { return is_of(action, job); });
    agent_.not_remembered(job.order.id, error.what(), monotonic_now());
  }
}

void AgentLoop::start_run(const StartRun& action) {
  const auto& order = action.order;
  auto& taken = taken_[order.id];
  try {
    const auto image = images_.find(order.image);
    if (!image) {  // its file was damaged meanwhile; the next attempt finds a new one
      ask_for_image(order.image);
      return spool_failure(order, action.attempt, std::string{reason::bad_image}, images_.complaint());
    }
    const auto share = budget_.share_of(order.id);
    if (!share)
      return spool_failure(order, action.attempt, std::string{reason::over_budget}, "nothing was reserved for it");
    auto setting = setting_of(*image, taken.received);
    setting.pps_max = share->pps;
    setting.prefix_pps_max = share->prefix_pps;
    auto run = variants_.start(order, action.attempt, setting);
    active_[order.id] = {.run = std::move(run), .order = order, .attempt = action.attempt};
  } catch (const std::exception& failure) {
    spool_failure(order, action.attempt, std::string{reason::not_able}, failure.what());
  }
}

void AgentLoop::stop_run(const EndRun& action) {
  if (const auto run = active_.find(action.job); run != active_.end()) return run->second.run->stop(action.reason);
  const auto taken = taken_.find(action.job);
  if (taken == taken_.end() || taken->second.is_over) return;
  const auto order = taken->second.order;
  spool_failure(order, action.attempt, action.reason, action.detail);
}

void AgentLoop::spool_failure(const Order& order, std::uint32_t attempt, const std::string& reason,
                              const std::string& detail) {
  agent_log("job {} failed: {}: {}", order.id, reason, detail);
  auto& taken = taken_[order.id];
  taken.is_over = true;
  keep(failure_bundle(order, attempt, setting_of({}, taken.received), reason, detail));
}

/// Into the spool; when the disk does not take it, into memory until it does. Its job counts as running until then.
void AgentLoop::keep(std::string bundle) {
  if (keep_now(bundle)) return;
  unspooled_.push_back(std::move(bundle));
  keep_again_at_ = monotonic_now() + spool_again;
}

bool AgentLoop::keep_now(const std::string& bundle) {
  SpooledResult result;
  try {
    result = spool_.put(bundle);
  } catch (const std::exception& error) {
    agent_log("error: a result stays in memory: {}", error.what());
    return false;
  }
  agent_log("job {} ended: {}", result.job, result.how);
  agent_.run_ended(result, monotonic_now());
  if (const auto taken = taken_.find(result.job); taken != taken_.end() && taken->second.attempt == result.attempt) {
    taken_.erase(taken);
    guarded("forgetting a job", [&] { spool_.forget(result.job); });
  }
  return true;
}

void AgentLoop::keep_again() {
  if (unspooled_.empty() || monotonic_now() < keep_again_at_) return;
  keep_again_at_ = monotonic_now() + spool_again;
  std::erase_if(unspooled_, [this](const std::string& bundle) { return keep_now(bundle); });
}

RunSetting AgentLoop::setting_of(const std::string& image, Instant received) const {
  return {.image = image,
          .network = network_,
          .forbidden = forbidden_.ranges(),
          .node = name_,
          .received = received,
          .verified = monotonic_now()};
}

void AgentLoop::send_pieces() {
  std::vector<std::string> overdue;
  for (const auto& [digest, fetching] : fetching_)
    if (!fetching.by_url && monotonic_now() - fetching.asked > fetch_patience) overdue.push_back(digest);
  std::erase_if(overdue,
                [this](const std::string& digest) { return !is_wanted(digest) && fetching_.erase(digest) > 0; });
  if (link_) ask_for_images(overdue);
  for (auto entry = sending_.begin(); link_ && entry != sending_.end();) {
    auto& sending = entry->second;
    const auto& result = sending.result;
    if (!sending.is_announced) {
      sending.is_announced = link_->send({.kind = MessageKind::finish,
                                          .job = result.job,
                                          .attempt = result.attempt,
                                          .digest = result.digest,
                                          .text = result.how});
      if (!sending.is_announced) return;
    }
    while (sending.offset < sending.bundle.size()) {
      if (link_->wants_write()) return;  // the queue stays short: what is said meanwhile must not wait behind pieces
      point("before a piece");
      const auto piece = std::string_view{sending.bundle}.substr(sending.offset, message_body_max);
      const auto bytes = std::as_bytes(std::span{piece});
      Message message{.kind = MessageKind::result,
                      .job = result.job,
                      .attempt = result.attempt,
                      .digest = result.digest,
                      .offset = sending.offset,
                      .total = sending.bundle.size()};
      if (sending.offset == 0) {
        message.text = sign_statement(key_.current(), Purpose::result,
                                      result_statement(result.job, result.attempt, result.digest));
      }
      message.body.assign(bytes.begin(), bytes.end());
      if (!link_->send(message)) return;
      sending.offset += piece.size();
    }
    entry = sending_.erase(entry);
  }
}

void AgentLoop::send(const Message& message) {
  point("before a message");
  if (link_ && !link_->send(message)) close_link("its queue is full: the other end does not read");
}

}  // namespace utnt::fleet
