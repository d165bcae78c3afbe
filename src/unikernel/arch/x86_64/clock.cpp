// SPDX-License-Identifier: BSD-2-Clause
// How fast the time-stamp counter runs, and what time it is. Source: the unikernel specification, sections 3, 4.1
// and 4.3.
#include "unikernel/arch/machine.hpp"
#include "unikernel/arch/x86_64/cpu.hpp"
#include "unikernel/arch/x86_64/local_apic.hpp"
#include "unikernel/arch/x86_64/tsc.hpp"

namespace utnt::unikernel::arch {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

bool is_believable(std::uint64_t hz) { return hz >= 500'000'000 && hz <= 8'000'000'000; }

/// 0 unless the processor or the hypervisor tells.
std::uint64_t told_hz() {
  constexpr std::uint32_t leaf_tsc = 0x15, leaf_frequency = 0x16, leaf_hypervisor = 0x4000'0000,
                          leaf_timing = 0x4000'0010, has_hypervisor = 1U << 31, signature_kvm = 0x4b4d'564b;
  const auto leaf_max = cpuid(0).eax;
  if (leaf_max >= leaf_tsc) {
    const auto ratio = cpuid(leaf_tsc);
    std::uint64_t base_hz = ratio.ecx;
    if (base_hz == 0 && leaf_max >= leaf_frequency)
      return std::uint64_t{cpuid(leaf_frequency).eax & 0xffffU} * 1'000'000;
    if (ratio.eax != 0 && ratio.ebx != 0) return base_hz * ratio.ebx / ratio.eax;
  }
  if ((cpuid(1).ecx & has_hypervisor) != 0) {
    const auto hypervisor = cpuid(leaf_hypervisor);
    if (hypervisor.ebx == signature_kvm && hypervisor.eax >= leaf_timing)
      return std::uint64_t{cpuid(leaf_timing).eax} * 1'000;
  }
  return 0;
}

/// Counts the old interval timer's ticks; it goes down from 65535 again and again.
class IntervalTimer {
 public:
  static constexpr std::uint64_t ticks_per_second = 1'193'182;

  IntervalTimer() {
    out8(control, 0x34);  // channel 0, both bytes, mode 2
    out8(channel0, 0);
    out8(channel0, 0);
    last_ = read();
  }
  /// Ticks since construction; call it every 50 ms or more often.
  std::uint64_t ticks() {
    const auto now = read();
    ticks_ += static_cast<std::uint16_t>(last_ - now);
    last_ = now;
    return ticks_;
  }

 private:
  static constexpr std::uint16_t control = 0x43, channel0 = 0x40;
  static std::uint16_t read() {
    out8(control, 0);  // latch, so that both bytes are of one moment
    const auto low = in8(channel0);
    return static_cast<std::uint16_t>(low | in8(channel0) << 8);
  }

  std::uint16_t last_{0};
  std::uint64_t ticks_{0};
};

struct Edge {
  std::uint64_t ticks{0};
  std::uint64_t tsc{0};
};

/// The moment a clock's count passes `target`; nothing when it stands still.
template <class Ticks>
bool wait_edge(Ticks ticks, std::uint64_t target, Edge& edge) {
  constexpr std::uint64_t patience = 200'000;
  std::uint64_t last = ticks();
  for (std::uint64_t same = 0; same < patience;) {
    const auto now = ticks();
    if (now != last && now >= target) {
      edge = {now, read_tsc()};
      return true;
    }
    same = now == last ? same + 1 : 0;
    last = now;
  }
  return false;
}

/// TSC ticks a second, measured for 10 ms against a clock of known speed; 0 when that one stands still.
template <class Ticks>
std::uint64_t measure_hz(Ticks ticks, std::uint64_t ticks_per_second) {
  Edge begin, end;
  // Once for nothing: an emulator translates this code when it first runs, and the first stamp would come late.
  if (!wait_edge(ticks, 0, begin)) return 0;
  if (!wait_edge(ticks, 0, begin) || !wait_edge(ticks, begin.ticks + ticks_per_second / 100, end)) return 0;
  return (end.tsc - begin.tsc) * ticks_per_second / (end.ticks - begin.ticks);
}

std::uint8_t read_battery(std::uint8_t which) {
  out8(0x70, which);
  return in8(0x71);
}

/// Days since 1970 of a date of the Gregorian calendar.
std::uint64_t days_since_1970(std::uint64_t year, std::uint64_t month, std::uint64_t day) {
  if (month <= 2) {  // years that begin in March have their leap day at the end
    --year;
    month += 12;
  }
  return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 1 - 719'468;
}

}  // namespace

std::uint64_t find_tsc_hz() {
  if (const auto hz = told_hz(); is_believable(hz)) return hz;
  IntervalTimer timer;
  if (const auto hz = measure_hz([&] { return timer.ticks(); }, IntervalTimer::ticks_per_second); is_believable(hz))
    return hz;
  local_apic.arm(~0U);
  const auto hz = measure_hz([] { return std::uint64_t{~0U - local_apic.count()}; }, second_ns);
  local_apic.arm(0);
  return is_believable(hz) ? hz : 0;
}

std::uint64_t battery_clock_ns() {
  constexpr std::array<std::uint8_t, 6> registers{0, 2, 4, 7, 8, 9};  // second, minute, hour, day, month, year
  constexpr std::uint8_t status_a = 0xa, status_b = 0xb, updating = 0x80, is_binary = 4;
  std::array<std::uint8_t, 6> values{}, again{};
  if (read_battery(status_b) == 0xff) return 0;
  for (unsigned tries = 0;; ++tries) {
    constexpr unsigned tries_max = 10'000;
    if (tries == tries_max) return 0;
    if ((read_battery(status_a) & updating) != 0) continue;
    for (unsigned i = 0; i < values.size(); ++i) values[i] = read_battery(registers[i]);
    for (unsigned i = 0; i < again.size(); ++i) again[i] = read_battery(registers[i]);
    if (values == again) break;
  }
  if ((read_battery(status_b) & is_binary) == 0)
    for (auto& value : values) value = static_cast<std::uint8_t>((value >> 4) * 10 + (value & 0xf));
  const auto [second, minute, hour, day, month, year] = values;
  if (month < 1 || month > 12 || day < 1 || day > 31) return 0;
  const auto days = days_since_1970(2000U + year, month, day);
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * second_ns;
}

}  // namespace utnt::unikernel::arch
