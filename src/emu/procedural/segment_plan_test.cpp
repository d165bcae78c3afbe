// SPDX-License-Identifier: BSD-2-Clause
// The default mix comes out in the shares that the options state. Bounds are 4.5 standard deviations of a share of that
// many independent draws, so networks are plentiful here: with few, paths share them and the draws are not independent.
#include "emu/procedural/segment_plan.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "emu/procedural/network.hpp"

namespace utnt::emu {
namespace {

constexpr std::size_t sites = 20'000;

ProceduralOptions many_networks() {
  ProceduralOptions o;
  o.transits = 65'534;
  o.providers = 65'536;
  return o;
}

void expect_share(double count, double all, double percent) {
  constexpr double deviations = 4.5;
  const double share = percent / 100;
  EXPECT_NEAR(count / all, share, deviations * std::sqrt(share * (1 - share) / all)) << count << " of " << all;
}

class Mix : public testing::Test {
 protected:
  /// Calls `path` with the transit and the provider of each site.
  template <class OnPath>
  void each_path(SegmentPlans& plans, OnPath path) {
    for (const auto& destination : procedural_destinations(1, sites)) {
      const auto provider = plans.provider_of(destination.v4().value());
      path(plans.transit_of(provider), provider);
    }
  }
};

TEST_F(Mix, SixInTenPathsCrossATunnelAndTheClassesHaveTheirShares) {
  SegmentPlans plans{many_networks()};
  double paths_with = 0, tunnels = 0;
  std::array<double, segment_mpls_kinds> by_class{};
  std::array<double, 9> by_length{};
  each_path(plans, [&](SegmentId transit, SegmentId provider) {
    bool any = false;
    for (const auto id : {transit, provider}) {
      const auto& plan = plans.plan(id);
      if (plan.mpls == SegmentMpls::none) continue;
      any = true;
      ++tunnels;
      ++by_class[static_cast<std::size_t>(plan.mpls)];
      ++by_length.at(plan.last_ler - plan.first_ler - 1U);
    }
    paths_with += any ? 1 : 0;
  });
  expect_share(paths_with, sites, 60);
  expect_share(by_class[static_cast<std::size_t>(SegmentMpls::explicit_)], tunnels, 60);
  expect_share(by_class[static_cast<std::size_t>(SegmentMpls::implicit)], tunnels, 10);
  expect_share(by_class[static_cast<std::size_t>(SegmentMpls::opaque)], tunnels, 5);
  expect_share(by_class[static_cast<std::size_t>(SegmentMpls::invisible_php)], tunnels, 20);
  expect_share(by_class[static_cast<std::size_t>(SegmentMpls::invisible_uhp)], tunnels, 5);
  EXPECT_EQ(by_length[0], 0);
  for (std::size_t n = 1; n <= 8; ++n) expect_share(by_length[n], tunnels, 100.0 / 8);
}

TEST_F(Mix, MakesOfRoutersAndLongWaysBackHaveTheirShares) {
  SegmentPlans plans{many_networks()};
  std::array<double, 3> by_profile{};
  double longer = 0;
  each_path(plans, [&](SegmentId transit, SegmentId provider) {
    ++by_profile.at(plans.plan(provider).profile);
    longer += plans.plan(transit).detour + plans.plan(provider).detour > 0 ? 1 : 0;
  });
  expect_share(by_profile[0], sites, 50);
  expect_share(by_profile[1], sites, 30);
  expect_share(by_profile[2], sites, 20);
  expect_share(longer, sites, 20);
}

TEST_F(Mix, ThreeInTenRoutersBalanceInOneDirectionOrTheOther) {
  // A router balances when the stage before or behind it holds two routers.
  SegmentPlans plans{many_networks()};
  double balancing = 0, routers = 0;
  for (std::uint16_t index = 0; index < 10'000; ++index) {
    const auto& plan = plans.plan({Level::provider, index});
    for (std::uint32_t stage = 0; stage < plan.stages; ++stage) {
      const bool two_ahead = stage + 1 < plan.stages && plan.width(stage + 1) == 2;
      const bool two_behind = stage > 0 && plan.width(stage - 1) == 2;
      routers += plan.width(stage);
      balancing += two_ahead || two_behind ? plan.width(stage) : 0;
    }
  }
  constexpr double tolerance = 0.01;  // the shape of the line rounds the share
  EXPECT_NEAR(balancing / routers, 0.30, tolerance);
}

TEST_F(Mix, SilentAndDeadSharesComeOut) {
  auto options = many_networks();
  options.dead_percent = 20;
  const SegmentPlans plans{options};
  double drawn = 0, mute = 0, cut_off = 0, both = 0;
  std::uint16_t index = 0;
  for (const auto& destination : procedural_destinations(2, sites)) {
    const auto address = destination.v4().value();
    drawn += plans.draw(router_node({Level::provider, index++}, 1, 0), 0, 10) ? 1 : 0;
    mute += plans.host_is_mute(address) ? 1 : 0;
    cut_off += plans.site_is_cut_off(address) ? 1 : 0;
    both += plans.host_is_mute(address) && plans.site_is_cut_off(address) ? 1 : 0;
  }
  expect_share(drawn, sites, 10);
  expect_share(mute, sites, 10);
  expect_share(cut_off, sites, 10);
  EXPECT_EQ(both, 0);
}

TEST_F(Mix, NeighboursOfDoubledStagesAndLersAreSingle) {
  auto options = many_networks();
  options.ecmp_percent = 100;
  options.mpls_percent = 100;
  SegmentPlans plans{options};
  for (std::uint16_t index = 0; index < 2000; ++index) {
    const auto& plan = plans.plan({Level::transit, index});
    ASSERT_LE(plan.stages, stages_max);
    EXPECT_EQ(plan.width(0), 1U);
    EXPECT_EQ(plan.width(plan.stages - 1U), 1U);
    EXPECT_EQ(plan.width(plan.first_ler), 1U);
    EXPECT_EQ(plan.width(plan.last_ler), 1U);
    for (std::uint32_t stage = 1; stage < plan.stages; ++stage) {
      EXPECT_FALSE(plan.width(stage) == 2 && plan.width(stage - 1) == 2);
    }
  }
}

TEST(SegmentPlans, AreTheSameInWhateverOrderTheyAreAskedFor) {
  SegmentPlans forwards{ProceduralOptions{}}, backwards{ProceduralOptions{}};
  constexpr std::uint16_t count = 4096;
  for (int i = count - 1; i >= 0; --i) (void)backwards.plan({Level::provider, static_cast<std::uint16_t>(i)});
  for (std::uint16_t i = 0; i < count; ++i) {
    const auto& a = forwards.plan({Level::provider, i});
    const auto& b = backwards.plan({Level::provider, i});
    EXPECT_EQ(a.stages, b.stages);
    EXPECT_EQ(a.mpls, b.mpls);
    EXPECT_EQ(a.doubled, b.doubled);
    EXPECT_EQ(a.detour, b.detour);
  }
}

}  // namespace
}  // namespace utnt::emu
