// SPDX-License-Identifier: BSD-2-Clause
// What a queue of so many servers does with given arrivals and service times, computed event by event: the judge of the
// dispatcher's policies, which shares nothing with it. A deployment is a service, a slot is a server.
// Sources: the fleet specification, section 1 (D/G/5); Erlang's formulas, with which it is tested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/prng.hpp"
#include "base/time.hpp"

namespace utnt::fleet {

struct QueueOutcome {
  std::uint64_t accepted{0};
  std::uint64_t refused{0};
  Duration waited;        ///< of all accepted requests together
  Duration longest_wait;  ///< of one
  Duration last_end;      ///< when the last accepted request had been served
};

/// Requests that find no server free are refused. `services[i]` is how long request i takes, if it is accepted; both
/// spans are equally long, arrivals in order. A server that becomes free at the moment of an arrival is free.
QueueOutcome serve_or_refuse(std::span<const Duration> arrivals, std::span<const Duration> services,
                             std::size_t servers);
/// Requests wait in the order of their arrival; nothing is refused.
QueueOutcome serve_in_order(std::span<const Duration> arrivals, std::span<const Duration> services,
                            std::size_t servers);

enum class QueueKind : std::uint8_t { refusing, waiting };

struct QueueForecast {
  double accepted{0};         ///< mean over the runs
  double accepted_spread{0};  ///< standard deviation of one run
  double wait_s{0};           ///< mean of the accepted requests, in seconds
};

/// `runs` times the arrivals with service times drawn from the measured ones, with replacement.
QueueForecast forecast(QueueKind kind, std::span<const Duration> arrivals, std::span<const Duration> measured,
                       std::size_t servers, std::uint32_t runs, Prng& prng);

}  // namespace utnt::fleet
