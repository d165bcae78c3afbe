// SPDX-License-Identifier: BSD-2-Clause
// Every address leads to the router it names, truth is what packets do, and the same seed gives the same bytes.
#include "emu/procedural/network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "emu/procedural/address_plan.hpp"
#include "emu/procedural/procedural_test_support.hpp"
#include "emu/test_prober.hpp"

namespace utnt::emu {
namespace {

constexpr std::uint32_t near_side = 1, far_side = 2;

ProceduralOptions small_default_mix(std::uint64_t seed) {
  ProceduralOptions o;
  o.seed = seed;
  o.transits = 24;
  o.providers = 48;
  return o;
}

struct Interface {
  std::uint32_t address{0};
  NodeId owner{0};
};

/// All addresses of a segment and whose they are, from the address plan and the shape of the segment alone.
std::vector<Interface> interfaces_of(SegmentPlans& plans, SegmentId id) {
  std::vector<Interface> out;
  const auto plan = plans.plan(id);
  const auto router = [&](std::uint32_t stage, std::uint32_t branch) {
    return router_node(id, stage, plan.width(stage) == 2 ? branch : 0);
  };
  for (std::uint32_t stage = 0; stage < plan.stages; ++stage) {
    for (std::uint32_t branch = 0; branch < plan.width(stage); ++branch) {
      out.push_back({loopback_address(id, stage, branch), router(stage, branch)});
    }
    const bool two_links = plan.width(stage) == 2 || (stage > 0 && plan.width(stage - 1) == 2);
    for (std::uint32_t branch = 0; branch < (two_links ? 2U : 1U); ++branch) {
      out.push_back({link_address(id, 2 * stage + branch, far_side), router(stage, branch)});
      if (stage > 0) out.push_back({link_address(id, 2 * stage + branch, near_side), router(stage - 1, branch)});
    }
  }
  if (id.level != Level::access) {
    const SegmentId parent = id.level == Level::provider ? plans.transit_of(id) : SegmentId{};
    out.push_back({link_address(id, 0, near_side), router_node(parent, plans.plan(parent).stages - 1U, 0)});
  }
  return out;
}

/// The nodes a packet crosses, each once, and what was done first to its label stack there.
std::vector<Step> visited(const Walk& walk) {
  std::vector<Step> out;
  for (const auto& step : walk.steps) {
    if (step.action == Action::originate) continue;
    if (out.empty() || out.back().node != step.node) out.push_back(step);
  }
  return out;
}

TEST(ProceduralNetwork, EveryInterfaceAndLoopbackIsReachedAndAnswersFromItself) {
  auto options = small_default_mix(3);
  options.echo_silent_percent = 0;
  const auto network = internet(options);
  SegmentPlans plans{options};
  Recorder recorder;
  network->set_recorder(&recorder);
  TestProber prober{*network};
  std::vector<SegmentId> segments{{Level::access, 0}};
  for (std::uint16_t i = 0; i < options.transits; ++i) segments.push_back({Level::transit, i});
  for (std::uint16_t i = 0; i < options.providers; ++i) segments.push_back({Level::provider, i});
  std::set<std::uint32_t> all;
  for (const auto id : segments) {
    for (const auto& [address, owner] : interfaces_of(plans, id)) {
      EXPECT_TRUE(all.insert(address).second) << "two owners";
      const wire::IpAddress target = wire::Ipv4Address{address};
      SCOPED_TRACE(text_of(target));
      recorder.clear();
      const auto seen = prober.ping(target);
      ASSERT_TRUE(seen.has_value());
      EXPECT_EQ(seen->source, target);
      ASSERT_FALSE(recorder.walks().empty());
      const auto& last = recorder.walks().front().steps.back();
      EXPECT_EQ(last.action, Action::deliver);
      EXPECT_EQ(last.node, owner);
    }
  }
  EXPECT_GT(all.size(), 1000U);
}

TEST(ProceduralNetwork, NobodyAnswersForAnAddressThatIsNotThere) {
  const auto options = small_default_mix(3);
  const auto network = internet(options);
  TestProber prober{*network};
  constexpr std::uint32_t stage_beyond = 30;
  const SegmentId first{Level::provider, 0}, none{Level::provider, 48};
  for (const auto address : {link_address(first, 0, 0), link_address(first, 0, 3), link_address(none, 0, far_side),
                             link_address(first, 2 * stage_beyond, far_side), loopback_address(first, stage_beyond, 0),
                             loopback_address(none, 0, 0)}) {
    const auto seen = prober.ping(wire::Ipv4Address{address});
    EXPECT_TRUE(!seen.has_value() || seen->type != wire::icmp4::echo_reply);
  }
}

/// The ends of the tunnels that a walk goes through: where labels go on, and where the packet is IP again.
std::vector<std::pair<std::size_t, std::size_t>> tunnels_walked(const std::vector<Step>& steps, const Truth& truth) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].action == Action::push) out.emplace_back(i, 0);
    if (steps[i].action != Action::pop || out.empty() || out.size() > truth.tunnels.size()) continue;
    const auto tunnel_class = truth.tunnels[out.size() - 1].tunnel_class;
    const bool at_the_egress = tunnel_class == TrueClass::invisible_uhp || tunnel_class == TrueClass::opaque;
    out.back().second = at_the_egress ? i : i + 1;  // else the router before it popped
  }
  return out;
}

TEST(ProceduralNetwork, TheTruthIsTheWalkOfAPacketThatCannotExpire) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto network = internet(small_default_mix(seed));
    Recorder recorder;
    network->set_recorder(&recorder);
    TestProber prober{*network};
    std::size_t tunnels = 0;
    for (const auto& destination : procedural_destinations(seed, 150)) {
      SCOPED_TRACE(text_of(destination) + " seed " + std::to_string(seed));
      const auto truth = network->truth(destination);
      recorder.clear();
      (void)prober.ask(prober.echo(destination, 255));
      const auto steps = visited(recorder.walks().front());
      ASSERT_EQ(steps.size(), truth.path.size());
      for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
        EXPECT_EQ("r" + std::to_string(steps[i].node & ~1U), truth.path[i].name);  // branches count as one
      }
      EXPECT_EQ(steps.back().action, Action::deliver);
      const auto walked = tunnels_walked(steps, truth);
      ASSERT_EQ(walked.size(), truth.tunnels.size());
      tunnels += walked.size();
      for (std::size_t t = 0; t < walked.size(); ++t) {
        EXPECT_EQ(walked[t].first, truth.tunnels[t].ingress);
        EXPECT_EQ(walked[t].second, truth.tunnels[t].egress);
      }
    }
    EXPECT_GT(tunnels, 50U);
  }
}

TEST(ProceduralNetwork, EachHopAnswersOrNotAsTheTruthOfItsFlowSays) {
  auto options = small_default_mix(4);
  options.mpls_percent = 0;  // then TTL and position agree
  const auto network = internet(options);
  TestProber prober{*network};
  std::size_t silent = 0, all = 0;
  for (const auto& destination : procedural_destinations(4, 150)) {
    const auto truth = network->truth_for(prober.echo(destination, 255));
    for (std::size_t i = 0; i < truth.path.size(); ++i) {
      const auto& router = truth.path[i];
      const auto seen = prober.ask(prober.echo(destination, static_cast<std::uint8_t>(i + 1)));
      ++all;
      silent += seen ? 0 : 1;
      EXPECT_EQ(seen.has_value(), i + 1 == truth.path.size() ? router.answers_er : router.answers_te);
      if (!seen) continue;
      EXPECT_NE(std::find(router.aliases.begin(), router.aliases.end(), seen->source), router.aliases.end());
    }
  }
  EXPECT_GT(silent, all / 50);  // one in ten routers, few of them shared by many paths
  EXPECT_LT(silent, all / 4);
}

TEST(ProceduralNetwork, DeadSitesAreMuteOrCutOffAsTheTruthSays) {
  auto options = small_default_mix(5);
  options.dead_percent = 50;
  options.te_silent_percent = 0;
  const auto network = internet(options);
  TestProber prober{*network};
  std::size_t mute = 0, cut_off = 0;
  for (const auto& destination : procedural_destinations(5, 200)) {
    const auto truth = network->truth(destination);
    const auto seen = prober.ping(destination);
    const bool expected = truth.reachable && truth.path.back().answers_er;
    EXPECT_EQ(seen.has_value() && seen->type == wire::icmp4::echo_reply, expected);
    mute += truth.reachable && !expected ? 1 : 0;
    cut_off += truth.reachable ? 0 : 1;
  }
  EXPECT_GT(mute, 20U);
  EXPECT_GT(cut_off, 20U);
}

TEST(ProceduralNetwork, ALostPacketIsLostOnALinkCrossing) {
  auto options = uniform_mix(SegmentMpls::none, 0);
  options.loss_ppm = 20'000;
  const auto network = internet(options);
  TestProber prober{*network};
  constexpr int probes = 20'000;
  int answered = 0;
  const auto destination = procedural_destinations(1, 1).front();
  for (int i = 0; i < probes; ++i) answered += prober.ask(prober.echo(destination, 1)) ? 1 : 0;
  const double share = 0.98 * 0.98;  // there and back
  EXPECT_NEAR(static_cast<double>(answered) / probes, share, 4.5 * std::sqrt(share * (1 - share) / probes));
}

TEST(ProceduralNetwork, AnAnswerTakesTheDelayOfEveryLinkBothWays) {
  auto options = uniform_mix(SegmentMpls::none, 0);
  options.link_delay = 5_ms;
  const auto network = internet(options);
  TestProber prober{*network};
  const auto destination = procedural_destinations(1, 1).front();
  for (int ttl = 1; ttl <= 4; ++ttl) {
    const auto sent = prober.now_;
    const auto seen = prober.ask(prober.echo(destination, static_cast<std::uint8_t>(ttl))).value();
    constexpr Duration response{20'000};  // of a router
    EXPECT_EQ(seen.at - sent, Duration{2 * ttl * 5'000'000} + response);
  }
}

std::vector<std::vector<std::byte>> bytes_of_a_run(std::uint64_t seed) {
  auto options = small_default_mix(seed);
  options.loss_ppm = 20'000;
  const auto network = internet(options);
  TestProber prober{*network};
  std::vector<std::vector<std::byte>> out;
  for (const auto& destination : procedural_destinations(1, 40)) {
    for (std::uint8_t ttl = 1; ttl <= 20; ++ttl) {
      for (auto& seen : prober.ask_all(prober.echo(destination, ttl))) out.push_back(std::move(seen.bytes));
    }
  }
  return out;
}

TEST(ProceduralNetwork, TheSameSeedGivesTheSameBytesAndAnotherGivesOthers) {
  const auto first = bytes_of_a_run(1);
  EXPECT_GT(first.size(), 400U);
  EXPECT_EQ(first, bytes_of_a_run(1));
  EXPECT_NE(first, bytes_of_a_run(2));
}

TEST(ProceduralDestinations, LieInDifferentNetworksOutsideTheInfrastructure) {
  std::set<std::uint32_t> prefixes;
  constexpr std::size_t count = 100'000;
  for (const auto& destination : procedural_destinations(9, count)) {
    const auto address = destination.v4().value();
    EXPECT_TRUE(prefixes.insert(address >> 8).second);
    EXPECT_GE(address >> 24, 24U);
    EXPECT_FALSE(wire::is_reserved(destination));
  }
  EXPECT_EQ(prefixes.size(), count);
}

}  // namespace
}  // namespace utnt::emu
