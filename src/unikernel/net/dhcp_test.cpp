// SPDX-License-Identifier: BSD-2-Clause
// Offsets and option codes as RFC 2131 section 2, RFC 2132, RFC 3442 and RFC 4039 print them.
#include "unikernel/net/dhcp.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "wire/ipv4.hpp"
#include "wire/udp.hpp"

namespace utnt::unikernel {
namespace {

constexpr wire::MacAddress mac{{0x02, 1, 2, 3, 4, 5}};
constexpr std::uint32_t transaction = 0xcafe'f00d;
constexpr Duration ms{1'000'000};
constexpr std::size_t message_at = 42;  // 14 Ethernet, 20 IPv4, 8 UDP

class Client : public ::testing::Test {
 protected:
  std::vector<std::byte> poll() {
    const auto frame = client.poll(room, now);
    return frame ? std::vector<std::byte>(frame->begin(), frame->end()) : std::vector<std::byte>{};
  }
  /// A reply of the server 192.0.2.1 with the given options behind the type.
  std::vector<std::byte> reply(std::uint8_t type, const std::vector<unsigned>& options,
                               std::uint32_t xid = transaction) {
    std::vector<std::byte> message(240);
    message[0] = std::byte{2};
    store_be32(message, 4, xid);
    store_be32(message, 16, 0xc000'0217);  // yiaddr 192.0.2.23
    wire::store_mac(message, 28, mac);
    store_be32(message, 236, 0x6382'5363);
    for (const unsigned byte : {53U, 1U, unsigned{type}, 54U, 4U, 192U, 0U, 2U, 1U}) message.push_back(std::byte(byte));
    for (const auto byte : options) message.push_back(static_cast<std::byte>(byte));
    message.push_back(std::byte{255});
    std::vector<std::byte> frame(message_at);
    frame.insert(frame.end(), message.begin(), message.end());
    const wire::Ipv4Address from{192, 0, 2, 1}, to{255, 255, 255, 255};
    wire::write_udp_header(MutableBytes{frame}.subspan(34), {.source = Port{67}, .destination = Port{68}}, from, to);
    wire::write_ipv4_header(MutableBytes{frame}.subspan(14),
                            {.total_length = static_cast<std::uint16_t>(frame.size() - 14),
                             .ttl = Ttl{64},
                             .protocol = wire::protocol::udp,
                             .source = from,
                             .destination = to});
    wire::write_ethernet_header(
        frame, {.destination = wire::mac_broadcast, .source = {{0x02, 9, 9, 9, 9, 9}}, .ethertype = 0x0800});
    return frame;
  }

  std::array<std::byte, 600> room{};
  Instant now{};
  DhcpClient client{mac, transaction};
};

std::vector<unsigned> options_of(const std::vector<std::byte>& frame) {
  std::vector<unsigned> out;
  for (std::size_t i = message_at + 240; i < frame.size(); ++i) out.push_back(static_cast<unsigned>(frame[i]));
  return out;
}

TEST_F(Client, DiscoversByBroadcastWithRapidCommit) {
  const auto frame = poll();
  ASSERT_GT(frame.size(), message_at + 240);
  EXPECT_EQ(wire::load_mac(frame, 0), wire::mac_broadcast);
  const auto ip = wire::Ipv4View::parse(ConstBytes{frame}.subspan(14));
  ASSERT_TRUE(ip.has_value());
  EXPECT_EQ(ip->source(), wire::Ipv4Address{});
  EXPECT_EQ(ip->destination(), (wire::Ipv4Address{255, 255, 255, 255}));
  const auto udp = wire::UdpView::parse(ip->payload());
  ASSERT_TRUE(udp.has_value());
  EXPECT_EQ(udp->source(), Port{68});
  EXPECT_EQ(udp->destination(), Port{67});
  EXPECT_EQ(load_be32(frame, message_at + 4), transaction);
  EXPECT_EQ(load_be16(frame, message_at + 10), 0x8000);
  EXPECT_EQ(wire::load_mac(frame, message_at + 28), mac);
  EXPECT_EQ(options_of(frame), (std::vector<unsigned>{53, 1, 1,  61, 7,  1,  2,   1,  2, 3, 4,   5,  55, 7,
                                                      1,  3, 26, 51, 58, 59, 121, 57, 2, 5, 220, 80, 0,  255}));
}

TEST_F(Client, TakesAnOfferAndThenItsLease) {
  poll();
  EXPECT_TRUE(client.take(reply(2, {})));
  EXPECT_FALSE(client.lease().has_value());
  const auto request = options_of(poll());
  ASSERT_GE(request.size(), 3U);
  EXPECT_EQ(request[2], 3U);
  // requested address 192.0.2.23, server 192.0.2.1
  const std::vector<unsigned> tail{50, 4, 192, 0, 2, 23, 54, 4, 192, 0, 2, 1, 255};
  EXPECT_EQ(std::vector<unsigned>(request.end() - static_cast<std::ptrdiff_t>(tail.size()), request.end()), tail);
  EXPECT_TRUE(
      client.take(reply(5, {1, 4, 255, 255, 255, 0, 3, 4, 192, 0, 2, 254, 26, 2, 5, 220, 51, 4, 0, 0, 14, 16})));
  ASSERT_TRUE(client.lease().has_value());
  EXPECT_EQ(client.lease()->address, (wire::Ipv4Address{192, 0, 2, 23}));
  EXPECT_EQ(client.lease()->prefix_length, 24);
  EXPECT_EQ(client.lease()->gateway, (wire::Ipv4Address{192, 0, 2, 254}));
  EXPECT_EQ(client.lease()->mtu, 1500);
  EXPECT_EQ(client.lease()->seconds, 3600U);
  EXPECT_TRUE(poll().empty());
}

TEST_F(Client, ARapidCommitNeedsOneExchangeAndClasslessRoutesOverrideTheRouter) {
  poll();
  EXPECT_FALSE(client.take(reply(5, {3, 4, 192, 0, 2, 254}))) << "an ACK that nobody asked for";
  // 10.0.0.0/8 by 192.0.2.9, then the default by 192.0.2.7
  EXPECT_TRUE(client.take(reply(5, {80, 0, 3, 4, 192, 0, 2, 254, 121, 11, 8, 10, 192, 0, 2, 9, 0, 192, 0, 2, 7})));
  ASSERT_TRUE(client.lease().has_value());
  EXPECT_EQ(client.lease()->gateway, (wire::Ipv4Address{192, 0, 2, 7}));
}

TEST_F(Client, AsksFiveTimesEverMoreSlowlyAndThenGivesUp) {
  for (const int wait : {250, 500, 1000, 2000, 4000}) {
    EXPECT_FALSE(poll().empty()) << wait;
    EXPECT_TRUE(poll().empty());
    ASSERT_TRUE(client.deadline().has_value());
    EXPECT_GE(*client.deadline(), now + ms * wait);
    EXPECT_LE(*client.deadline(), now + ms * wait * 9 / 8) << "an eighth more at most";
    now = *client.deadline();
  }
  EXPECT_TRUE(poll().empty());
  EXPECT_TRUE(client.has_failed());
  EXPECT_FALSE(client.deadline().has_value());
}

TEST_F(Client, BeginsAnewASecondAfterARefusalAndGivesUpAfterThree) {
  for (int refusal = 1; refusal <= 3; ++refusal) {
    EXPECT_EQ(options_of(poll()).at(2), 1U);
    client.take(reply(2, {}));
    EXPECT_EQ(options_of(poll()).at(2), 3U);
    EXPECT_TRUE(client.take(reply(6, {})));
    EXPECT_TRUE(poll().empty());
    now = now + ms * 1000;
  }
  EXPECT_TRUE(client.has_failed());
}

TEST_F(Client, TakesNoAddressThatNoHostCanHave) {
  poll();
  for (const std::uint32_t address : {0U, 0x7f00'0001U, 0xe000'0001U, 0xffff'ffffU}) {
    auto offer = reply(2, {});
    store_be32(offer, message_at + 16, address);
    EXPECT_FALSE(client.take(offer)) << address;
  }
  EXPECT_FALSE(client.take(reply(2, {1, 4, 255, 0, 255, 0}))) << "a mask with a hole";
  EXPECT_FALSE(client.take(reply(2, {1, 4, 0, 0, 0, 0}))) << "a mask of nothing";
}

TEST_F(Client, HearsOnlyTheServerThatItChose) {
  poll();
  client.take(reply(2, {}));
  poll();
  EXPECT_FALSE(client.take(reply(5, {54, 4, 192, 0, 2, 66}))) << "another server";
  EXPECT_FALSE(client.take(reply(6, {54, 4, 192, 0, 2, 66})));
  EXPECT_TRUE(client.take(reply(5, {})));
  EXPECT_FALSE(client.take(reply(6, {}))) << "nobody asked";
  EXPECT_TRUE(client.lease().has_value());
}

TEST_F(Client, IgnoresARouterThatIsItselfAndAnMtuThatIsNone) {
  poll();
  EXPECT_TRUE(client.take(reply(5, {80, 0, 3, 4, 192, 0, 2, 23, 26, 2, 0, 67})));
  EXPECT_EQ(client.lease()->gateway, wire::Ipv4Address{});
  EXPECT_EQ(client.lease()->mtu, 0);
}

TEST_F(Client, AcceptsALeaseWithoutAnEnd) {
  poll();
  EXPECT_TRUE(client.take(reply(5, {80, 0, 51, 4, 255, 255, 255, 255})));
  EXPECT_FALSE(client.deadline().has_value());
  now = now + ms * 1'000'000'000;
  EXPECT_TRUE(poll().empty());
  EXPECT_FALSE(client.has_expired());
}

/// A lease of an hour, at time 0.
class LeasedClient : public Client {
 protected:
  void SetUp() override {
    poll();
    client.take(reply(5, {80, 0, 51, 4, 0, 0, 14, 16}));
  }
};

TEST_F(LeasedClient, AsksItsServerForMoreAtHalfTime) {
  EXPECT_EQ(client.deadline(), Instant{} + ms * 1'800'000);
  now = Instant{} + ms * 1'800'000;
  const auto frame = poll();
  const auto ip = wire::Ipv4View::parse(ConstBytes{frame}.subspan(14));
  ASSERT_TRUE(ip.has_value());
  EXPECT_EQ(ip->source(), (wire::Ipv4Address{192, 0, 2, 23}));
  EXPECT_EQ(ip->destination(), (wire::Ipv4Address{192, 0, 2, 1}));
  EXPECT_EQ(load_be32(frame, message_at + 4), transaction + 1);
  EXPECT_EQ(load_be16(frame, message_at + 10), 0) << "it can receive to its address";
  EXPECT_EQ(load_be32(frame, message_at + 12), 0xc000'0217U) << "ciaddr";
  // RFC 2131 table 5: neither the requested address nor the server when renewing.
  EXPECT_EQ(options_of(frame), (std::vector<unsigned>{53, 1, 3, 61, 7,  1,  2,  1,   2,  3, 4, 5,   55,
                                                      7,  1, 3, 26, 51, 58, 59, 121, 57, 2, 5, 220, 255}));
  now = now + ms * 100;
  EXPECT_TRUE(client.take(reply(5, {51, 4, 0, 0, 14, 16}, transaction + 1)));
  EXPECT_EQ(client.deadline(), Instant{} + ms * (2 * 1'800'000)) << "counted from the request";
}

TEST_F(LeasedClient, AsksEverybodyWhenItsServerIsSilentAndThenStops) {
  now = Instant{} + ms * 1'800'000;
  EXPECT_FALSE(poll().empty());
  // RFC 2131 section 4.4.5: half of what is left until T2, 3,150 s.
  EXPECT_EQ(client.deadline(), Instant{} + ms * 2'475'000);
  now = Instant{} + ms * 3'150'000;
  const auto frame = poll();
  EXPECT_EQ(wire::Ipv4View::parse(ConstBytes{frame}.subspan(14))->destination(),
            (wire::Ipv4Address{255, 255, 255, 255}));
  EXPECT_EQ(load_be16(frame, message_at + 8), 1350) << "seconds since it began";
  EXPECT_FALSE(client.take(reply(5, {54, 4, 192, 0, 2, 66}, transaction))) << "the old exchange";
  now = Instant{} + ms * 3'599'999;
  poll();
  EXPECT_FALSE(client.has_expired());
  now = now + ms;
  EXPECT_TRUE(poll().empty());
  EXPECT_TRUE(client.has_expired());
  EXPECT_FALSE(client.has_failed());
}

TEST_F(LeasedClient, MayBeRenewedByAnotherServerInTheEnd) {
  now = Instant{} + ms * 3'150'000;
  poll();
  EXPECT_TRUE(client.take(reply(5, {54, 4, 192, 0, 2, 66, 51, 4, 0, 0, 14, 16}, transaction + 1)));
  EXPECT_EQ(client.deadline(), Instant{} + ms * (3'150'000 + 1'800'000));
}

TEST_F(LeasedClient, StopsAtOnceWhenItIsRefused) {
  now = Instant{} + ms * 1'800'000;
  poll();
  EXPECT_FALSE(client.take(reply(6, {54, 4, 192, 0, 2, 66}, transaction + 1))) << "not its server's to say";
  EXPECT_TRUE(client.take(reply(6, {}, transaction + 1)));
  EXPECT_TRUE(client.has_expired());
}

TEST_F(LeasedClient, BelievesTimesOfTheServerOnlyInTheirOrder) {
  now = Instant{} + ms * 1'800'000;
  poll();
  client.take(reply(5, {51, 4, 0, 0, 14, 16, 58, 4, 0, 0, 0, 100, 59, 4, 0, 0, 0, 200}, transaction + 1));
  EXPECT_EQ(client.deadline(), now + ms * 100'000);
  now = now + ms * 100'000;
  poll();
  client.take(reply(5, {51, 4, 0, 0, 14, 16, 58, 4, 0, 0, 0, 200, 59, 4, 0, 0, 0, 100}, transaction + 2));
  EXPECT_EQ(client.deadline(), now + ms * 1'800'000);
}

TEST_F(Client, BelievesNoReplyOfAnotherTransactionAndNoneThatIsCut) {
  poll();
  EXPECT_FALSE(client.take(reply(2, {}, transaction + 1)));
  const auto whole = reply(2, {1, 4, 255, 255, 255, 0});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(client.take(ConstBytes{whole}.first(length))) << length;
  }
  EXPECT_FALSE(client.take(reply(2, {1, 200, 255}))) << "an option longer than the message";
  EXPECT_TRUE(client.take(whole));
}

}  // namespace
}  // namespace utnt::unikernel
