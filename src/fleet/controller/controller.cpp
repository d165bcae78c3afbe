// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/controller.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "fleet/model/grant.hpp"
#include "os_linux/clock.hpp"

namespace utnt::fleet {

using os_linux::monotonic_now;

namespace {

constexpr Duration slow_commit{1'000'000'000};
constexpr std::uint64_t waiting_bytes_max = std::uint64_t{256} << 20;  ///< of results; beyond it nodes wait too

}  // namespace

Controller::Controller(Store& store, SecretKey key, ControllerSetting setting, std::vector<ControlledNode> nodes,
                       Observer& observer)
    : store_{store},
      key_{std::move(key)},
      setting_{std::move(setting)},
      observer_{observer},
      dispatcher_{setting_.policy},
      committer_{store, setting_.writes},
      instance_{fmt::format("{}-{}-{}", os_linux::wall_clock_ns(), monotonic_now().ns(), ::getpid())} {
  dispatcher_.restore(store_.restore_jobs(), monotonic_now());
  const auto images = store_.image_directory();
  for (auto& node : nodes) {
    const auto seed = static_cast<std::uint64_t>(monotonic_now().ns()) + sessions_.size();
    sessions_.push_back(std::make_unique<Session>(std::move(node), images, seed, setting_.give_up_after));
    by_name_[sessions_.back()->name()] = sessions_.back().get();
  }
}

/// All are told to end before the first is waited for.
Controller::~Controller() {
  for (const auto& session : sessions_)
    if (const auto* const preparation = session->preparation()) preparation->cancel();
}

std::vector<Acceptance> Controller::accept(std::vector<JobRecord> requests, const EventRow& event) {
  std::vector<Acceptance> answers;
  for (auto& request : requests) answers.push_back(dispatcher_.accept(std::move(request), monotonic_now()));
  Changes changes;
  changes.events = {event};
  hand_over(std::move(changes));
  return answers;
}

void Controller::cancel(const std::string& job) {
  dispatcher_.cancel(job, monotonic_now());
  hand_over(Changes{});
}

void Controller::stop_all() {
  dispatcher_.stop_all(monotonic_now());
  Changes changes;
  changes.audit = {{.who = setting_.name, .action = "stop", .detail = "all probing"}};
  hand_over(std::move(changes));
}

void Controller::wait_for_disk() {
  hand_over(Changes{});
  committer_.wait();
  follow_up();
}

bool Controller::is_settled() const {
  const auto& counts = dispatcher_.counts();
  std::uint64_t final_ones = 0;
  for (std::size_t i = 0; i < job_states; ++i)
    if (is_final(static_cast<JobState>(i))) final_ones += counts.in_state[i];
  return final_ones == counts.accepted && committer_.is_idle();
}

bool Controller::is_connected(const std::string& node) const {
  const auto found = by_name_.find(node);
  return found != by_name_.end() && found->second->is_welcome();
}

bool Controller::is_in_trouble(const std::string& node) const {
  const auto found = by_name_.find(node);
  return found != by_name_.end() && found->second->is_in_trouble();
}

bool Controller::is_given_up(const std::string& node) const {
  const auto found = by_name_.find(node);
  return found != by_name_.end() && found->second->is_given_up();
}

void Controller::turn(Duration patience, std::span<WaitFor> others) {
  wait(patience, others);
  follow_up();
  const auto now = monotonic_now();
  for (const auto& session : sessions_) {
    session->connect_when_due(now);
    serve(*session);
  }
  dispatcher_.tick(monotonic_now());
  hand_over(Changes{});
  follow_up();
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
    } else if (const auto* const preparation = session->preparation()) {
      waits.push_back({preparation->descriptor(), POLLIN, 0});
    } else {
      wake = std::min(wake, session->retry_at());
    }
  }
  waits.push_back({committer_.descriptor(), POLLIN, 0});
  constexpr std::int64_t millisecond = 1'000'000, longest = 60'000;
  const auto left = std::clamp<std::int64_t>(((wake - now).ns() + millisecond - 1) / millisecond, 0, longest);
  ::poll(waits.data(), waits.size(), static_cast<int>(left));
  for (std::size_t i = 0; i < others.size(); ++i) others[i].is_ready = waits[i].revents != 0;
}

void Controller::serve(Session& session) {
  while (const auto message = session.receive(monotonic_now())) take(session, *message);
  if (const auto trouble = session.take_lost()) {
    dispatcher_.node_lost(session.name(), monotonic_now());
    observer_.node_trouble(session.name(), *trouble);
    if (trouble->is_given_up) dispatcher_.node_given_up(session.name(), trouble->why, monotonic_now());
  }
}

void Controller::hand_over(Changes changes) {
  Work work;
  work.changes = std::move(changes);
  hand_over(std::move(work));
}

void Controller::hand_over(Work work) {
  work.changes.jobs = dispatcher_.take_changes();
  for (auto& outgoing : dispatcher_.take_messages()) {
    // Two kinds wait for no disk: the end of all probing, and the sign of life that keeps dead-man timers quiet.
    const auto kind = outgoing.message.kind;
    if (kind == MessageKind::stop || kind == MessageKind::alive)
      send(outgoing);
    else
      work.messages.push_back(std::move(outgoing));
  }
  if (work.changes.is_empty() && work.messages.empty()) return;
  if (committer_.waiting_bytes() > waiting_bytes_max) committer_.wait();
  committer_.add(std::move(work));
}

void Controller::follow_up() {
  for (const auto& [work, stored] : committer_.take_written()) {
    for (const auto& outgoing : work.messages) send(outgoing);
    for (const auto& job : work.changes.jobs) observer_.job_changed(job);
    for (std::size_t i = 0; i < stored.size(); ++i)
      observer_.result_stored(work.changes.results[i].node, work.changes.results[i], stored[i]);
  }
  if (const auto longest = committer_.take_figures().longest; longest > slow_commit)
    observer_.alert("controller", fmt::format("the store's disk took {:.1f} s for a transaction; orders and receipts "
                                              "waited for it",
                                              static_cast<double>(longest.ns()) / 1e9));
}

void Controller::send(const Outgoing& outgoing) {
  // What cannot be sent is as good as lost on the way: the dispatcher repeats what matters.
  const auto found = by_name_.find(outgoing.node);
  if (found == by_name_.end()) return;
  auto& session = *found->second;
  if (outgoing.message.kind != MessageKind::job) {
    session.send(outgoing.message);
    return;
  }
  const auto& limits = session.node().limits;
  auto order = outgoing.message;
  order.body = sign_grant(key_,
                          {.node = session.name(),
                           .attempt = order.attempt,
                           .limits = {.pps = limits.pps,
                                      .prefix_pps = limits.prefix_pps,
                                      .probes_per_hour = limits.probes_per_hour,
                                      .prefix_probes_per_hour = limits.prefix_probes_per_hour}},
                          order.text);
  session.send(order);
}

}  // namespace utnt::fleet
