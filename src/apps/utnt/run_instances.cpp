// SPDX-License-Identifier: BSD-2-Clause
// See run_instances.hpp.
#include "apps/utnt/run_instances.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <sstream>

#include "os_linux/clock.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::apps {

namespace {

using os_linux::Failure;
using os_linux::UniqueFd;

/// Where an image's log gathers until its end.
UniqueFd open_log() {
  UniqueFd file{::memfd_create("log", MFD_CLOEXEC)};
  if (!file.is_open()) throw os_linux::system_failure("cannot hold the image's log", errno);
  return file;
}

/// Its lines, but for the one that a machine ends with.
std::vector<std::string> log_lines(const UniqueFd& file) {
  constexpr std::size_t shown_max = 8192;
  std::string text(shown_max, '\0');
  const auto got = ::pread(file.get(), text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  std::vector<std::string> lines;
  std::istringstream input{text};
  for (std::string line; std::getline(input, line);) {
    while (line.ends_with('\r')) line.pop_back();
    for (auto& c : line) c = c >= ' ' && c <= '~' ? c : '?';
    if (!line.empty() && !line.starts_with("UKEXIT ")) lines.push_back(line);
  }
  return lines;
}

/// Some descriptors each: as many as this user may have.
void allow_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class Running {
 public:
  Running(MergedResults& results, const std::function<void()>& on_progress)
      : results_{results}, on_progress_{on_progress} {}

  void start(tender::Tender& tender, tender::RunRequest request);
  /// False when all have ended.
  bool wait_and_step(int& stop_descriptor);
  std::vector<FinishedInstance> take() { return std::move(finished_); }

 private:
  struct Slot {
    std::unique_ptr<tender::Instance> instance;  ///< gone when it has ended
    UniqueFd log;
  };
  void step(std::size_t place);
  [[nodiscard]] int milliseconds_to_deadline() const;

  MergedResults& results_;
  const std::function<void()>& on_progress_;
  std::vector<Slot> slots_;
  std::vector<FinishedInstance> finished_;
  std::vector<pollfd> waits_;
  std::vector<std::size_t> places_;
};

void Running::start(tender::Tender& tender, tender::RunRequest request) {
  auto& slot = slots_.emplace_back();
  auto& finished = finished_.emplace_back();
  finished.bytes_in = request.module.size() + request.command_line.size();
  slot.log = open_log();
  request.log_descriptor = slot.log.get();
  try {
    slot.instance = tender.start(request);
  } catch (const Failure& failure) {
    if (slots_.size() == 1) throw;  // the others would not fare better
    finished.outcome.exit_code = os_linux::to_int(failure.code());
    finished.outcome.explanation = failure.what();
    finished.has_started = false;
  }
}

void Running::step(std::size_t place) {
  auto& slot = slots_[place];
  if (slot.instance->step([&](ConstBytes bytes) { results_.add(place, bytes); })) return;
  auto& finished = finished_[place];
  finished.outcome = slot.instance->outcome();
  finished.stream_complaint = results_.finish(place);
  finished.log = log_lines(slot.log);
  slot = {};
}

int Running::milliseconds_to_deadline() const {
  constexpr std::int64_t millisecond = 1'000'000, longest = 60'000;
  std::optional<Instant> next;
  for (const auto place : places_) {
    const auto deadline = slots_[place].instance->deadline();
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  if (!next) return -1;
  const auto left = *next - os_linux::monotonic_now();
  return static_cast<int>(std::clamp<std::int64_t>((left.ns() + millisecond - 1) / millisecond, 0, longest));
}

bool Running::wait_and_step(int& stop_descriptor) {
  waits_.assign(1, {stop_descriptor, POLLIN, 0});
  places_.clear();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].instance) continue;
    waits_.push_back({slots_[i].instance->descriptor(), POLLIN, 0});
    places_.push_back(i);
  }
  if (places_.empty()) return false;
  ::poll(waits_.data(), waits_.size(), milliseconds_to_deadline());
  const bool is_stopped = waits_[0].revents != 0;
  if (is_stopped) stop_descriptor = -1;
  const auto now = os_linux::monotonic_now();
  for (std::size_t i = 0; i < places_.size(); ++i) {
    auto& instance = *slots_[places_[i]].instance;
    if (is_stopped) instance.stop();
    const auto deadline = instance.deadline();
    if (is_stopped || waits_[i + 1].revents != 0 || (deadline && *deadline <= now)) step(places_[i]);
  }
  on_progress_();
  return true;
}

}  // namespace

std::vector<FinishedInstance> run_instances(tender::Tender& tender, std::vector<tender::RunRequest> requests,
                                            MergedResults& results, const std::function<void()>& on_progress,
                                            int stop_descriptor) {
  constexpr std::size_t many = 100;
  if (requests.size() > many) allow_descriptors();
  Running running{results, on_progress};
  for (auto& request : requests) running.start(tender, std::move(request));
  while (running.wait_and_step(stop_descriptor)) {
  }
  return running.take();
}

}  // namespace utnt::apps
