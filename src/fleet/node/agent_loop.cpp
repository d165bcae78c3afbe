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
#include <vector>

#include "fleet/model/outcome.hpp"
#include "fleet/node/agent_log.hpp"
#include "fleet/node/durable_file.hpp"
#include "fleet/node/places.hpp"
#include "fleet/transport/stream_link.hpp"
#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;
using os_linux::monotonic_now;
using os_linux::system_failure;
using os_linux::UniqueFd;

UniqueFd take_lock(const std::string& spool) {
  make_private_directory(spool);
  UniqueFd lock{::open(agent_lock(spool).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!lock.is_open()) throw system_failure("cannot open " + agent_lock(spool), errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    throw Failure{ExitCode::environment, "another agent has the spool " + spool};
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

}  // namespace

AgentLoop::AgentLoop(const NodeConfig& config, Variants& variants)
    : config_{config},
      granted_{config},
      variants_{variants},
      lock_{take_lock(config.spool)},
      spool_{config.spool, config.spool_reserve_bytes},
      key_{load_or_make_key(config.spool + "/node.key")},
      controller_{config.spool + "/controller.pub"},
      images_{config.spool + "/images",
              {.bytes_max = config.image_cache_bytes},
              [this](const std::string& path, const std::string& signature) {
                return controller_.refuses(path, signature);
              }},
      agent_{{.slots = config.slots}},
      network_{config.network},
      forbidden_{config.forbidden, config.allow_reserved},
      idle_since_{monotonic_now()} {
  // Jobs that an agent before us took: their runs died with it, and they must end too.
  const auto spooled = spool_.results();
  const auto has_result = [&](const Spool::TakenJob& taken) {
    return std::any_of(spooled.begin(), spooled.end(), [&](const SpooledResult& result) {
      return result.job == taken.order.id && result.attempt == taken.attempt;
    });
  };
  for (const auto& taken : spool_.taken()) {
    if (!has_result(taken)) {
      spool_.put(failure_bundle(taken.order, taken.attempt, setting_of({}, Instant{}), std::string{reason::crashed},
                                "the node's agent ended during the run"));
    }
    spool_.forget(taken.order.id);
  }
  agent_.restore(spool_.results(), monotonic_now());
  for (const auto& complaint : spool_.complaints()) agent_log("warning: {}", complaint);
  listener_ = listen_at(agent_socket(config.spool));
  agent_log("ready: {} slots, {}", config.slots, config.spool);
}

AgentLoop::~AgentLoop() { ::unlink(agent_socket(config_.spool).c_str()); }

void AgentLoop::run(os_linux::StopSignals& signals) {
  while (!signals.requested() && !is_idle()) {
    wait_for_something(signals);
    accept_controller();
    receive_messages();
    step_runs();
    agent_.tick(monotonic_now());
    act();
    send_pieces();
  }
  for (auto& [job, active] : active_) active.run->stop(std::string{reason::stopped});
  const auto deadline = monotonic_now() + Duration{5'000'000'000};
  while (!active_.empty() && monotonic_now() < deadline) {
    step_runs();
    act();
    ::usleep(1'000);
  }
}

void AgentLoop::wait_for_something(const os_linux::StopSignals& signals) {
  std::vector<pollfd> waits{{signals.fd(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
  auto wake = monotonic_now() + Duration{10'000'000'000};
  const auto sooner = [&wake](const std::optional<Instant>& at) {
    if (at && *at < wake) wake = *at;
  };
  if (link_) {
    waits.push_back({link_->descriptor(), static_cast<short>(link_->wants_write() ? POLLIN | POLLOUT : POLLIN), 0});
    sooner(link_->wake_at());
    for (const auto& [digest, fetching] : fetching_) sooner(fetching.asked + fetch_patience);
  }
  for (const auto& [job, active] : active_) {
    waits.push_back({active.run->descriptor(), POLLIN, 0});
    sooner(active.run->deadline());
  }
  sooner(agent_.next_deadline());
  ::poll(waits.data(), waits.size(), milliseconds_until(wake));
}

void AgentLoop::accept_controller() {
  for (;;) {
    UniqueFd socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!socket.is_open()) return;
    // The newest is the one that lives: an older one may be a connection whose other end is gone.
    close_link("another controller connection came");
    link_ = std::make_unique<StreamLink>(std::move(socket));
    agent_log("connected");
    send({.kind = MessageKind::hello, .text = hello_text()});
    agent_.link_up(monotonic_now());
    for (const auto& [digest, fetching] : fetching_) ask_for_image(digest);
  }
}

void AgentLoop::close_link(const std::string& why) {
  if (!link_) return;
  agent_log("disconnected: {}", why);
  link_.reset();
  sending_.clear();
  idle_since_ = monotonic_now();
  agent_.link_down(monotonic_now());
}

void AgentLoop::receive_messages() {
  while (link_) {
    const auto message = link_->receive();
    if (!message) {
      if (!link_->is_open()) close_link(link_->why());
      return;
    }
    take(*message);
    act();
  }
}

void AgentLoop::step_runs() {
  for (auto active = active_.begin(); active != active_.end();) {
    const auto current = active++;
    auto& run = *current->second.run;
    if (!run.step()) {
      end_run(current);
    } else if (run.probes() != current->second.probes_told) {
      current->second.probes_told = run.probes();
      agent_.run_progress(current->first, "probing", run.probes(), monotonic_now());
    }
  }
}

void AgentLoop::end_run(std::map<std::string, Active>::iterator active) {
  const auto bundle = active->second.run->bundle();
  active_.erase(active);
  const auto result = spool_.put(bundle);
  agent_log("job {} ended: {}", result.job, result.how);
  agent_.run_ended(result, monotonic_now());
}

bool AgentLoop::is_idle() const {
  if (link_ || !active_.empty() || !agent_.jobs().empty()) return false;
  return monotonic_now() - idle_since_ > Duration{config_.idle_seconds * std::int64_t{1'000'000'000}};
}

}  // namespace utnt::fleet
