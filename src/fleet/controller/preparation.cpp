// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/preparation.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <utility>

#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

os_linux::UniqueFd make_event() {
  os_linux::UniqueFd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!event.is_open()) throw os_linux::system_failure("cannot make an event", errno);
  return event;
}

void set(const os_linux::UniqueFd& event) {
  const std::uint64_t one = 1;
  // It fails when it is set already, which is as good.
  [[maybe_unused]] const auto written = ::write(event.get(), &one, sizeof one);
}

}  // namespace

Preparation::Preparation(Work work) : cancel_{make_event()}, done_{make_event()} {
  thread_ = std::thread{[this, work = std::move(work)] {
    Prepared result;
    try {
      result = work(cancel_.get());
    } catch (const std::exception& error) {
      result = {.why = error.what()};
    }
    {
      const std::lock_guard guard{mutex_};
      result_ = std::move(result);
    }
    set(done_);
  }};
}

Preparation::~Preparation() {
  cancel();
  thread_.join();
}

void Preparation::cancel() const { set(cancel_); }

std::optional<Prepared> Preparation::take() {
  const std::lock_guard guard{mutex_};
  return std::exchange(result_, std::nullopt);
}

}  // namespace utnt::fleet
