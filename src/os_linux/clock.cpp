// SPDX-License-Identifier: BSD-2-Clause
// clock_gettime, which the kernel serves without a system call.
#include "os_linux/clock.hpp"

#include <time.h>

#include <array>

namespace utnt::os_linux {
namespace {

std::int64_t read_ns(clockid_t clock) noexcept {
  timespec t{};
  ::clock_gettime(clock, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

Instant monotonic_now() noexcept { return Instant{read_ns(CLOCK_MONOTONIC)}; }

std::int64_t wall_clock_ns() noexcept { return read_ns(CLOCK_REALTIME); }

std::int64_t wall_clock_offset_ns() noexcept {
  // The wall clock between two readings of the other: the middle of the two is its best partner.
  const auto before = read_ns(CLOCK_MONOTONIC);
  const auto wall = read_ns(CLOCK_REALTIME);
  const auto after = read_ns(CLOCK_MONOTONIC);
  return wall - (before + (after - before) / 2);
}

std::string utc_text(std::int64_t wall_clock_nanoseconds) {
  const auto seconds = static_cast<time_t>(wall_clock_nanoseconds / 1'000'000'000);
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), ::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace utnt::os_linux
