// SPDX-License-Identifier: BSD-2-Clause
// The loop itself: sockets, time, and what has ended. What to do about messages stands in agent_actions.cpp.
#include "fleet/node/agent_loop.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

#include "fleet/model/outcome.hpp"
#include "fleet/node/agent_log.hpp"
#include "fleet/node/durable_file.hpp"
#include "fleet/node/places.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::monotonic_now;
using os_linux::system_failure;
using os_linux::UniqueFd;

/// An agent that is just ending still has it for a moment.
bool lock_soon(int lock) {
  constexpr int attempts = 200;
  constexpr useconds_t pause_us = 5'000;
  for (int i = 0; i < attempts; ++i) {
    if (::flock(lock, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    ::usleep(pause_us);
  }
  return false;
}

UniqueFd take_lock(const std::string& spool) {
  make_private_directory(spool);
  UniqueFd lock{::open(agent_lock(spool).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!lock.is_open()) throw system_failure("cannot open " + agent_lock(spool), errno);
  if (!lock_soon(lock.get())) throw Failure{ExitCode::environment, "another agent has the spool " + spool};
  // For people who want to end it. On a full disk it is left out: the agent must start there, to send what fills it.
  const auto pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.get(), 0) != 0 || ::write(lock.get(), pid.data(), pid.size()) < 0)
    agent_log("warning: cannot write {}: {}", agent_lock(spool), std::strerror(errno));
  return lock;
}

UniqueFd listen_at(const std::string& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path)
    throw Failure{ExitCode::bad_input, "the spool's path is too long for a socket in it: " + path};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket.is_open()) throw system_failure("cannot open a Unix socket", errno);
  ::unlink(path.c_str());  // ours: the lock says that nobody listens there
  const auto mask = ::umask(0177);
  const bool is_bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  ::umask(mask);
  constexpr int waiting_max = 8;
  if (!is_bound) throw system_failure("cannot bind " + path, error);
  if (::listen(socket.get(), waiting_max) != 0) throw system_failure("cannot listen at " + path, errno);
  return socket;
}

int milliseconds_until(Instant deadline) {
  constexpr std::int64_t millisecond = 1'000'000, longest = 60'000;
  const auto left = (deadline - monotonic_now()).ns();
  return static_cast<int>(std::clamp<std::int64_t>((left + millisecond - 1) / millisecond, 0, longest));
}

AgentLimits limits_of(AgentLimits limits, const NodeConfig& config) {
  limits.slots = config.slots;
  return limits;
}

}  // namespace

AgentLoop::AgentLoop(const NodeConfig& config, Variants& variants, AgentSetting setting)
    : config_{config},
      granted_{config},
      variants_{variants},
      setting_{std::move(setting)},
      lock_{take_lock(config.spool)},
      spool_{config.spool, config.spool_reserve_bytes, setting_.fault},
      key_{config.spool + "/node.key"},
      controller_{config.spool + "/controller.pub"},
      images_{config.spool + "/images",
              {.bytes_max = config.image_cache_bytes},
              [this](const std::string& path, const std::string& signature) {
                return controller_.refuses(path, signature);
              }},
      agent_{limits_of(setting_.limits, config)},
      network_{config.network},
      idle_since_{monotonic_now()} {
  forbid();
  restore_budget();
  restore_spool();
  guarded("naming this build", [this] { write_durably(agent_program(config_.spool), setting_.program); });
  listener_ = listen_at(agent_socket(config.spool));
  agent_log("ready: {} slots, {}", config.slots, config.spool);
}

/// Jobs that an agent before us took: their runs died with it, and they must end too.
void AgentLoop::restore_spool() {
  const auto spooled = spool_.results();
  const auto has_result = [&](const Spool::TakenJob& taken) {
    return std::any_of(spooled.begin(), spooled.end(), [&](const SpooledResult& result) {
      return result.job == taken.order.id && result.attempt == taken.attempt;
    });
  };
  agent_.restore(spooled, monotonic_now());
  for (const auto& taken : spool_.taken()) {
    if (has_result(taken)) {
      guarded("forgetting a job", [&] { spool_.forget(taken.order.id); });
    } else {
      taken_[taken.order.id] = {.order = taken.order, .attempt = taken.attempt, .received = {}, .is_over = true};
      keep(failure_bundle(taken.order, taken.attempt, setting_of({}, Instant{}), std::string{reason::crashed},
                          "the node's agent ended during the run"));
    }
  }
  for (const auto& complaint : spool_.complaints()) agent_log("warning: {}", complaint);
}

AgentLoop::~AgentLoop() {
  save_budget();
  ::unlink(agent_socket(config_.spool).c_str());
}

bool AgentLoop::turn(Duration patience, int wake) {
  wait_for_something(patience, wake);
  accept_controller();
  receive_messages();
  hear_newcomer();
  let_leave();
  step_fetches();
  step_runs();
  keep_again();
  agent_.tick(monotonic_now());
  act();
  budget_.settle([this](const std::string& job) { return !taken_.contains(job); }, monotonic_now());
  if (monotonic_now() - budget_saved_ > budget_pause) save_budget();
  send_pieces();
  const bool hands_over = !successor_.empty() && !has_work();
  if (!hands_over && !is_idle()) return true;
  // First the way in is closed: who still came through it is served, who comes later finds no agent and starts one.
  ::unlink(agent_socket(config_.spool).c_str());
  if (hands_over) {
    close_link("another build of the agent takes over");
    return false;
  }
  accept_controller();
  if (link_) listener_ = listen_at(agent_socket(config_.spool));
  return link_ != nullptr;
}

void AgentLoop::run(os_linux::StopSignals& signals) {
  constexpr Duration longest_wait{10'000'000'000}, last_words{5'000'000'000};
  while (!signals.requested() && turn(longest_wait, signals.fd())) {
  }
  for (auto& [job, active] : active_) active.run->stop(std::string{reason::stopped});
  const auto deadline = monotonic_now() + last_words;
  while (!active_.empty() && monotonic_now() < deadline) {
    step_runs();
    act();
    ::usleep(1'000);
  }
}

void AgentLoop::wait_for_something(Duration patience, int wake) {
  std::vector<pollfd> waits{{wake, POLLIN, 0}, {listener_.get(), POLLIN, 0}};
  auto until = monotonic_now() + patience;
  const auto sooner = [&until](const std::optional<Instant>& at) {
    if (at && *at < until) until = *at;
  };
  for (const auto* const link : {newcomer_.get(), leaver_.get()}) {
    if (!link) continue;
    waits.push_back({link->descriptor(), static_cast<short>(link->wants_write() ? POLLIN | POLLOUT : POLLIN), 0});
    sooner(link->wake_at());
  }
  if (link_) {
    waits.push_back({link_->descriptor(), static_cast<short>(link_->wants_write() ? POLLIN | POLLOUT : POLLIN), 0});
    sooner(link_->wake_at());
    for (const auto& [digest, fetching] : fetching_)
      if (!fetching.by_url) sooner(fetching.asked + fetch_patience);
  }
  for (const auto& [digest, fetching] : fetching_) {
    if (!fetching.by_url) continue;
    waits.push_back({fetching.by_url->descriptor(), POLLIN, 0});
    sooner(fetching.by_url->wake_at());
  }
  for (const auto& [job, active] : active_) {
    waits.push_back({active.run->descriptor(), POLLIN, 0});
    sooner(active.run->deadline());
  }
  if (!unspooled_.empty()) sooner(keep_again_at_);
  sooner(agent_.next_deadline());
  ::poll(waits.data(), waits.size(), milliseconds_until(until));
}

void AgentLoop::receive_messages() {
  while (link_) {
    std::optional<Message> message;
    guarded("receiving", [&] { message = link_->receive(); });
    if (!message) {
      if (!link_->is_open()) close_link(link_->why());
      return;
    }
    point("received");
    guarded("a message", [&] { take(*message); });
    act();
  }
}

void AgentLoop::step_runs() {
  for (auto active = active_.begin(); active != active_.end();) {
    const auto current = active++;
    auto& run = *current->second.run;
    bool goes_on = false;
    try {
      goes_on = run.step();
    } catch (const std::exception& error) {
      const auto taken = taken_.at(current->first);
      active_.erase(current);
      spool_failure(taken.order, taken.attempt, std::string{reason::crashed}, error.what());
      continue;
    }
    if (!goes_on) {
      end_run(current);
    } else if (run.probes() != current->second.probes_told) {
      current->second.probes_told = run.probes();
      budget_.sent(current->first, run.probes(), monotonic_now());
      agent_.run_progress(current->first, "probing", run.probes(), monotonic_now());
    }
  }
}

void AgentLoop::end_run(std::map<std::string, Active>::iterator active) {
  const auto taken = taken_.at(active->first);
  budget_.sent(active->first, active->second.run->probes(), monotonic_now());
  std::string bundle;
  try {
    bundle = active->second.run->bundle();
  } catch (const std::exception& error) {
    bundle = failure_bundle(taken.order, taken.attempt, setting_of({}, taken.received), std::string{reason::bad_result},
                            error.what());
  }
  active_.erase(active);
  taken_[taken.order.id].is_over = true;
  keep(std::move(bundle));
}

bool AgentLoop::is_idle() const {
  if (link_ || newcomer_ || has_work() || !agent_.jobs().empty()) return false;
  return monotonic_now() - idle_since_ > Duration{config_.idle_seconds * std::int64_t{1'000'000'000}};
}

}  // namespace utnt::fleet
