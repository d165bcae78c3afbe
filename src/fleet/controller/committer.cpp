// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/committer.hpp"

#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

std::uint64_t bytes_of(const Work& work) {
  std::uint64_t bytes = 0;
  for (const auto& payload : work.payloads) bytes += payload->size();
  return bytes;
}

}  // namespace

Committer::Committer(Store& store, Where where) : store_{store} {
  if (where == Where::at_once) return;
  beside_ = std::make_unique<Store>(store.beside());
  event_ = os_linux::UniqueFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!event_.is_open()) throw os_linux::system_failure("cannot open an event descriptor", errno);
  // Signals are for the thread that waits in poll(): none is to interrupt the disk.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread{[this] { write_until_end(); }};
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Committer::~Committer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    is_ending_ = true;
  }
  handed_over_.notify_one();
  thread_.join();
}

void Committer::check() const {
  if (failure_) std::rethrow_exception(failure_);
}

void Committer::add(Work work) {
  for (std::size_t i = 0; i < work.payloads.size(); ++i)
    work.changes.results[i].payload = std::as_bytes(std::span{*work.payloads[i]});
  std::unique_lock lock{mutex_};
  check();
  const bool has_rows = !work.changes.is_empty();
  if (has_rows) ++figures_.parts;
  if (!has_rows && waiting_.empty() && !is_writing_) {  // nothing to wait for
    written_.push_back({.work = std::move(work), .stored = {}});
    if (event_.is_open()) ::eventfd_write(event_.get(), 1);
    return;
  }
  waiting_bytes_ += bytes_of(work);
  waiting_.push_back(std::move(work));
  if (thread_.joinable()) return handed_over_.notify_one();
  lock.unlock();
  write(std::exchange(waiting_, {}));
}

void Committer::write_until_end() {
  std::unique_lock lock{mutex_};
  for (;;) {
    handed_over_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto parts = std::exchange(waiting_, {});
    is_writing_ = true;
    lock.unlock();
    std::exception_ptr failure;
    try {
      write(std::move(parts));
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    is_writing_ = false;
    failure_ = failure;
    all_written_.notify_all();
    ::eventfd_write(event_.get(), 1);
    if (failure_) return;
  }
}

void Committer::write(std::vector<Work> parts) {
  std::vector<const Changes*> changes;
  std::uint64_t bytes = 0;
  for (const auto& part : parts) {
    changes.push_back(&part.changes);
    bytes += bytes_of(part);
  }
  const auto begin = os_linux::monotonic_now();
  auto stored = (beside_ ? *beside_ : store_).commit_together(changes);
  const auto took = os_linux::monotonic_now() - begin;
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < parts.size(); ++i)
    written_.push_back({.work = std::move(parts[i]), .stored = std::move(stored[i])});
  waiting_bytes_ -= bytes;
  ++figures_.transactions;
  figures_.longest = std::max(figures_.longest, took);
}

std::vector<Written> Committer::take_written() {
  const std::lock_guard lock{mutex_};
  if (event_.is_open()) {
    eventfd_t count = 0;
    ::eventfd_read(event_.get(), &count);
  }
  // What was written before a failure is on the disk all the same.
  if (written_.empty()) check();
  return std::exchange(written_, {});
}

void Committer::wait() {
  std::unique_lock lock{mutex_};
  all_written_.wait(lock, [this] { return failure_ || (waiting_.empty() && !is_writing_); });
  check();
}

bool Committer::is_idle() const {
  const std::lock_guard lock{mutex_};
  return waiting_.empty() && !is_writing_ && written_.empty();
}

std::uint64_t Committer::waiting_bytes() const {
  const std::lock_guard lock{mutex_};
  return waiting_bytes_;
}

Committer::Figures Committer::take_figures() {
  const std::lock_guard lock{mutex_};
  return std::exchange(figures_, {.transactions = figures_.transactions, .parts = figures_.parts});
}

}  // namespace utnt::fleet
