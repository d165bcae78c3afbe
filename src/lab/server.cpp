// SPDX-License-Identifier: BSD-2-Clause
// One thread, no locks: read a bounded batch, deliver what is due, sleep until the next of both.
#include "lab/server.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"

namespace utnt::lab {
namespace {

constexpr int frames_per_turn = 32;
constexpr int turns_between_stop_checks = 256;
constexpr long retry_ns = 50'000;  ///< when the other end had no room

}  // namespace

Server::Server(emu::Network& network, FramePort& port, const ServerOptions& options)
    : network_{network}, port_{port}, options_{options}, edge_{network.vantage_point()} {}

ServerCounters Server::counters() const {
  return {.edge = edge_.counters(), .frames_dropped = port_.dropped(), .late_max = late_max_};
}

bool Server::take_frames() {
  int taken = 0;
  while (taken < frames_per_turn) {
    const auto frame = port_.read();
    if (!frame) break;
    ++taken;
    const auto work = edge_.take(*frame);
    if (!work.packet.empty()) network_.send(work.packet, os_linux::monotonic_now());
    if (!work.answer.empty()) port_.write(work.answer);
  }
  return taken > 0;
}

bool Server::deliver_arrivals() {
  bool any = false;
  for (int i = 0; i < frames_per_turn; ++i) {
    const auto next = network_.next_arrival();
    if (!next) break;
    const auto now = os_linux::monotonic_now();
    if (*next > now) break;
    const auto received = network_.receive(edge_.packet_buffer(), now);
    if (!received) break;
    late_max_ = std::max(late_max_, now - received->arrival);
    port_.write(edge_.frame(received->packet.size()));
    any = true;
  }
  is_backed_up_ = !port_.flush();
  return any;
}

/// Returns false when asked to stop.
bool Server::wait_for_work() {
  std::array<pollfd, 2> sources{{{port_.fd(), POLLIN, 0}, {options_.stop_fd, POLLIN, 0}}};
  timespec timeout{};
  const auto next = network_.next_arrival();
  if (next) {
    const auto left = *next - os_linux::monotonic_now() - options_.spin_max;
    if (left > Duration{}) timeout = {left.ns() / 1'000'000'000, left.ns() % 1'000'000'000};
  }
  if (is_backed_up_) timeout = {0, next ? std::min<long>(timeout.tv_nsec, retry_ns) : retry_ns};
  const int ready = ::ppoll(sources.data(), sources.size(), next || is_backed_up_ ? &timeout : nullptr, nullptr);
  if (ready < 0 && errno != EINTR) throw os_linux::system_failure("the lab cannot wait for frames", errno);
  return sources[1].revents == 0;
}

void Server::run() {
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  int busy_turns = 0;
  for (;;) {
    const bool took = take_frames();
    const bool delivered = deliver_arrivals();
    const bool is_busy = (took || delivered) && ++busy_turns < turns_between_stop_checks;
    if (is_busy) continue;
    busy_turns = 0;
    if (!wait_for_work()) return;
  }
}

}  // namespace utnt::lab
