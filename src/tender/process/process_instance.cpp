// SPDX-License-Identifier: BSD-2-Clause
// The image holds the only other end of the record stream and cannot close it: its end is the process's end, so one
// descriptor tells both. Sources: pidfd_open(2), wait4(2), proc(5).
#include "tender/process/process_instance.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>

#include "os_linux/clock.hpp"
#include "os_linux/exit_code.hpp"
#include "os_linux/failure.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::to_int;

constexpr Duration sample_period{50'000'000};
constexpr Duration idle_sample_period{500'000'000};

std::uint64_t kibibytes_behind(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(std::min(text.find_first_not_of(" \t", at + key.size()), text.size()));
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number * 1024;
}

Duration duration_of(const timeval& time) {
  return Duration{(std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec) * 1000};
}

std::optional<MemoryUse> memory_of(int process) {
  const auto path = "/proc/" + std::to_string(process) + "/smaps_rollup";
  const os_linux::UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 2048> text;
  const auto got = file.is_open() ? ::read(file.get(), text.data(), text.size()) : -1;
  if (got <= 0) return std::nullopt;
  const std::string_view rollup{text.data(), static_cast<std::size_t>(got)};
  const MemoryUse use{.rss_bytes = kibibytes_behind(rollup, "\nRss:"), .pss_bytes = kibibytes_behind(rollup, "\nPss:")};
  return use.rss_bytes == 0 ? std::nullopt : std::optional{use};
}

bool is_fault(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGTRAP;
}

}  // namespace

ProcessInstance::ProcessInstance(Parts parts)
    : process_id_{parts.process_id},
      process_{std::move(parts.process)},
      records_{std::move(parts.records)},
      group_{std::move(parts.group)},
      nics_{std::move(parts.nics)},
      deadline_{parts.deadline},
      meaning_of_status_{parts.meaning_of_status},
      companions_{std::move(parts.companions)} {
  outcome_.measured.spawned = parts.spawned;
  outcome_.measured.executed = parts.executed;
}

ProcessInstance::~ProcessInstance() {
  if (is_over_) return;
  kill(Killer::request);
  reap();
}

void ProcessInstance::kill(Killer why) {
  if (killer_ == Killer::nobody) killer_ = why;
  ::syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0);
}

void ProcessInstance::stop() {
  if (!is_over_) kill(Killer::request);
}

int ProcessInstance::descriptor() const {
  const int own = records_->descriptor();
  return own >= 0 ? own : process_.get();
}

bool ProcessInstance::has_ended() const {
  pollfd process{process_.get(), POLLIN, 0};
  return ::poll(&process, 1, 0) > 0;
}

bool ProcessInstance::step(const RecordSink& sink) {
  if (is_over_) return false;
  looked_ = os_linux::monotonic_now();
  if (deadline_ && looked_ >= *deadline_) {
    kill(Killer::time_limit);
    deadline_.reset();
  }
  // Asked before reading: what the process wrote before its end is then read.
  const bool is_last = records_->descriptor() < 0 && has_ended();
  const auto state = records_->read([&](ConstBytes bytes) { take(bytes, sink); });
  if (state == RecordSource::State::ended || (is_last && state == RecordSource::State::nothing_now)) {
    end(sink);
    return false;
  }
  if (state == RecordSource::State::nothing_now && outcome_.measured.record_bytes > 0)
    sample_memory(idle_sample_period);
  return true;
}

void ProcessInstance::end(const RecordSink& sink) {
  records_->finish([&](ConstBytes bytes) { take(bytes, sink); });
  reap();
  if (outcome_.exit_code == 0) return;
  const auto complaint = records_->complaint();
  if (complaint.empty()) return;
  auto& text = outcome_.explanation;
  text += (text.empty() ? "" : "; ") + complaint;
}

void ProcessInstance::take(ConstBytes bytes, const RecordSink& sink) {
  auto& measured = outcome_.measured;
  measured.last_bytes = os_linux::monotonic_now();
  if (measured.record_bytes == 0) measured.first_bytes = measured.last_bytes;
  measured.record_bytes += bytes.size();
  watch_.add(bytes);
  sample_memory(sample_period);
  if (sink) sink(bytes);
}

std::optional<Instant> ProcessInstance::deadline() const {
  auto next = deadline_;
  const auto earlier = [&](Instant at) { next = next ? std::min(*next, at) : at; };
  if (const auto period = records_->poll_period()) earlier(looked_ + *period);
  if (outcome_.measured.record_bytes > 0) earlier(sampled_ + idle_sample_period);
  return next;
}

void ProcessInstance::sample_memory(Duration period) {
  const auto now = os_linux::monotonic_now();
  if (now - sampled_ < period && !watch_.trailer()) return;
  sampled_ = now;
  const auto use = memory();
  if (!use) return;
  auto& peak = outcome_.measured.peak;
  peak.rss_bytes = std::max(peak.rss_bytes, use->rss_bytes);
  peak.pss_bytes = std::max(peak.pss_bytes, use->pss_bytes);
  if (!watch_.trailer() || outcome_.measured.steady.pss_bytes == 0) outcome_.measured.steady = *use;
}

std::optional<MemoryUse> ProcessInstance::memory() const {
  if (is_over_) return std::nullopt;
  auto use = memory_of(process_id_);
  if (!use || !companions_) return use;
  for (const int process : companions_()) {
    const auto more = memory_of(process).value_or(MemoryUse{});
    use->rss_bytes += more.rss_bytes;
    use->pss_bytes += more.pss_bytes;
  }
  return use;
}

void ProcessInstance::reap() {
  int status = 0;
  rusage usage{};
  while (::wait4(process_id_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  is_over_ = true;
  nics_.clear();
  outcome_.measured.ended = os_linux::monotonic_now();
  outcome_.measured.user_time = duration_of(usage.ru_utime);
  outcome_.measured.system_time = duration_of(usage.ru_stime);
  if (group_) outcome_.measured.group = group_->use();
  group_.reset();
  outcome_.trailer = watch_.trailer();
  outcome_.stream_damaged = watch_.is_damaged();
  judge(status);
}

void ProcessInstance::judge(int status) {
  auto& out = outcome_;
  const int without_trailer = out.trailer ? out.trailer->exit_code : to_int(ExitCode::no_trailer);
  if (WIFEXITED(status)) {
    // A program that fails says so to the kernel too; 0 alone does not prove that the results are complete.
    const int exit_status = WEXITSTATUS(status);
    const auto meaning =
        meaning_of_status_ != nullptr ? meaning_of_status_(exit_status) : StatusMeaning{.exit_code = exit_status};
    out.end = End::exited;
    out.exit_code = meaning.exit_code != 0 ? meaning.exit_code : without_trailer;
    out.explanation = meaning.explanation;
    if (meaning.exit_code == 0 && !out.trailer) {
      out.explanation = "the image ended without closing its result stream";
    }
    return;
  }
  out.signal = WTERMSIG(status);
  if (out.signal == SIGSYS) {
    out.end = End::forbidden;
    out.exit_code = to_int(ExitCode::guest_fault);
    out.explanation = "the image was killed: it asked for a system call that its filter forbids";
  } else if (is_fault(out.signal)) {
    out.end = End::faulted;
    out.exit_code = to_int(ExitCode::guest_fault);
    out.explanation = "the image faulted (signal " + std::to_string(out.signal) + ")";
  } else if (killer_ != Killer::nobody) {
    const bool limit = killer_ == Killer::time_limit;
    out.end = limit ? End::time_limit : End::stopped;
    out.exit_code = without_trailer;
    out.explanation = limit ? "the image was killed at its time limit" : "the image was stopped";
  } else {
    out.end = End::killed;
    out.exit_code = to_int(ExitCode::no_trailer);
    const bool is_over_memory = out.measured.group && out.measured.group->out_of_memory_kills > 0;
    out.explanation = is_over_memory ? "the image was killed: it needed more memory than its limit"
                                     : "the image was killed from outside (signal " + std::to_string(out.signal) + ")";
  }
}

std::unique_ptr<InstanceGroup> make_group(const RunRequest& request) {
  return request.limits.any() ? std::make_unique<InstanceGroup>(request.limits) : nullptr;
}

std::unique_ptr<Instance> watch(Started started) {
  os_linux::UniqueFd process{static_cast<int>(::syscall(SYS_pidfd_open, started.process_id, 0))};
  if (!process.is_open()) {
    const int error = errno;
    ::kill(started.process_id, SIGKILL);
    throw os_linux::system_failure(std::string{"cannot watch the process of the "} + started.what, error);
  }
  for (auto& nic : started.nics) nic.close();
  std::optional<Instant> deadline;
  if (started.time_limit) deadline = started.spawned + *started.time_limit;
  return std::make_unique<ProcessInstance>(ProcessInstance::Parts{.process_id = started.process_id,
                                                                  .process = std::move(process),
                                                                  .records = std::move(started.records),
                                                                  .group = std::move(started.group),
                                                                  .nics = std::move(started.nics),
                                                                  .spawned = started.spawned,
                                                                  .executed = started.executed,
                                                                  .deadline = deadline,
                                                                  .meaning_of_status = started.meaning_of_status,
                                                                  .companions = std::move(started.companions)});
}

}  // namespace utnt::tender
