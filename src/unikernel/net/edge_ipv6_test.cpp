// SPDX-License-Identifier: BSD-2-Clause
// The IPv6 side of the edge against scripted routers and neighbours. Constants: RFC 4861 section 10, RFC 4862
// section 5.
#include <gtest/gtest.h>

#include "unikernel/net/edge_ipv6_test.hpp"

namespace utnt::unikernel {
namespace {

TEST(EdgeIpv6, says_and_hears_nothing_unless_it_is_on) {
  EdgeConfig c;
  c.mac = own_mac;
  EdgeLink link{c};
  EXPECT_TRUE(link.poll().empty());
  EXPECT_FALSE(link.edge.deadline().has_value());
  EXPECT_TRUE(link.give(solicitation(peer_ip6, own_local)).empty());
  EXPECT_FALSE(link.packet.has_value());
}

TEST(EdgeIpv6, tests_and_announces_its_own_address_and_asks_for_routers) {
  EdgeLink link{automatic()};
  const auto frames = link.poll();
  ASSERT_EQ(frames.size(), 3U);
  const auto test = ipv6_of(frames[0]);  // RFC 4861 section 4.3, RFC 4862 section 5.4.2
  EXPECT_EQ(destination_of(frames[0]), (wire::MacAddress{{0x33, 0x33, 0xff, 0, 0, 1}}));
  EXPECT_EQ(test.source(), wire::Ipv6Address{});
  EXPECT_EQ(test.destination(), ip6("ff02::1:ff00:1"));
  EXPECT_EQ(test.hop_limit(), Ttl{255});
  EXPECT_EQ(test.payload().size(), 24U) << "no hardware address without an address";
  EXPECT_EQ(wire::NeighborView::parse(test.payload())->target(), own_local);
  EXPECT_TRUE(wire::Icmpv6View::parse(test.payload())->checksum_ok(test.source(), test.destination()));
  const auto announcement = ipv6_of(frames[1]);
  EXPECT_EQ(announcement.source(), own_local) << "EUI-64: 02 becomes 00, ff fe in the middle";
  EXPECT_EQ(announcement.destination(), all_nodes);
  const auto advertisement = wire::NeighborView::parse(announcement.payload());
  EXPECT_TRUE(advertisement->is_advertisement());
  EXPECT_FALSE(advertisement->is_solicited());
  EXPECT_FALSE(advertisement->is_override()) << "RFC 4429: not while it may be somebody else's";
  EXPECT_EQ(advertisement->link_address(), own_mac);
  const auto question = ipv6_of(frames[2]);
  EXPECT_EQ(destination_of(frames[2]), (wire::MacAddress{{0x33, 0x33, 0, 0, 0, 2}}));
  EXPECT_EQ(question.destination(), all_routers);
  EXPECT_EQ(question.hop_limit(), Ttl{255});
  const Bytes expected_tail{std::byte{1}, std::byte{1}, std::byte{2}, {}, {}, {}, {}, std::byte{1}};
  EXPECT_EQ(load_u8(question.payload(), 0), 133);
  EXPECT_EQ(Bytes(question.payload().begin() + 8, question.payload().end()), expected_tail);
}

TEST(EdgeIpv6, asks_for_routers_three_times_four_seconds_apart) {
  EdgeLink link{automatic()};
  std::vector<std::int64_t> seconds;
  for (int i = 0; i < 60; ++i) {
    for (const auto& frame : link.poll_until(Instant{} + ms * 1000 * i)) {
      if (type_of(frame) == 133) seconds.push_back(link.now.ns() / 1'000'000'000);
    }
  }
  EXPECT_EQ(seconds, (std::vector<std::int64_t>{0, 4, 8}));
}

TEST(EdgeIpv6, forms_an_address_from_an_advertised_prefix_and_uses_it_at_once) {
  EdgeLink link{automatic()};
  link.poll();
  EXPECT_TRUE(link.edge.source_for(far_ip6).is_none());
  link.give(advertisement({}));
  EXPECT_TRUE(link.packet.has_value()) << "the program sees it too";
  EXPECT_EQ(link.edge.source_for(far_ip6), wire::IpAddress{own_global});
  EXPECT_EQ(link.edge.source_for(router_local), wire::IpAddress{own_local});
  EXPECT_EQ(link.edge.ipv6().mtu(), 1400);
  EXPECT_EQ(link.edge.ipv6().hop_limit(), 61);
  const auto frames = link.poll();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(wire::NeighborView::parse(ipv6_of(frames[0]).payload())->target(), own_global);
  EXPECT_EQ(type_of(frames[1]), 136);
  // The router told its hardware address: the first packet needs no question.
  auto packet = packet6_to(far_ip6, own_global);
  EXPECT_EQ(link.edge.address(packet), Edge::Sending::now);
  EXPECT_EQ(destination_of(packet), router_mac);
  EXPECT_EQ(ethertype_of(packet), 0x86dd);
  EXPECT_TRUE(link.poll_until(Instant{} + ms * 29'000).empty()) << "no further question for routers";
}

TEST(EdgeIpv6, waits_a_second_for_the_owner_of_an_address_when_told_so) {
  auto c = automatic();
  c.ipv6.waits_for_dad = true;
  c.ipv6.interface_id = {{0, 0, 0, 0, 0, 0, 0xab, 0xcd}};
  EdgeLink link{c};
  const auto first = link.poll();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(wire::NeighborView::parse(ipv6_of(first[0]).payload())->target(), ip6("fe80::abcd"));
  EXPECT_EQ(ipv6_of(first[1]).source(), wire::Ipv6Address{}) << "routers are asked from no address";
  EXPECT_EQ(ipv6_of(first[1]).payload().size(), 8U);
  link.give(advertisement({}));
  link.poll();
  EXPECT_TRUE(link.edge.source_for(far_ip6).is_none());
  EXPECT_TRUE(link.give(solicitation(peer_ip6, ip6("2001:db8:1::abcd"))).empty());
  const auto later = link.poll_until(Instant{} + ms * 1000);
  ASSERT_EQ(later.size(), 2U) << "both are announced";
  EXPECT_TRUE(wire::NeighborView::parse(ipv6_of(later[0]).payload())->is_override());
  EXPECT_EQ(link.edge.source_for(far_ip6), wire::IpAddress{ip6("2001:db8:1::abcd")});
}

TEST(EdgeIpv6, leaves_an_address_that_somebody_has_and_defends_one_that_it_uses) {
  auto c = automatic();
  c.ipv6.waits_for_dad = true;
  EdgeLink careful{c};
  careful.poll();
  careful.give(neighbor_advertisement_frame(own_local, peer_mac, {.is_solicited = false}));
  careful.poll_until(Instant{} + ms * 2000);
  EXPECT_TRUE(careful.edge.source_for(router_local).is_none());
  EXPECT_EQ(careful.edge.ipv6().counters().conflicts, 1U);

  EdgeLink fast{automatic()};
  fast.poll();
  const auto defence = fast.give(test_for(own_local, peer_mac));
  ASSERT_FALSE(defence.empty());
  const auto ip = ipv6_of(defence);
  EXPECT_EQ(ip.destination(), all_nodes);
  const auto answer = wire::NeighborView::parse(ip.payload());
  EXPECT_FALSE(answer->is_solicited()) << "RFC 4861 section 7.2.4: nobody to answer to";
  EXPECT_TRUE(answer->is_override());
  EXPECT_EQ(fast.edge.ipv6().counters().conflicts, 1U);
  EXPECT_EQ(fast.edge.source_for(router_local), wire::IpAddress{own_local});
  EXPECT_TRUE(fast.give(test_for(own_local, own_mac)).empty()) << "its own question, come back";
}

TEST(EdgeIpv6, answers_solicitations_for_its_addresses) {
  EdgeLink link{automatic()};
  link.give(advertisement({}));
  link.poll_until(Instant{} + ms * 1000);
  for (const auto& target : {own_local, own_global}) {
    const auto answer = link.give(solicitation(peer_ip6, target));
    ASSERT_FALSE(answer.empty());
    EXPECT_EQ(destination_of(answer), peer_mac);
    const auto ip = ipv6_of(answer);
    EXPECT_EQ(ip.source(), target);
    EXPECT_EQ(ip.destination(), peer_ip6);
    EXPECT_EQ(ip.hop_limit(), Ttl{255});
    const auto message = wire::NeighborView::parse(ip.payload());
    EXPECT_TRUE(message->is_advertisement() && message->is_solicited() && message->is_override());
    EXPECT_FALSE(message->is_router());
    EXPECT_EQ(message->target(), target);
    EXPECT_EQ(message->link_address(), own_mac);
    EXPECT_TRUE(wire::Icmpv6View::parse(ip.payload())->checksum_ok(ip.source(), ip.destination()));
  }
  EXPECT_FALSE(link.give(solicitation(peer_ip6, own_global, own_mac)).empty()) << "a check by unicast";
  auto packet = packet6_to(peer_ip6, own_global);
  EXPECT_EQ(link.edge.address(packet), Edge::Sending::now) << "who asks tells where it is";
  EXPECT_EQ(destination_of(packet), peer_mac);
}

TEST(EdgeIpv6, asks_for_neighbours_and_keeps_their_packets) {
  EdgeLink link{automatic()};
  link.give(advertisement({}));
  link.poll();
  auto packet = packet6_to(peer_ip6, own_global);
  EXPECT_EQ(link.edge.address(packet), Edge::Sending::later);
  const auto asked = link.poll();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(destination_of(asked[0]), (wire::MacAddress{{0x33, 0x33, 0xff, 0, 0, 7}}));
  EXPECT_EQ(ipv6_of(asked[0]).source(), own_global);
  EXPECT_EQ(ipv6_of(asked[0]).destination(), ip6("ff02::1:ff00:7"));
  EXPECT_EQ(wire::NeighborView::parse(ipv6_of(asked[0]).payload())->link_address(), own_mac);
  link.give(neighbor_advertisement_frame(peer_ip6, peer_mac, {}));
  const auto sent = link.poll();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(destination_of(sent[0]), peer_mac);
  EXPECT_EQ(ipv6_of(sent[0]).destination(), peer_ip6);
  // A silent one: three questions, then the packet is lost, and said to be.
  auto lost = packet6_to(ip6("2001:db8:1::99"), own_global);
  EXPECT_EQ(link.edge.address(lost), Edge::Sending::later);
  EXPECT_EQ(link.poll_until(link.now + ms * 800).size(), 3U);
  EXPECT_EQ(link.edge.counters().unresolved, 1U);
}

TEST(EdgeIpv6, checks_its_router_by_unicast_and_takes_the_next_when_it_is_gone) {
  EdgeLink link{automatic()};
  link.give(advertisement({}));
  link.give(advertisement({.router = ip6("fe80::fd"), .has_mac = false}));
  link.poll();
  const auto check = link.poll_until(Instant{} + ms * 30'000);
  ASSERT_EQ(check.size(), 1U);
  EXPECT_EQ(destination_of(check[0]), router_mac);
  EXPECT_EQ(ipv6_of(check[0]).destination(), router_local);
  link.give(neighbor_advertisement_frame(router_local, router_mac, {}));
  EXPECT_TRUE(link.poll_until(link.now + ms * 5000).empty());
  link.give(advertisement({.lifetime_s = 0}));
  auto packet = packet6_to(far_ip6, own_global);
  EXPECT_EQ(link.edge.address(packet), Edge::Sending::later);
  EXPECT_EQ(wire::NeighborView::parse(ipv6_of(link.poll().at(0)).payload())->target(), ip6("fe80::fd"));
}

TEST(EdgeIpv6, lets_what_it_was_told_end_with_its_lifetime) {
  EdgeLink link{automatic()};
  link.give(advertisement({.lifetime_s = 100, .valid_s = 8000, .preferred_s = 50}));
  link.give(neighbor_advertisement_frame(router_local, router_mac, {}));
  link.poll_until(Instant{} + ms * 99'000);
  auto packet = packet6_to(far_ip6, own_global);
  EXPECT_NE(link.edge.address(packet), Edge::Sending::dropped);
  link.poll_until(Instant{} + ms * 101'000);
  EXPECT_EQ(link.edge.address(packet), Edge::Sending::dropped);
  EXPECT_EQ(link.edge.counters().no_route, 1U);
  EXPECT_FALSE(link.edge.source_for(far_ip6).is_none()) << "deprecated is better than none";
  link.poll_until(Instant{} + ms * 8'001'000);
  EXPECT_TRUE(link.edge.source_for(far_ip6).is_none());
  auto near = packet6_to(peer_ip6, own_local);
  EXPECT_EQ(link.edge.address(near), Edge::Sending::dropped) << "nor is that prefix on the link any more";
}

TEST(EdgeIpv6, loses_no_address_to_an_advertisement_of_seconds) {
  EdgeLink link{automatic()};
  link.give(advertisement({.valid_s = 100'000, .preferred_s = 100'000}));
  link.give(advertisement({.valid_s = 1, .preferred_s = 1}));  // RFC 4862 section 5.5.3 e: two hours are left
  link.poll_until(Instant{} + ms * 7'199'000);
  EXPECT_FALSE(link.edge.source_for(far_ip6).is_none());
  link.poll_until(Instant{} + ms * 7'201'000);
  EXPECT_TRUE(link.edge.source_for(far_ip6).is_none());
}

TEST(EdgeIpv6, takes_a_given_address_and_gateway_and_listens_to_no_router) {
  auto c = automatic();
  c.ipv6.address = ip6("2001:db8:5::1");
  c.ipv6.gateway = ip6("2001:db8:5::fe");
  EdgeLink link{c};
  for (const auto& frame : link.poll()) EXPECT_NE(type_of(frame), 133);
  link.give(advertisement({}));
  EXPECT_EQ(link.edge.source_for(far_ip6), wire::IpAddress{ip6("2001:db8:5::1")});
  auto packet = packet6_to(far_ip6, ip6("2001:db8:5::1"));
  EXPECT_EQ(link.edge.address(packet), Edge::Sending::later);
  EXPECT_EQ(wire::NeighborView::parse(ipv6_of(link.poll().at(0)).payload())->target(), ip6("2001:db8:5::fe"));
}

TEST(EdgeIpv6, answers_echo_requests_to_its_addresses_alone) {
  EdgeLink link{automatic()};
  link.give(advertisement({}));
  const auto request = echo6_frame(far_ip6, own_global);
  link.give(request);
  ASSERT_TRUE(link.packet.has_value());
  const auto reply = link.respond(request);
  ASSERT_EQ(reply.size(), request.size());
  EXPECT_EQ(destination_of(reply), router_mac);
  const auto ip = ipv6_of(reply);
  EXPECT_EQ(ip.source(), own_global);
  EXPECT_EQ(ip.destination(), far_ip6);
  EXPECT_EQ(ip.hop_limit(), Ttl{64});
  const auto echo = wire::Icmpv6View::parse(ip.payload());
  EXPECT_EQ(echo->type(), 129);
  EXPECT_TRUE(echo->checksum_ok(ip.source(), ip.destination()));
  EXPECT_EQ(echo->identifier(), 0x4321);
  EXPECT_EQ(Bytes(echo->echo_data().begin(), echo->echo_data().end()), Bytes(30, std::byte{0x33}));
  EXPECT_TRUE(link.respond(echo6_frame(far_ip6, all_nodes)).empty());
  EXPECT_TRUE(link.respond(echo6_frame(ip6("ff02::5"), own_global)).empty());
  EXPECT_TRUE(link.respond(echo6_frame({}, own_global)).empty());
  EXPECT_TRUE(link.respond(echo6_frame(far_ip6, ip6("2001:db8:1::5"))).empty());
  auto damaged = request;
  damaged.back() ^= std::byte{1};
  EXPECT_TRUE(link.respond(damaged).empty());
}

}  // namespace
}  // namespace utnt::unikernel
