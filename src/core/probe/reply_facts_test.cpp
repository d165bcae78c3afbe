// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/reply_facts.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/prng.hpp"
#include "core/probe/probe_packet.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::core {
namespace {

const wire::IpAddress source = wire::Ipv4Address{20, 0, 1, 1};
const wire::IpAddress destination = wire::Ipv4Address{20, 0, 8, 2};
const wire::IpAddress router = wire::Ipv4Address{20, 0, 3, 2};

std::vector<std::byte> probe(Method method) {
  std::array<std::byte, wire::packet_bytes_max> buffer{};
  const auto flow = make_flow(SipKey{1, 2}, RuleSet::utnt, method, destination, 0, PathId{1});
  const auto packet = build_probe(
      buffer, {.source = source, .destination = destination, .flow = flow, .ttl = 3, .token = make_token(3, 0)});
  return {packet.begin(), packet.end()};
}

/// RFC 792: type, code, checksum, 4 bytes unused, then the IP header and the first bytes of the packet.
std::vector<std::byte> error(std::uint8_t type, std::uint8_t code, std::span<const std::byte> quoted) {
  std::vector<std::byte> out(28 + quoted.size());
  copy_bytes(std::span{out}.subspan(28), quoted);
  store_u8(out, 20, type);
  store_u8(out, 21, code);
  wire::seal_icmpv4(std::span{out}.subspan(20));
  wire::write_ipv4_header(out, {.total_length = static_cast<std::uint16_t>(out.size()),
                                .id = 77,
                                .ttl = Ttl{250},
                                .protocol = 1,
                                .source = router.v4(),
                                .destination = source.v4()});
  return out;
}

TEST(ReplyFacts, NamesTheProbeThatATimeExceededQuotes) {
  const auto sent = probe(Method::icmp_paris);
  const auto facts = read_reply(error(11, 0, std::span{sent}.first(28)));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->kind, ReplyKind::time_exceeded);
  EXPECT_EQ(facts->from, router);
  EXPECT_EQ(facts->ttl, 250);
  EXPECT_EQ(facts->ip_id, 77);
  EXPECT_EQ(facts->probe_destination, destination);
  EXPECT_EQ(facts->quoted, QuotedProtocol::icmp_echo);
  EXPECT_EQ(facts->sequence, make_token(3, 0));
  EXPECT_EQ(facts->quoted_ttl, 3);
  EXPECT_EQ(facts->quoted_bytes, 44);
}

TEST(ReplyFacts, TellsPortUnreachableFromOtherUnreachables) {
  const auto sent = probe(Method::udp_paris);
  EXPECT_EQ(read_reply(error(3, 3, sent))->kind, ReplyKind::port_unreachable);
  EXPECT_EQ(read_reply(error(3, 13, sent))->kind, ReplyKind::unreachable);
  EXPECT_EQ(read_reply(error(3, 3, sent))->quoted, QuotedProtocol::udp);
}

TEST(ReplyFacts, RecoversTheChecksumOfTheRequestFromAnEchoReply) {
  auto packet = probe(Method::icmp_paris);
  const auto request = wire::Icmpv4View::parse(std::span<const std::byte>{packet}.subspan(20));
  const auto checksum = request->checksum(), id = request->identifier(), sequence = request->sequence();
  wire::write_echo(std::span{packet}.subspan(20), {.type = 0, .identifier = id, .sequence = sequence});
  wire::write_ipv4_header(packet,
                          {.total_length = 44, .protocol = 1, .source = destination.v4(), .destination = source.v4()});
  const auto facts = read_reply(packet);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->kind, ReplyKind::echo_reply);
  EXPECT_EQ(facts->constant, checksum);
  packet[36] ^= std::byte{1};
  EXPECT_NE(read_reply(packet)->constant, checksum) << "an altered payload is another request";
}

TEST(ReplyFacts, IgnoresWhatIsNoReply) {
  const auto sent = probe(Method::icmp_paris);
  EXPECT_FALSE(read_reply(sent).has_value()) << "an echo request";
  EXPECT_FALSE(read_reply(error(11, 1, sent)).has_value()) << "reassembly time exceeded";
  EXPECT_FALSE(read_reply(error(11, 0, std::span{sent}.first(24))).has_value()) << "a quote without its ports";
  EXPECT_FALSE(read_reply(error(5, 0, sent)).has_value()) << "a redirect";
  EXPECT_FALSE(read_reply({}).has_value());
}

TEST(ReplyFacts, SurvivesEveryTruncationAndRandomBytes) {
  const auto sent = probe(Method::udp_paris);
  const auto whole = error(11, 0, sent);
  for (std::size_t size = 0; size < whole.size(); ++size) read_reply(std::span{whole}.first(size));
  Prng prng{7};
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = whole;
    for (int flips = 0; flips < 4; ++flips) bytes[prng.below(bytes.size())] = static_cast<std::byte>(prng.next());
    const auto facts = read_reply(bytes);
    EXPECT_TRUE(!facts || facts->kind != ReplyKind::none);
  }
}

}  // namespace
}  // namespace utnt::core
