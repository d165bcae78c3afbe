// SPDX-License-Identifier: BSD-2-Clause
// The image holds the only other end of the record stream and cannot close it: its end is the process's end, so one
// descriptor tells both. Sources: pidfd_open(2), wait4(2), proc(5).
#include "tender/process/process_instance.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
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

bool is_fault(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGTRAP;
}

}  // namespace

ProcessInstance::ProcessInstance(Parts parts)
    : process_id_{parts.process_id},
      process_{std::move(parts.process)},
      records_{std::move(parts.records)},
      nics_{std::move(parts.nics)},
      deadline_{parts.deadline},
      code_of_status_{parts.code_of_status} {
  outcome_.measured.spawned = parts.spawned;
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

bool ProcessInstance::step(const RecordSink& sink) {
  constexpr int reads_max = 16;
  if (is_over_) return false;
  if (deadline_ && os_linux::monotonic_now() >= *deadline_) {
    kill(Killer::time_limit);
    deadline_.reset();
  }
  static thread_local std::array<std::byte, 65'536> buffer;
  for (int i = 0; i < reads_max; ++i) {
    const auto got = ::recv(records_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
      take(ConstBytes{buffer}.first(static_cast<std::size_t>(got)), sink);
    } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      return true;
    } else {
      reap();
      return false;
    }
  }
  return true;
}

void ProcessInstance::take(ConstBytes bytes, const RecordSink& sink) {
  auto& measured = outcome_.measured;
  if (measured.record_bytes == 0) measured.first_bytes = os_linux::monotonic_now();
  measured.record_bytes += bytes.size();
  watch_.add(bytes);
  sample_memory();
  if (sink) sink(bytes);
}

void ProcessInstance::sample_memory() {
  const auto now = os_linux::monotonic_now();
  if (now - sampled_ < sample_period && !watch_.trailer()) return;
  sampled_ = now;
  const auto use = memory();
  if (!use) return;
  auto& peak = outcome_.measured.peak;
  peak.rss_bytes = std::max(peak.rss_bytes, use->rss_bytes);
  peak.pss_bytes = std::max(peak.pss_bytes, use->pss_bytes);
}

std::optional<MemoryUse> ProcessInstance::memory() const {
  if (is_over_) return std::nullopt;
  const auto path = "/proc/" + std::to_string(process_id_) + "/smaps_rollup";
  const os_linux::UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 2048> text;
  const auto got = file.is_open() ? ::read(file.get(), text.data(), text.size()) : -1;
  if (got <= 0) return std::nullopt;
  const std::string_view rollup{text.data(), static_cast<std::size_t>(got)};
  const MemoryUse use{.rss_bytes = kibibytes_behind(rollup, "\nRss:"), .pss_bytes = kibibytes_behind(rollup, "\nPss:")};
  return use.rss_bytes == 0 ? std::nullopt : std::optional{use};
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
    const int code = code_of_status_ != nullptr ? code_of_status_(exit_status) : exit_status;
    out.end = End::exited;
    out.exit_code = code != 0 ? code : without_trailer;
    if (code == 0 && !out.trailer) out.explanation = "the image ended without closing its result stream";
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
    out.explanation = "the image was killed from outside (signal " + std::to_string(out.signal) + ")";
  }
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
                                                                  .nics = std::move(started.nics),
                                                                  .spawned = started.spawned,
                                                                  .deadline = deadline,
                                                                  .code_of_status = started.code_of_status});
}

}  // namespace utnt::tender
