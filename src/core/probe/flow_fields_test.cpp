// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/flow_fields.hpp"

#include <gtest/gtest.h>

#include <set>

namespace utnt::core {
namespace {

constexpr SipKey key{0x0123456789abcdefU, 0xfedcba9876543210U};
const wire::IpAddress destination = wire::Ipv4Address{20, 0, 8, 2};

TEST(FlowFields, OriginalRulesShareIdentifierAndChecksumAmongAllPaths) {
  const auto a = make_flow(key, RuleSet::tnt, Method::icmp_paris, destination, 0, PathId{1});
  const auto b = make_flow(key, RuleSet::tnt, Method::icmp_paris, wire::Ipv4Address{9, 9, 9, 9}, 0, PathId{2});
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.constant, a.id);
  EXPECT_GE(a.id, 0x8000);
  EXPECT_NE(a.id, 0xffff);
  EXPECT_EQ(ip_id_of(a, 0), 1);
  const auto udp = make_flow(key, RuleSet::tnt, Method::udp_paris, destination, 0, PathId{1});
  EXPECT_EQ(udp.constant, 33435);
  EXPECT_EQ(udp.id, a.id);
  EXPECT_EQ(udp_checksum_of(udp, 41), 42);
}

TEST(FlowFields, DefaultRulesKeepTheFlowForEveryPathOfADestination) {
  const auto a = make_flow(key, RuleSet::utnt, Method::icmp_paris, destination, 3, PathId{1});
  const auto b = make_flow(key, RuleSet::utnt, Method::icmp_paris, destination, 3, PathId{99});
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.constant, b.constant);
  EXPECT_NE(a.ip_id_pad, b.ip_id_pad);
}

TEST(FlowFields, DefaultRulesGiveEveryFlowNumberOtherFields) {
  std::set<std::pair<int, int>> icmp;
  std::set<int> udp;
  for (std::uint32_t flow = 0; flow < 32; ++flow) {
    const auto a = make_flow(key, RuleSet::utnt, Method::icmp_paris, destination, flow, PathId{1});
    icmp.emplace(a.id, a.constant);
    udp.insert(make_flow(key, RuleSet::utnt, Method::udp_paris, destination, flow, PathId{1}).constant);
  }
  EXPECT_EQ(icmp.size(), 32U);
  EXPECT_EQ(udp.size(), 32U) << "the destination port carries the flow number";
}

TEST(FlowFields, AUdpChecksumIsNeverZeroBecauseZeroMeansNone) {
  for (std::uint32_t path = 1; path < 3000; ++path) {
    const auto flow = make_flow(key, RuleSet::utnt, Method::udp_paris, destination, 0, PathId{path});
    for (std::uint8_t attempt = 0; attempt < 3; ++attempt) {
      for (unsigned ttl = 1; ttl < 256; ttl += 7) {
        ASSERT_NE(udp_checksum_of(flow, make_token(static_cast<std::uint8_t>(ttl), attempt)), 0);
      }
    }
  }
}

TEST(FlowFields, ATokenSurvivesARewrittenChecksumOrIpId) {
  const auto flow = make_flow(key, RuleSet::utnt, Method::udp_paris, destination, 0, PathId{5});
  const auto token = make_token(17, 1);
  const auto sent = [&](std::uint16_t candidate) { return candidate == token; };
  EXPECT_EQ(udp_token(flow, udp_checksum_of(flow, token), ip_id_of(flow, token), sent), token);
  EXPECT_EQ(udp_token(flow, 0, ip_id_of(flow, token), sent), token);
  EXPECT_EQ(udp_token(flow, udp_checksum_of(flow, token), 0x1234, sent), token);
  EXPECT_EQ(udp_token(flow, 0, 0x1234, sent), std::nullopt);
  EXPECT_EQ(token_ttl(token), 17);
  EXPECT_EQ(token_attempt(token), 1);
}

}  // namespace
}  // namespace utnt::core
