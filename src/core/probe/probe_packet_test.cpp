// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/probe_packet.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "wire/checksum.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"
#include "wire/udp.hpp"

namespace utnt::core {
namespace {

constexpr SipKey key{1, 2};
const wire::IpAddress source = wire::Ipv4Address{20, 0, 1, 1};
const wire::IpAddress destination = wire::Ipv4Address{20, 0, 8, 2};

class ParisProbe : public ::testing::TestWithParam<RuleSet> {
 protected:
  wire::Packet build(Method method, std::uint8_t ttl, std::uint16_t token, std::string_view attribution = {}) {
    flow_ = make_flow(key, GetParam(), method, destination, 0, PathId{1});
    return build_probe(buffer_, {.source = source,
                                 .destination = destination,
                                 .flow = flow_,
                                 .ttl = ttl,
                                 .token = token,
                                 .attribution = attribution});
  }
  FlowFields flow_;
  std::array<std::byte, wire::packet_bytes_max> buffer_{};
};

TEST_P(ParisProbe, IsFortyFourBytesWithDontFragmentAndNoToS) {
  const auto ip = wire::Ipv4View::parse(build(Method::icmp_paris, 7, make_token(7, 0)));
  ASSERT_TRUE(ip.has_value());
  EXPECT_EQ(ip->total_length(), 44);
  EXPECT_TRUE(ip->dont_fragment());
  EXPECT_EQ(ip->tos(), 0);
  EXPECT_EQ(ip->ttl(), Ttl{7});
  EXPECT_EQ(ip->id(), ip_id_of(flow_, make_token(7, 0)));
}

TEST_P(ParisProbe, KeepsTheIcmpChecksumConstantWhileTheSequenceVaries) {
  for (const std::uint16_t token : std::initializer_list<std::uint16_t>{0, 1, 255, 256, 4711, 65535}) {
    const auto ip = wire::Ipv4View::parse(build(Method::icmp_paris, 3, token));
    const auto icmp = wire::Icmpv4View::parse(ip->payload());
    EXPECT_EQ(icmp->checksum(), flow_.constant);
    EXPECT_EQ(icmp->identifier(), flow_.id);
    EXPECT_EQ(icmp->sequence(), token);
    EXPECT_TRUE(icmp->checksum_ok());
  }
}

TEST_P(ParisProbe, CarriesTheTokenInARightUdpChecksum) {
  for (std::uint16_t token : {make_token(1, 0), make_token(9, 2), make_token(255, 1)}) {
    const auto ip = wire::Ipv4View::parse(build(Method::udp_paris, 3, token));
    const auto udp = wire::UdpView::parse(ip->payload());
    EXPECT_EQ(udp->checksum(), udp_checksum_of(flow_, token));
    EXPECT_EQ(udp->source(), Port{flow_.id});
    const auto pseudo =
        wire::pseudo_header_sum(source, destination, 17, static_cast<std::uint32_t>(ip->payload().size()));
    EXPECT_EQ(wire::ones_sum(ip->payload(), pseudo), 0xffff) << "RFC 768: the sum over a right datagram";
  }
}

TEST_P(ParisProbe, PutsTheAttributionFirstAndTheFixingBytesBehindIt) {
  const std::string uri = "https://example.org/probing.txt";
  const auto packet = build(Method::icmp_paris, 3, 5, uri);
  const auto icmp = wire::Icmpv4View::parse(wire::Ipv4View::parse(packet)->payload());
  EXPECT_TRUE(icmp->checksum_ok());
  EXPECT_EQ(icmp->checksum(), flow_.constant);
  const auto data = icmp->echo_data();
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(data.data()), uri.size()), uri);
  EXPECT_EQ(data[uri.size()], std::byte{0});
  EXPECT_EQ(packet.size(), paris_probe_bytes(uri));
}

INSTANTIATE_TEST_SUITE_P(RuleSets, ParisProbe, ::testing::Values(RuleSet::tnt, RuleSet::utnt));

TEST(Ping, IsEightyFourBytesWithTtl64AndItsTagAtTheEnd) {
  std::array<std::byte, wire::packet_bytes_max> buffer{};
  const auto packet = build_ping(buffer, {.source = source,
                                          .destination = destination,
                                          .ip_id = 9,
                                          .identifier = 0x1234,
                                          .sequence = 1,
                                          .tag = 0x1122334455667788});
  const auto ip = wire::Ipv4View::parse(packet);
  ASSERT_TRUE(ip.has_value());
  EXPECT_EQ(ip->total_length(), 84);
  EXPECT_EQ(ip->ttl(), Ttl{64});
  const auto icmp = wire::Icmpv4View::parse(ip->payload());
  EXPECT_TRUE(icmp->checksum_ok());
  EXPECT_EQ(icmp->identifier(), 0x1234);
  EXPECT_EQ(load_be64(icmp->echo_data(), icmp->echo_data().size() - 8), 0x1122334455667788U);
}

}  // namespace
}  // namespace utnt::core
