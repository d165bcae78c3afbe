// SPDX-License-Identifier: BSD-2-Clause
// What a link can do to an IPv6 host that believes too much: every message that RFC 4861 sections 6.1 and 7.1 forbid,
// floods, and claims that nobody asked for.
#include <gtest/gtest.h>

#include "unikernel/net/edge_ipv6_test.hpp"

namespace utnt::unikernel {
namespace {

class HostileIpv6 : public ::testing::Test {
 protected:
  HostileIpv6() { link.poll(); }
  /// The edge refuses the frame: no answer, no address, one more refusal.
  void expect_refused(const Bytes& frame, const char* what) {
    const auto refused = link.edge.ipv6().counters().refused;
    EXPECT_TRUE(link.give(frame).empty()) << what;
    EXPECT_EQ(link.edge.ipv6().counters().refused, refused + 1) << what;
    EXPECT_TRUE(link.edge.source_for(far_ip6).is_none()) << what;
  }
  EdgeLink link{automatic()};
};

TEST_F(HostileIpv6, no_message_from_beyond_the_link_is_believed) {
  expect_refused(advertisement({.hop_limit = 254}), "a router behind a router");
  expect_refused(advertisement({.router = ip6("2001:db8::1")}), "a router that is not link-local");
  auto asked = solicitation(peer_ip6, own_local);
  asked[14 + 7] = std::byte{64};
  expect_refused(asked, "a solicitation that was forwarded");
  expect_refused(neighbor_advertisement_frame(peer_ip6, liar_mac, {.hop_limit = 64}), "an advertisement");
}

TEST_F(HostileIpv6, no_message_with_a_wrong_checksum_code_or_length_is_believed) {
  for (const auto& good :
       {advertisement({}), solicitation(peer_ip6, own_local), neighbor_advertisement_frame(peer_ip6, peer_mac, {})}) {
    auto damaged = good;
    damaged.back() ^= std::byte{1};
    expect_refused(damaged, "checksum");
    const auto ip = ipv6_of(good);
    const Carrier carrier{wire::load_mac(good, 6), wire::load_mac(good, 0), ip.source(), ip.destination()};
    Bytes message(ip.payload().begin(), ip.payload().end());
    message[1] = std::byte{1};
    store_be16(message, 2, 0);
    expect_refused(carried(message, carrier), "code");
    message[1] = std::byte{0};
    const std::size_t fixed = message[0] == std::byte{134} ? 16 : 24;
    for (std::size_t length = 4; length < fixed; ++length) {
      Bytes cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(length));
      expect_refused(carried(cut, carrier), "cut");
    }
    for (const unsigned units : {0U, 60U}) {  // an option of no length, and one that ends behind the message
      auto wrong = message;
      wrong[fixed + 1] = static_cast<std::byte>(units);
      expect_refused(carried(wrong, carrier), "option");
    }
    auto ragged = message;
    ragged.push_back(std::byte{1});
    expect_refused(carried(ragged, carrier), "half an option");
  }
}

TEST_F(HostileIpv6, no_solicitation_that_contradicts_itself_is_answered) {
  Bytes message(24 + 8);
  message[0] = std::byte{135};
  wire::store_ipv6(message, 8, own_local);
  message[24] = message[25] = std::byte{1};
  wire::store_mac(message, 26, liar_mac);
  const auto group = wire::solicited_node_group(own_local);
  expect_refused(carried(message, {liar_mac, own_mac, {}, group}), "no address, but a hardware address");
  message.resize(24);
  store_be16(message, 2, 0);
  expect_refused(carried(message, {liar_mac, own_mac, {}, own_local}), "a test by unicast");
  wire::store_ipv6(message, 8, ip6("ff02::1"));
  store_be16(message, 2, 0);
  expect_refused(carried(message, {liar_mac, own_mac, peer_ip6, own_local}), "for a group");
  Bytes redirect(40);
  redirect[0] = std::byte{137};
  expect_refused(carried(redirect, {liar_mac, own_mac, router_local, own_local}), "a redirect");
}

TEST_F(HostileIpv6, no_message_hides_behind_extension_headers) {
  const auto good = advertisement({});
  const auto ip = ipv6_of(good);
  Bytes frame(good.begin(), good.begin() + 14 + 40);
  const Bytes options{std::byte{58}, {}, std::byte{1}, std::byte{4}, {}, {}, {}, {}};  // hop-by-hop, PadN
  frame.insert(frame.end(), options.begin(), options.end());
  frame.insert(frame.end(), ip.payload().begin(), ip.payload().end());
  frame[14 + 6] = std::byte{0};
  store_be16(frame, 14 + 4, static_cast<std::uint16_t>(ip.payload().size() + 8));
  link.give(frame);
  EXPECT_TRUE(link.packet.has_value()) << "for the program it is a packet like others";
  EXPECT_TRUE(link.edge.source_for(far_ip6).is_none());
  frame[14 + 6] = std::byte{44};
  link.give(frame);
  EXPECT_EQ(link.edge.counters().fragments, 1U);
}

TEST_F(HostileIpv6, prefixes_that_make_no_address_make_none) {
  link.give(advertisement({.prefix_length = 65}));
  link.give(advertisement({.prefix_length = 0}));
  link.give(advertisement({.prefix_length = 129}));
  link.give(advertisement({.prefix = ip6("fe80::")}));
  link.give(advertisement({.prefix = ip6("ff0e::")}));
  link.give(advertisement({.valid_s = 10, .preferred_s = 11}));
  link.give(advertisement({.valid_s = 0, .preferred_s = 0}));
  EXPECT_TRUE(link.edge.source_for(far_ip6).is_none());
  EXPECT_EQ(link.edge.ipv6().counters().advertisements, 7U);
}

TEST_F(HostileIpv6, a_flood_of_routers_and_prefixes_is_bounded_and_spares_the_first) {
  link.give(advertisement({}));
  for (unsigned i = 0; i < 5000; ++i) {
    auto router = ip6("fe80::6600");
    auto prefix = ip6("2001:db8:6600::");
    router.octets[14] = prefix.octets[6] = static_cast<std::uint8_t>(i >> 8);
    router.octets[15] = prefix.octets[7] = static_cast<std::uint8_t>(i);
    link.give(advertisement({.router = router, .prefix = prefix, .mac = liar_mac}));
  }
  EXPECT_GT(link.edge.ipv6().counters().full, 9000U);
  EXPECT_LE(link.poll().size(), 8U) << "four addresses at most are tested and announced";
  auto packet = packet6_to(far_ip6, own_global);
  EXPECT_EQ(link.edge.address(packet), Edge::Sending::now);
  EXPECT_EQ(destination_of(packet), router_mac);
  EXPECT_EQ(link.edge.source_for(peer_ip6), wire::IpAddress{own_global});
  // One advertisement with as many prefixes as a frame holds.
  Bytes message = advertisement_message({});
  const Bytes option(message.begin() + 16, message.begin() + 48);
  while (message.size() + option.size() < 1400) message.insert(message.end(), option.begin(), option.end());
  link.give(carried(message, {router_mac, own_mac, router_local, own_local}));
  EXPECT_EQ(link.edge.source_for(peer_ip6), wire::IpAddress{own_global});
}

TEST_F(HostileIpv6, no_neighbour_is_moved_by_a_claim_that_nobody_asked_for) {
  link.give(advertisement({}));
  link.poll_until(Instant{} + ms * 2000);
  for (const bool is_solicited : {false, true}) {
    link.give(neighbor_advertisement_frame(router_local, liar_mac, {.is_solicited = is_solicited}));
    link.give(neighbor_advertisement_frame(peer_ip6, liar_mac, {.is_solicited = is_solicited}));
  }
  link.give(advertisement({.mac = liar_mac}));
  auto packet = packet6_to(far_ip6, own_global);
  EXPECT_EQ(link.edge.address(packet), Edge::Sending::now);
  EXPECT_EQ(destination_of(packet), router_mac);
  auto near = packet6_to(peer_ip6, own_global);
  EXPECT_EQ(link.edge.address(near), Edge::Sending::later);
  EXPECT_GE(link.edge.next_hop_counters().unasked, 2U);
  const auto asked = link.poll();
  EXPECT_EQ(destination_of(asked.at(0)), router_mac) << "the router itself is asked, at once";
  // Asked for by unicast, so that an answer of another hardware address is a lie as well.
  link.give(neighbor_advertisement_frame(router_local, liar_mac, {}));
  EXPECT_EQ(link.edge.address(packet), Edge::Sending::now);
  EXPECT_EQ(destination_of(packet), router_mac);
}

TEST_F(HostileIpv6, a_flood_of_solicitations_leaves_the_router_and_bounds_the_answers) {
  link.give(advertisement({}));
  link.poll();
  unsigned answers = 0;
  for (unsigned i = 0; i < 20'000; ++i) {
    auto from = ip6("2001:db8:1::6600:0");
    from.octets[14] = static_cast<std::uint8_t>(i >> 8);
    from.octets[15] = static_cast<std::uint8_t>(i);
    answers += link.give(solicitation(from, own_local)).empty() ? 0 : 1;
  }
  EXPECT_EQ(answers, 1000U);
  auto packet = packet6_to(far_ip6, own_global);
  EXPECT_EQ(link.edge.address(packet), Edge::Sending::now);
  EXPECT_EQ(destination_of(packet), router_mac);
}

TEST_F(HostileIpv6, every_cut_of_a_frame_is_harmless) {
  for (const auto& whole : {advertisement({}), solicitation(peer_ip6, own_local), echo6_frame(far_ip6, own_local)}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_TRUE(link.give(cut).empty()) << length;
      EXPECT_FALSE(link.packet.has_value()) << length;
      EXPECT_TRUE(link.respond(cut).empty()) << length;
    }
  }
}

}  // namespace
}  // namespace utnt::unikernel
