// SPDX-License-Identifier: BSD-2-Clause
// The usual loop of a launcher with one instance.
#include <poll.h>

#include <algorithm>
#include <array>

#include "os_linux/clock.hpp"
#include "tender/tender.hpp"

namespace utnt::tender {
namespace {

int milliseconds_until(const std::optional<Instant>& deadline) {
  if (!deadline) return -1;
  constexpr std::int64_t millisecond = 1'000'000, longest = 60'000;
  const auto left = *deadline - os_linux::monotonic_now();
  return static_cast<int>(std::clamp<std::int64_t>((left.ns() + millisecond - 1) / millisecond, 0, longest));
}

}  // namespace

RunOutcome run_to_end(Instance& instance, const RecordSink& sink, int stop_descriptor) {
  while (instance.step(sink)) {
    std::array<pollfd, 2> waits{pollfd{instance.descriptor(), POLLIN, 0}, pollfd{stop_descriptor, POLLIN, 0}};
    ::poll(waits.data(), waits.size(), milliseconds_until(instance.deadline()));
    if (waits[1].revents != 0) {
      instance.stop();
      stop_descriptor = -1;
    }
  }
  return instance.outcome();
}

}  // namespace utnt::tender
