// SPDX-License-Identifier: BSD-2-Clause
// No interrupt is lost: frames come when they like, also between a last look at the rings and falling asleep, devices
// act between any two steps of the platform, and the program is awake in the moment a frame is there. UTNT_WAKE_UPS
// says how many frames; the soak asks for a million.
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

#include "base/prng.hpp"
#include "machine/board.hpp"
#include "wire/ethernet.hpp"

namespace utnt::machine {
namespace {

constexpr std::size_t memory_bytes = std::size_t{4} << 20;
constexpr std::size_t number_at = wire::ethernet_header_bytes + 4, time_at = number_at + 4;

/// A network from which packets come by themselves: bursts, pauses shorter than the platform's spinning, and long ones.
class Beacon final : public emu::Network {
 public:
  Beacon(std::uint64_t seed, std::uint32_t count) : random_{seed}, count_{count} {}

  [[nodiscard]] wire::IpAddress vantage_point() const override { return wire::Ipv4Address{10, 0, 0, 2}; }
  void send(wire::Packet, Instant) override {}
  [[nodiscard]] std::optional<Instant> next_arrival() const override {
    if (sent_ == count_) return std::nullopt;
    return next_;
  }
  std::optional<wire::Received> receive(wire::PacketBuffer out, Instant now) override {
    if (sent_ == count_ || next_ > now) return std::nullopt;
    const auto packet = out.first(28 + random_.below(1400));
    fill_zero(packet);
    packet[0] = std::byte{0x45};
    store_le(packet, 4, 4, sent_++);
    store_le(packet, 8, 8, static_cast<std::uint64_t>(next_.ns()));
    const auto arrival = next_;
    constexpr std::uint64_t short_ns = 60'000, long_ns = 3'000'000;
    const auto kind = random_.below(4);
    const auto pause = kind == 0 ? 0 : random_.below(kind == 1 ? short_ns : long_ns);
    next_ = next_ + Duration{static_cast<std::int64_t>(pause)};
    return wire::Received{packet, arrival};
  }
  [[nodiscard]] emu::Truth truth(const wire::IpAddress&) const override { throw std::logic_error{"nothing to know"}; }

 private:
  Prng random_;
  std::uint32_t count_;
  std::uint32_t sent_{0};
  Instant next_{1'000'000};
};

std::uint32_t wake_ups() {
  const char* const text = std::getenv("UTNT_WAKE_UPS");
  return text == nullptr ? 20'000 : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

/// Takes frames one by one and notes: how many came, how many out of order, how late the latest was taken.
int take_frames(std::uint32_t count) {
  namespace platform = unikernel::platform;
  std::array<unikernel::Frame, 8> frames;
  std::array<std::byte, 64> bytes{};
  std::uint32_t taken = 0;
  std::uint64_t disorder = 0, latest = 0;
  constexpr Duration patience{2'000'000'000};
  while (taken < count) {
    const auto deadline = platform::now() + patience;
    platform::wait(deadline);
    const auto got = platform::rx_burst(frames);
    if (got == 0 && platform::now() >= deadline) break;  // everything else has come
    const auto now = static_cast<std::uint64_t>(platform::now().ns());
    for (const auto& frame : std::span{frames}.first(got)) {
      if (load_le(frame.bytes, number_at, 4) != taken++) ++disorder;
      const auto due = load_le(frame.bytes, time_at, 8);
      latest = std::max(latest, now - due);
    }
    if (taken % 3 == 0) static_cast<void>(platform::tx_burst(std::array{unikernel::Frame{bytes, {}, 0}}));
  }
  for (const auto fact : {std::uint64_t{taken}, disorder, latest, platform::receive_losses().drops}) note(fact);
  return 0;
}

void expect_awake(const BoardSettings& settings) {
  const auto count = wake_ups();
  Beacon network{settings.disorder + 99, count};
  const auto outcome = boot(network, settings, "uk.exitport=0xf4", "", memory_bytes,
                            [count](const unikernel::Startup&) { return take_frames(count); });
  ASSERT_EQ(outcome.crash + outcome.violations, "");
  ASSERT_EQ(outcome.code, 0) << outcome.log;
  ASSERT_EQ(outcome.facts.size(), 4U);
  EXPECT_EQ(outcome.facts[0], count) << "frames";
  EXPECT_EQ(outcome.facts[1], 0U) << "out of order";
  // Whoever misses an interrupt sleeps until the next frame, often for milliseconds; steps take well below one.
  constexpr std::uint64_t steps_ns = 50'000;
  EXPECT_LE(outcome.facts[2], settings.disorder == 0 ? 0 : steps_ns) << "nanoseconds that the latest one waited";
  EXPECT_EQ(outcome.facts[3], 0U) << "dropped";
  EXPECT_GT(outcome.sleeps, count / 3) << "the frames that come alone need a sleep each";
}

class WakeUps : public ::testing::TestWithParam<std::tuple<bool, bool>> {};

TEST_P(WakeUps, are_never_lost_whenever_the_devices_act) {
  BoardSettings settings;
  settings.has_event_index = std::get<0>(GetParam());
  settings.can_merge = std::get<1>(GetParam());
  for (const std::uint64_t seed : {0, 1, 2}) {
    settings.disorder = seed;
    expect_awake(settings);
  }
}
INSTANTIATE_TEST_SUITE_P(Machine, WakeUps, ::testing::Combine(::testing::Bool(), ::testing::Bool()),
                         [](const auto& test) {
                           return std::string{std::get<0>(test.param) ? "with" : "without"} + "_event_index_" +
                                  (std::get<1>(test.param) ? "with" : "without") + "_merged_buffers";
                         });

TEST(WakeUpsOfADisk, are_never_lost) {
  BoardSettings settings;
  settings.has_console = false;
  settings.disk_sectors = std::size_t{64} << 11;
  settings.disorder = 5;
  const auto network = std::make_unique<Beacon>(1, 0);
  constexpr std::uint64_t writes = 10'000;
  const auto outcome = boot(*network, settings, "uk.exitport=0xf4", "", memory_bytes, [](const unikernel::Startup&) {
    const std::array<std::byte, 100> bytes{std::byte{7}};
    for (std::uint64_t i = 0; i < writes; ++i)
      if (!unikernel::platform::rec_write(bytes)) return 1;
    note(static_cast<std::uint64_t>(unikernel::platform::now().ns()));
    return 0;
  });
  ASSERT_EQ(outcome.crash + outcome.violations, "");
  ASSERT_EQ(outcome.code, 0) << outcome.log;
  EXPECT_EQ(outcome.records.size(), writes * 100);
  // A lost interrupt costs the 10 ms that the platform dozes; requests take up to 0.2 ms, eight at a time.
  EXPECT_LT(outcome.facts.at(0), writes * 200'000);
}

}  // namespace
}  // namespace utnt::machine
