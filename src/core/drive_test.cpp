// SPDX-License-Identifier: BSD-2-Clause
// The turns of the loop: whatever there is to send, replies are looked at in between, or a real link would lose them.
#include "core/drive.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/engine_run_test.hpp"

namespace utnt::core::test {
namespace {

/// Counts what is sent between two looks at the link, and what is taken in without a chance to send.
struct TurnCounter {
  VirtualLink link;
  unsigned sent{0}, sent_most{0};
  unsigned taken{0}, taken_most{0};

  Instant now() const { return link.now(); }
  bool stopped() const { return link.stopped(); }
  void send(wire::Packet packet) {
    sent_most = std::max(sent_most, ++sent);
    taken = 0;
    link.send(packet);
  }
  std::optional<wire::Received> wait(wire::PacketBuffer out, std::optional<Instant> deadline) {
    sent = 0;
    const auto received = link.wait(out, deadline);
    if (received) taken_most = std::max(taken_most, ++taken);
    return received;
  }
};

TEST(Drive, looks_for_replies_after_every_turn_of_sending) {
  constexpr std::uint32_t traces = 1000;
  auto config = config_for(RuleSet::utnt);
  config.rate_pps_max = config.prefix_pps_max = config.near_pps_max = 0;
  config.traces_max = traces;
  std::vector<std::byte> raw(Engine::bytes_needed(config) + Arena::alignment);
  auto* start = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(raw.data()) + 63) / 64 * 64);
  auto engine = Engine::create(config, {start, Engine::bytes_needed(config)});
  ASSERT_TRUE(engine.has_value());
  // Without any delay the first reply is there as soon as the first probe is sent.
  LineNetwork network{{.hop_delay = Duration{}}};
  TurnCounter link{.link = {.network = network}};
  Destinations source;
  for (std::uint32_t i = 0; i < traces; ++i) source.list.emplace_back(wire::Ipv4Address{0x14010001U + (i << 8)});
  std::size_t complete = 0;
  drive(*engine, link, source, [&](const Event& event) {
    const auto* end = std::get_if<TraceEnd>(&event);
    complete += end != nullptr && end->stop == StopReason::completed ? 1 : 0;
  });
  EXPECT_EQ(complete, traces);
  EXPECT_EQ(link.sent_most, packets_per_turn) << "there was enough to send for whole turns";
  EXPECT_GT(link.taken_most, packets_per_turn / 2) << "replies were taken one by one";
}

}  // namespace
}  // namespace utnt::core::test
