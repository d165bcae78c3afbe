// SPDX-License-Identifier: BSD-2-Clause
// Movement of packets: time, order, loss, determinism, and what the recorder tells.
#include "emu/forward.hpp"

#include <gtest/gtest.h>

#include <map>

#include "emu/test_networks.hpp"
#include "emu/test_prober.hpp"

namespace utnt::emu {
namespace {

const wire::IpAddress d3 = address("20.0.4.2");  // D of the short line

TEST(Forward, TheRoundTripIsTheSumOfTheDelays) {
  const auto network =
      load(short_line("[links]\ndelay_us = 1000\n[link.\"R1-R2\"]\ndelay_us = 7000\n[defaults]\nresponse_us = 50\n"));
  TestProber prober{*network};
  const auto sent = prober.now_;
  const auto first = prober.ask(prober.echo(d3, 1));
  EXPECT_EQ((first->at - sent).ns(), (2_ms + 50_us).ns());
  const auto sent_again = prober.now_;
  const auto second = prober.ask(prober.echo(d3, 2));
  EXPECT_EQ((second->at - sent_again).ns(), (16_ms + 50_us).ns());
}

TEST(Forward, NothingIsHandedOutBeforeItArrives) {
  const auto network = load(short_line());
  TestProber prober{*network};
  network->send(prober.echo(d3, 3), Instant{});
  const auto at = network->next_arrival();
  ASSERT_TRUE(at.has_value());
  std::array<std::byte, wire::packet_bytes_max> room{};
  EXPECT_FALSE(network->receive(room, *at - 1_ns).has_value());
  const auto got = network->receive(room, *at + 5_ms);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->arrival, *at);
  EXPECT_FALSE(network->next_arrival().has_value());
}

TEST(Forward, RepliesArriveInTheOrderOfTheirTimes) {
  const auto network = load(short_line());
  TestProber prober{*network};
  for (std::uint8_t ttl = 3; ttl >= 1; --ttl) network->send(prober.echo(d3, ttl), Instant{});
  prober.now_ = Instant{} + 1_s;
  const auto seen = prober.collect();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(text_of(seen[0].source), "20.0.1.2");
  EXPECT_EQ(text_of(seen[2].source), "20.0.3.2");
}

std::vector<std::vector<std::byte>> everything(std::uint64_t seed) {
  const auto network =
      load(line_of_three("", "[links]\nloss_ppm = 100000\njitter_us = 500\nduplicate_ppm = 50000\n"), seed);
  network->set_impairments({.seed = seed, .loss_ppm = 10'000, .duplicate_ppm = 20'000, .reorder_ppm = 200'000});
  TestProber prober{*network};
  std::vector<std::vector<std::byte>> out;
  for (int round = 0; round < 20; ++round)
    for (std::uint8_t ttl = 1; ttl <= 8; ++ttl)
      for (auto& seen : prober.ask_all(prober.echo(address("20.0.8.2"), ttl))) {
        for (int i = 0; i < 8; ++i) seen.bytes.push_back(static_cast<std::byte>(seen.at.ns() >> (8 * i)));
        out.push_back(std::move(seen.bytes));
      }
  return out;
}

TEST(Forward, TheSameInputGivesTheSameBytesAtTheSameTimes) {
  EXPECT_EQ(everything(7), everything(7));
  EXPECT_NE(everything(7), everything(8));
}

TEST(Forward, LossTakesItsShare) {
  const auto network = load(short_line("[link.\"VP-R1\"]\nloss_ppm = 100000\n"));
  TestProber prober{*network};
  int answered = 0;
  constexpr int probes = 4000;
  for (int i = 0; i < probes; ++i) answered += prober.ask(prober.echo(d3, 1)).has_value() ? 1 : 0;
  // Two crossings at 10 % each: 81 %, standard deviation 0.6 %.
  EXPECT_NEAR(answered, probes * 81 / 100, probes * 3 / 100);
  EXPECT_EQ(network->counters().lost + static_cast<std::uint64_t>(answered), static_cast<std::uint64_t>(probes));
}

TEST(Forward, DuplicatesArriveTwice) {
  const auto network = load(short_line("[link.\"VP-R1\"]\nduplicate_ppm = 1000000\n"));
  TestProber prober{*network};
  EXPECT_EQ(prober.ask_all(prober.echo(d3, 1)).size(), 4U);  // doubled on the way out and on the way back
}

TEST(Forward, ReorderingHoldsRepliesBackBehindLaterOnes) {
  const auto network = load(short_line());
  network->set_impairments({.seed = 3, .reorder_ppm = 500'000, .reorder_delay = 100_ms});
  TestProber prober{*network};
  for (int i = 0; i < 50; ++i) {
    network->send(prober.echo(d3, static_cast<std::uint8_t>(1 + i % 3)), prober.now_);
    prober.now_ = prober.now_ + 10_ms;
  }
  prober.now_ = prober.now_ + 1_s;
  const auto seen = prober.collect();
  EXPECT_EQ(seen.size(), 50U);
  int inversions = 0;
  for (std::size_t i = 1; i < seen.size(); ++i) {
    // The quoted sequence number is that of sending.
    if (load_be16(seen[i].bytes, 20 + 8 + 20 + 6) < load_be16(seen[i - 1].bytes, 20 + 8 + 20 + 6)) ++inversions;
  }
  EXPECT_GT(inversions, 5);
}

TEST(Forward, BadPacketsOfTheVantagePointAreCountedAndIgnored) {
  const auto network = load(short_line());
  TestProber prober{*network};
  auto packet = prober.echo(d3, 2);
  packet[10] ^= std::byte{1};
  EXPECT_FALSE(prober.ask(packet).has_value());
  EXPECT_FALSE(prober.ask({}).has_value());
  EXPECT_FALSE(prober.ask(std::vector<std::byte>(19)).has_value());
  EXPECT_FALSE(prober.ask(std::vector<std::byte>(3000, std::byte{0x45})).has_value());
  EXPECT_EQ(network->counters().bad_packets, 4U);
}

TEST(Forward, TheRecorderTellsNodesAndLabelOperations) {
  const auto network = load(line_of_three("push_ttl = \"pipe\""));
  Recorder recorder;
  network->set_recorder(&recorder);
  TestProber prober{*network};
  (void)prober.ask(prober.echo(address("20.0.8.2"), 3));
  ASSERT_EQ(recorder.walks().size(), 2U);
  const auto& there = recorder.walks()[0].steps;
  std::vector<Action> actions;
  for (const auto& step : there) actions.push_back(step.action);
  EXPECT_EQ(actions, (std::vector<Action>{Action::originate, Action::forward, Action::push, Action::swap, Action::swap,
                                          Action::pop, Action::expire}));
  EXPECT_EQ(there[2].label_ttl, 255);
  EXPECT_EQ(there[5].label_ttl, 253);
  EXPECT_EQ(there[6].node, 6U);  // PE2, the seventh of the chain
  EXPECT_TRUE(recorder.walks()[1].is_reply);
  EXPECT_EQ(recorder.walks()[1].steps.back().action, Action::deliver);
}

TEST(Forward, ALargePacketMeetsASmallMtu) {
  const auto network = load(short_line("[link.\"R2-R3\"]\nmtu = 600\n"));
  TestProber prober{*network};
  std::vector<std::byte> packet(700);
  wire::write_echo(MutableBytes{packet}.subspan(20), {.identifier = 1});
  wire::write_ipv4_header(packet, {.total_length = 700,
                                   .dont_fragment = true,
                                   .ttl = Ttl{64},
                                   .protocol = 1,
                                   .source = network->vantage_point().v4(),
                                   .destination = d3.v4()});
  const auto seen = prober.ask(packet);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->type, 3);
  EXPECT_EQ(seen->code, 4);
  EXPECT_EQ(text_of(seen->source), "20.0.2.2");
  EXPECT_EQ(load_be16(seen->bytes, 26), 600);
}

TEST(Forward, LabelsCountTowardsTheMtu) {
  const auto network = load(line_of_three("", "[link.\"PE1-P1\"]\nmtu = 100\n"));
  TestProber prober{*network};
  std::vector<std::byte> packet(100);
  wire::write_echo(MutableBytes{packet}.subspan(20), {.identifier = 1});
  wire::write_ipv4_header(packet, {.total_length = 100,
                                   .dont_fragment = true,
                                   .ttl = Ttl{64},
                                   .protocol = 1,
                                   .source = network->vantage_point().v4(),
                                   .destination = address("20.0.8.2").v4()});
  const auto seen = prober.ask(packet);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->code, 4);
  EXPECT_EQ(load_be16(seen->bytes, 26), 96);
}

TEST(Forward, ALoopOfTtlZeroForwardersEnds) {
  const auto network =
      load(short_line("[defaults]\nzero_ttl_forward = true\n[[route]]\nat = \"R2\"\nto = \"D\"\nvia = \"R1\"\n"));
  TestProber prober{*network};
  EXPECT_FALSE(prober.ask(prober.echo(d3, 5)).has_value());
}

TEST(Forward, EveryScenarioSendsSoundPackets) {
  // take_apart checks the IP header checksum; here ICMP's, except where a scenario breaks it on purpose.
  for (const auto& scenario : builtin_scenarios()) {
    const auto network = load_scenario(scenario.text, scenario.name, 5);
    TestProber prober{*network};
    std::size_t bad = 0, all = 0;
    for (std::uint8_t ttl = 1; ttl <= 14; ++ttl)
      for (const auto& packet : {prober.echo(network->info().destinations.front(), ttl),
                                 prober.udp(network->info().destinations.front(), ttl)})
        for (const auto& seen : prober.ask_all(packet)) {
          ++all;
          bad += wire::ones_sum(ConstBytes{seen.bytes}.subspan(20)) == 0xffff ? 0 : 1;
        }
    EXPECT_GT(all, 0U) << scenario.name;
    if (scenario.name != "s38_bad_icmp_checksum" && scenario.name != "s38_damage") {
      EXPECT_EQ(bad, 0U) << scenario.name;
    }
  }
}

}  // namespace
}  // namespace utnt::emu
