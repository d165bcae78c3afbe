// SPDX-License-Identifier: BSD-2-Clause
// The arithmetic of reply TTLs, from the emulator's specification: PE1 at probe TTL k, N LSRs behind it, the way back
// the mirror of the way there. Expected values are formulas over k, N and position, never answers of this network.
#include <gtest/gtest.h>

#include <algorithm>

#include "emu/procedural/procedural_test_support.hpp"
#include "emu/test_prober.hpp"

namespace utnt::emu {
namespace {

/// The first tunnel of a path; behind it up to the next tunnel's ingress nothing disturbs the TTLs but this one.
struct Line {
  wire::IpAddress destination;
  Truth truth;
  int k{0}, n{0}, calm_hops{0};
};

std::vector<Line> lines(const Network& network, std::size_t count) {
  std::vector<Line> out;
  for (const auto& destination : procedural_destinations(1, count)) {
    Line line{.destination = destination, .truth = network.truth(destination)};
    const auto& first = line.truth.tunnels.at(0);
    line.k = first.ingress + 1;
    line.n = first.egress - first.ingress - 1;
    line.calm_hops = line.truth.tunnels.size() > 1 ? line.truth.tunnels[1].ingress - first.egress : 0;
    out.push_back(std::move(line));
  }
  return out;
}

constexpr int ittl = 255;
constexpr std::size_t enough = 40;

TEST(Oracle, APlainHopAtDistanceDAnswersWithOneLessPerHop) {
  const auto network = internet(uniform_mix(SegmentMpls::none, 0));
  TestProber prober{*network};
  for (const auto& destination : procedural_destinations(1, enough)) {
    const auto truth = network->truth(destination);
    EXPECT_TRUE(truth.tunnels.empty());
    for (int d = 1; d < static_cast<int>(truth.path.size()); ++d) {
      const auto seen = prober.ask(prober.echo(destination, static_cast<std::uint8_t>(d)));
      ASSERT_TRUE(seen.has_value());
      EXPECT_EQ(seen->source, truth.path[static_cast<std::size_t>(d - 1)].incoming);
      EXPECT_EQ(seen->ttl, ittl - (d - 1));
      EXPECT_EQ(seen->quoted_ttl, 1);
      EXPECT_TRUE(seen->labels.empty());
      EXPECT_EQ(prober.ping(seen->source).value().ttl, ittl - (d - 1));
    }
  }
}

TEST(Oracle, AnInvisiblePhpTunnelAddsItsLengthToTheWayBackOnce) {
  const auto network = internet(uniform_mix(SegmentMpls::invisible_php, 0));
  TestProber prober{*network};
  for (const auto& line : lines(*network, enough)) {
    SCOPED_TRACE(text_of(line.destination));
    // PE1 at k, then PE2 at k + 1: its answer returns by the pipe tunnel.
    const auto egress = prober.ask(prober.echo(line.destination, static_cast<std::uint8_t>(line.k + 1))).value();
    EXPECT_EQ(egress.source, line.truth.path[line.truth.tunnels[0].egress].incoming);
    EXPECT_EQ(egress.ttl, ittl - line.n - line.k);
    for (int m = 1; m <= line.calm_hops; ++m) {
      const auto beyond = prober.ask(prober.echo(line.destination, static_cast<std::uint8_t>(line.k + 1 + m))).value();
      EXPECT_EQ(beyond.ttl, ittl - std::max(m, line.n) - line.k) << "hop " << m << " beyond the egress";
    }
  }
}

TEST(Oracle, AJuniperEgressHidesTheTunnelInItsEchoReply) {
  const auto network = internet(uniform_mix(SegmentMpls::invisible_php, 1));
  TestProber prober{*network};
  constexpr int echo_ittl = 64;
  for (const auto& line : lines(*network, enough)) {
    const auto egress = prober.ask(prober.echo(line.destination, static_cast<std::uint8_t>(line.k + 1))).value();
    EXPECT_EQ(egress.ttl, ittl - line.n - line.k);
    EXPECT_EQ(prober.ping(egress.source).value().ttl, echo_ittl - line.k);
  }
}

TEST(Oracle, AnExplicitLsrAnswersByWayOfTheTail) {
  const auto network = internet(uniform_mix(SegmentMpls::explicit_, 0));
  TestProber prober{*network};
  for (const auto& line : lines(*network, enough)) {
    for (int j = 1; j <= line.n; ++j) {
      const auto lsr = prober.ask(prober.echo(line.destination, static_cast<std::uint8_t>(line.k + j))).value();
      EXPECT_EQ(lsr.source, line.truth.path[static_cast<std::size_t>(line.k - 1 + j)].incoming);
      EXPECT_EQ(lsr.ttl, ittl - ((line.n - j) + 1 + line.n + 1 + (line.k - 1)));
      EXPECT_EQ(lsr.quoted_ttl, j);  // the TTL went on in the label
      ASSERT_EQ(lsr.labels.size(), 1U);
      EXPECT_EQ(lsr.labels[0].second, 1);
      EXPECT_EQ(prober.ping(lsr.source).value().ttl, ittl - (j + line.k - 1));
    }
  }
}

TEST(Oracle, AnImplicitLsrShowsTheSameTtlsAndNoLabel) {
  const auto network = internet(uniform_mix(SegmentMpls::implicit, 0));
  TestProber prober{*network};
  for (const auto& line : lines(*network, enough)) {
    for (int j = 1; j <= line.n; ++j) {
      const auto lsr = prober.ask(prober.echo(line.destination, static_cast<std::uint8_t>(line.k + j))).value();
      EXPECT_EQ(lsr.ttl, ittl - ((line.n - j) + 1 + line.n + 1 + (line.k - 1)));
      EXPECT_EQ(lsr.quoted_ttl, j);
      EXPECT_TRUE(lsr.labels.empty());
    }
  }
}

TEST(Oracle, AnOpaqueEgressShowsHowFarItsLabelCame) {
  const auto network = internet(uniform_mix(SegmentMpls::opaque, 0));
  TestProber prober{*network};
  for (const auto& line : lines(*network, enough)) {
    const auto egress = prober.ask(prober.echo(line.destination, static_cast<std::uint8_t>(line.k + 1))).value();
    EXPECT_EQ(egress.source, line.truth.path[line.truth.tunnels[0].egress].incoming);
    EXPECT_EQ(egress.ttl, ittl - line.n - line.k);
    EXPECT_EQ(egress.quoted_ttl, 1);
    ASSERT_EQ(egress.labels.size(), 1U);
    EXPECT_EQ(egress.labels[0].second, ittl - line.n);
  }
}

TEST(Oracle, AUhpTailOfTheCiscoKindLetsTheNextHopAnswerTwice) {
  const auto network = internet(uniform_mix(SegmentMpls::invisible_uhp, 0));
  TestProber prober{*network};
  for (const auto& line : lines(*network, enough)) {
    const auto behind = line.truth.path[line.truth.tunnels[0].egress + 1U].incoming;
    for (int ttl = line.k + 1; ttl <= line.k + 2; ++ttl) {
      const auto seen = prober.ask(prober.echo(line.destination, static_cast<std::uint8_t>(ttl))).value();
      EXPECT_EQ(seen.source, behind);
      EXPECT_EQ(seen.quoted_ttl, 1);
    }
  }
}

}  // namespace
}  // namespace utnt::emu
