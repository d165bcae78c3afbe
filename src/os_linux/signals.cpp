// SPDX-License-Identifier: BSD-2-Clause
// The classic self-pipe: the handler does nothing but set a flag and write one byte.
#include "os_linux/signals.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "base/assert.hpp"
#include "os_linux/failure.hpp"

namespace utnt::os_linux {
namespace {

constexpr std::array<int, 3> handled{SIGINT, SIGTERM, SIGHUP};

// Signal handlers reach no object, so their state is the one thing here that must be global.
std::atomic<int> first_signal{0};
std::atomic<bool> hang_up_noted{false};
std::array<int, 2> pipe_ends{-1, -1};
std::array<struct sigaction, handled.size()> previous;

extern "C" void on_stop_signal(int number) {
  const int saved = errno;
  int none = 0;
  if (first_signal.compare_exchange_strong(none, number)) {
    [[maybe_unused]] const auto written = ::write(pipe_ends[1], "", 1);
  } else if (number == SIGINT) {
    ::signal(SIGINT, SIG_DFL);
    ::raise(SIGINT);
  }
  errno = saved;
}

extern "C" void on_hang_up(int) { hang_up_noted = true; }

}  // namespace

StopSignals::StopSignals(HangUp hang_up) {
  UTNT_ASSERT(pipe_ends[0] == -1);
  if (::pipe2(pipe_ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) throw system_failure("cannot make a pipe", errno);
  first_signal = 0;
  hang_up_noted = false;
  for (std::size_t i = 0; i < handled.size(); ++i) {
    const bool is_noted = handled[i] == SIGHUP && hang_up == HangUp::is_noted;
    struct sigaction action {};
    action.sa_handler = is_noted ? on_hang_up : on_stop_signal;
    ::sigaction(handled[i], nullptr, &previous[i]);
    // What was started to survive a signal (SIGINT in the background of a script, SIGHUP by nohup) is not stopped by
    // it; a SIGHUP that stops nothing keeps that promise.
    if (is_noted || previous[i].sa_handler != SIG_IGN) ::sigaction(handled[i], &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < handled.size(); ++i) ::sigaction(handled[i], &previous[i], nullptr);
  for (auto& end : pipe_ends) {
    ::close(end);
    end = -1;
  }
}

bool StopSignals::requested() const noexcept { return first_signal != 0; }
int StopSignals::number() const noexcept { return first_signal; }
bool StopSignals::take_hang_up() noexcept {
  return hang_up_noted.load(std::memory_order_relaxed) && hang_up_noted.exchange(false);
}
int StopSignals::fd() const noexcept { return pipe_ends[0]; }

}  // namespace utnt::os_linux
