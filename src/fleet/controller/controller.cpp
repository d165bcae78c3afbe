// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/controller.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "os_linux/clock.hpp"

namespace utnt::fleet {

using os_linux::monotonic_now;

Controller::Controller(Store& store, SecretKey key, ControllerSetting setting, std::vector<ControlledNode> nodes,
                       Observer& observer)
    : store_{store},
      key_{std::move(key)},
      setting_{std::move(setting)},
      observer_{observer},
      dispatcher_{setting_.policy} {
  dispatcher_.restore(store_.restore_jobs(), monotonic_now());
  const auto images = store_.image_directory();
  for (auto& node : nodes) {
    const auto seed = static_cast<std::uint64_t>(monotonic_now().ns()) + sessions_.size();
    sessions_.push_back(std::make_unique<Session>(std::move(node), images, seed));
    by_name_[sessions_.back()->name()] = sessions_.back().get();
  }
}

std::vector<Acceptance> Controller::accept(std::vector<JobRecord> requests, const EventRow& event) {
  std::vector<Acceptance> answers;
  for (auto& request : requests) answers.push_back(dispatcher_.accept(std::move(request), monotonic_now()));
  commit({.events = {event}});
  send_messages();
  return answers;
}

void Controller::cancel(const std::string& job) {
  dispatcher_.cancel(job, monotonic_now());
  commit({});
  send_messages();
}

void Controller::stop_all() {
  dispatcher_.stop_all(monotonic_now());
  // Stopping comes first: it is the one message that does not wait for the disk.
  send_messages();
  commit({.audit = {{.who = setting_.name, .action = "stop", .detail = "all probing"}}});
}

bool Controller::is_settled() const {
  const auto& counts = dispatcher_.counts();
  std::uint64_t final_ones = 0;
  for (std::size_t i = 0; i < job_states; ++i)
    if (is_final(static_cast<JobState>(i))) final_ones += counts.in_state[i];
  return final_ones == counts.accepted;
}

bool Controller::is_connected(const std::string& node) const {
  const auto found = by_name_.find(node);
  return found != by_name_.end() && found->second->is_welcome;
}

void Controller::turn(Duration patience, std::span<WaitFor> others) {
  wait(patience, others);
  const auto now = monotonic_now();
  for (const auto& session : sessions_) {
    session->connect_when_due(now);
    serve(*session);
  }
  dispatcher_.tick(monotonic_now());
  commit({});
  send_messages();
  for (const auto& session : sessions_) session->send_pieces(monotonic_now());
}

void Controller::wait(Duration patience, std::span<WaitFor> others) {
  const auto now = monotonic_now();
  auto wake = now + patience;
  if (const auto next = dispatcher_.next_deadline()) wake = std::min(wake, *next);
  std::vector<pollfd> waits;
  for (const auto& other : others) waits.push_back({other.descriptor, POLLIN, 0});
  for (const auto& session : sessions_) {
    if (const auto* const link = session->link()) {
      const bool writes = link->wants_write() || session->has_pieces();
      waits.push_back({link->descriptor(), static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), 0});
      if (const auto at = link->wake_at()) wake = std::min(wake, *at);
    } else {
      wake = std::min(wake, session->retry_at());
    }
  }
  constexpr std::int64_t millisecond = 1'000'000, longest = 60'000;
  const auto left = std::clamp<std::int64_t>(((wake - now).ns() + millisecond - 1) / millisecond, 0, longest);
  ::poll(waits.data(), waits.size(), static_cast<int>(left));
  for (std::size_t i = 0; i < others.size(); ++i) others[i].is_ready = waits[i].revents != 0;
}

void Controller::serve(Session& session) {
  while (const auto message = session.receive(monotonic_now())) take(session, *message);
  if (auto why = session.take_lost()) {
    dispatcher_.node_lost(session.name(), monotonic_now());
    observer_.node_down(session.name(), *why);
  }
}

void Controller::commit(Changes changes) {
  changes.jobs = dispatcher_.take_changes();
  if (changes.is_empty()) return;
  store_.commit(changes);
  for (const auto& job : changes.jobs) observer_.job_changed(job);
}

void Controller::send_messages() {
  for (const auto& [node, message] : dispatcher_.take_messages()) {
    // What cannot be sent is as good as lost on the way: the dispatcher repeats what matters.
    if (const auto session = by_name_.find(node); session != by_name_.end()) session->second->send(message);
  }
}

}  // namespace utnt::fleet
