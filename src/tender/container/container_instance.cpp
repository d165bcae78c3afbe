// SPDX-License-Identifier: BSD-2-Clause
// See container_instance.hpp. Source: podman-run(1) about --pidfile, --conmon-pidfile and --preserve-fds.
#include "tender/container/container_instance.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"
#include "os_linux/plain_text.hpp"
#include "tender/machine_process.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::system_failure;
using os_linux::to_int;
using os_linux::UniqueFd;

constexpr Duration import_patience{300'000'000'000}, helper_patience{30'000'000'000}, orphan_patience{2'000'000'000},
    removal_pause{100'000'000};

/// Of launchers that were killed.
void remove_process_files(const std::string& directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry{directory, error}, end; !error && entry != end; entry.increment(error))
    if (const auto ending = entry->path().extension(); ending == ".pid" || ending == ".conmon")
      ::unlink(entry->path().c_str());
}

}  // namespace

ContainerInstance::ContainerInstance(Parts parts) : parts_{std::move(parts)}, events_{::epoll_create1(EPOLL_CLOEXEC)} {
  if (!events_.is_open()) throw system_failure("cannot watch a container", errno);
  const auto& storage = *parts_.storage;
  if (!storage.is_swept) {
    enter(Phase::sweeping);
  } else {
    enter(storage.images.contains(parts_.plan.image) ? Phase::running : Phase::looking);
  }
}

ContainerInstance::~ContainerInstance() {
  helper_.reset();
  if (run_ && !is_run_over_) {
    run_.reset();
    try {
      if (!removal_) begin_removal();
    } catch (const os_linux::Failure&) {  // the next launcher sweeps
    }
  }
  if (removal_) removal_->wait();
  for (const auto* const ending : {".pid", ".conmon"}) ::unlink(file_of(ending).c_str());
}

void ContainerInstance::watch_descriptor(int descriptor, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = descriptor}};
  if (::epoll_ctl(events_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
    throw system_failure("cannot watch a container", errno);
}

void ContainerInstance::enter(Phase phase) {
  phase_ = phase;
  const auto& podman = parts_.storage->podman;
  switch (phase) {
    case Phase::sweeping:
      return help(podman_sweep(podman));
    case Phase::looking:
      return help(podman_has_image(podman, parts_.plan.image));
    case Phase::importing:
      return help(podman_import(podman, parts_.image_path, parts_.plan.image));
    case Phase::running:
      return run();
    case Phase::over:
      return;
  }
}

void ContainerInstance::help(const std::vector<std::string>& words) {
  helper_ = std::make_unique<HelperProcess>(words, phase_ == Phase::importing ? import_patience : helper_patience);
  watch_descriptor(helper_->descriptor(), EPOLLIN);
}

void ContainerInstance::help_is_over(int status) {
  const auto output = helper_->output();
  helper_.reset();
  if (is_stopped_) return fail(End::stopped, to_int(ExitCode::no_trailer), "the container was stopped before it ran");
  auto& storage = *parts_.storage;
  switch (phase_) {
    case Phase::sweeping:
      storage.is_swept = true;
      remove_process_files(storage.podman.directory);
      return enter(Phase::looking);
    case Phase::looking:
      if (status != 0) return enter(Phase::importing);
      storage.images.insert(parts_.plan.image);
      return enter(Phase::running);
    case Phase::importing:
      if (status != 0)
        return fail(End::exited, to_int(ExitCode::environment), "podman could not import the image: " + output);
      storage.images.insert(parts_.plan.image);
      return enter(Phase::running);
    case Phase::running:
    case Phase::over:
      return;
  }
}

void ContainerInstance::fail(End end, int exit_code, std::string explanation) {
  outcome_.end = end;
  outcome_.exit_code = exit_code;
  outcome_.explanation = std::move(explanation);
  outcome_.measured.ended = os_linux::monotonic_now();
  phase_ = Phase::over;
}

void ContainerInstance::run() {
  auto records = make_record_socket();
  const auto words = podman_run(parts_.storage->podman, parts_.plan);
  const auto started = start_program(words, {}, parts_.log, nullptr, {records.theirs.get(), parts_.module.get()});
  watch_descriptor(records.source->descriptor(), EPOLLIN);
  run_ = watch({.what = "container",
                .process_id = started.process_id,
                .records = std::move(records.source),
                .nics = {},
                .spawned = started.spawned,
                .executed = started.executed,
                .time_limit = parts_.time_limit,
                .meaning_of_status = meaning_of_podman_status,
                .companions = [this] { return companions(); }});
  podman_process_ = UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, started.process_id, 0))};
  if (!podman_process_.is_open()) throw system_failure("cannot watch podman", errno);
  watch_descriptor(podman_process_.get(), EPOLLIN | EPOLLONESHOT);
  if (parts_.time_limit) kill_at_ = started.spawned + *parts_.time_limit;
}

std::string ContainerInstance::file_of(const char* ending) const {
  return parts_.storage->podman.directory + "/" + parts_.plan.name + ending;
}

/// The program in the container, and the monitor that podman puts above it.
std::vector<int> ContainerInstance::companions() const {
  std::vector<int> processes;
  for (const auto* const ending : {".pid", ".conmon"}) {
    const auto text = os_linux::read_text_file(file_of(ending)).value_or("");
    int number = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{} && number > 0)
      processes.push_back(number);
  }
  return processes;
}

std::optional<Instant> ContainerInstance::deadline() const {
  std::optional<Instant> next;
  const auto earlier = [&](std::optional<Instant> at) {
    if (at) next = next ? std::min(*next, *at) : *at;
  };
  if (run_ && !is_run_over_) earlier(run_->deadline());
  if (!removal_) earlier(kill_at_);
  for (const auto* const helper : {helper_.get(), removal_.get()})
    if (helper != nullptr) earlier(helper->deadline());
  return next;
}

/// podman's own end is told once: usually the record stream ends at the same moment, else the container is an orphan.
void ContainerInstance::look_at_events() {
  std::array<epoll_event, 4> events{};
  const int count = ::epoll_wait(events_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    if (!podman_process_.is_open() || events[static_cast<std::size_t>(i)].data.fd != podman_process_.get()) continue;
    const auto soon = os_linux::monotonic_now() + orphan_patience;
    kill_at_ = kill_at_ ? std::min(*kill_at_, soon) : soon;
  }
}

bool ContainerInstance::step(const RecordSink& sink) {
  look_at_events();
  if (helper_)
    if (const auto status = helper_->ended()) help_is_over(*status);
  return run_ ? step_run(sink) : phase_ != Phase::over;
}

bool ContainerInstance::step_run(const RecordSink& sink) {
  const bool is_late = kill_at_ && os_linux::monotonic_now() >= *kill_at_;
  if (!is_run_over_ && !run_->step(sink)) end_run();
  // podman was killed by its time limit, or has gone and left the container behind.
  if (!is_run_over_ && is_late && !removal_) begin_removal();
  if (removal_ && removal_->ended()) {
    const auto output = removal_->output();
    removal_.reset();
    kill_at_.reset();
    if (!is_run_over_) remove_again(output);
  }
  if (!is_run_over_ || removal_) return true;
  phase_ = Phase::over;
  return false;
}

void ContainerInstance::end_run() {
  is_run_over_ = true;
  outcome_ = run_->outcome();
  constexpr int podmans_own = to_int(ExitCode::environment);
  // Somebody may have removed the image behind our back: the next run looks again.
  if (!outcome_.trailer && outcome_.exit_code == podmans_own) parts_.storage->images.erase(parts_.plan.image);
}

void ContainerInstance::begin_removal() {
  removal_ = std::make_unique<HelperProcess>(podman_remove(parts_.storage->podman, parts_.plan.name), helper_patience);
  watch_descriptor(removal_->descriptor(), EPOLLIN);
}

/// The container had not been there yet, or the record channel outlives it for a moment: later, if it is still needed.
void ContainerInstance::remove_again(const std::string& output) {
  constexpr unsigned removals_max = 20;
  if (++removals_ < removals_max) {
    kill_at_ = os_linux::monotonic_now() + removal_pause;
    return;
  }
  run_.reset();
  is_run_over_ = true;
  fail(End::killed, to_int(ExitCode::no_trailer), "the container cannot be removed: " + output);
}

void ContainerInstance::stop() {
  is_stopped_ = true;
  if (helper_) helper_->kill();
  if (!run_ || is_run_over_) return;
  run_->stop();
  if (!removal_) begin_removal();
}

std::optional<MemoryUse> ContainerInstance::memory() const { return run_ ? run_->memory() : std::nullopt; }

}  // namespace utnt::tender
