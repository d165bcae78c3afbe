// SPDX-License-Identifier: BSD-2-Clause
// See host_tsc.hpp. Linux names the clock it goes by in sysfs
// (Documentation/ABI/testing/sysfs-devices-system-clocksource).
#include "tender/host_tsc.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <string_view>

#include "os_linux/clock.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::tender {
namespace {

constexpr std::int64_t span_min_ns = 2'000'000;
constexpr std::uint64_t hz_min = 500'000'000, hz_max = 8'000'000'000;

std::uint64_t read_tsc() {
#if defined(__x86_64__)
  std::uint32_t low = 0, high = 0;
  asm volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
  return std::uint64_t{high} << 32 | low;
#else
  return 0;
#endif
}

}  // namespace

bool is_tsc_trusted() {
  static const bool trusted = [] {
    const os_linux::UniqueFd file{
        ::open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC)};
    std::array<char, 32> text{};
    const auto got = file.is_open() ? ::read(file.get(), text.data(), text.size()) : 0;
    const std::string_view name{text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    return name.starts_with("tsc") || name.starts_with("kvm-clock");
  }();
  return trusted;
}

HostTsc::HostTsc() : first_{read_pair()} {}

/// The closest of a few: whatever came between the two readings makes them lie apart.
HostTsc::Pair HostTsc::read_pair() {
  Pair best;
  auto narrowest = std::numeric_limits<std::uint64_t>::max();
  constexpr int tries = 8;
  for (int i = 0; i < tries; ++i) {
    const auto before = read_tsc();
    const auto ns = os_linux::monotonic_now().ns();
    const auto width = read_tsc() - before;
    if (width >= narrowest) continue;
    narrowest = width;
    best = {before + width / 2, ns};
  }
  return best;
}

std::uint64_t HostTsc::measure_hz() const {
  if (!is_tsc_trusted()) return 0;
  auto last = read_pair();
  while (last.ns - first_.ns < span_min_ns) last = read_pair();
  const auto seconds = static_cast<double>(last.ns - first_.ns) / 1e9;
  const auto hz = static_cast<std::uint64_t>(static_cast<double>(last.tsc - first_.tsc) / seconds);
  return hz >= hz_min && hz <= hz_max ? hz : 0;
}

}  // namespace utnt::tender
