// SPDX-License-Identifier: BSD-2-Clause
// The IPv4 side of the edge against scripted neighbours. Times and counts: the unikernel specification, section 9.
#include "unikernel/net/edge.hpp"

#include <gtest/gtest.h>

#include "unikernel/net/edge_link_test.hpp"
#include "wire/checksum.hpp"
#include "wire/icmpv4.hpp"

namespace utnt::unikernel {
namespace {

constexpr Duration ms{1'000'000};

EdgeConfig config(bool knows_router = false) {
  EdgeConfig c;
  c.mac = own_mac;
  c.address = own_ip;
  c.prefix_length = 24;
  c.gateway = router_ip;
  if (knows_router) c.gateway_mac = router_mac;
  return c;
}

struct Question {
  wire::MacAddress to;
  wire::Ipv4Address target;
};

/// The ARP requests among frames; each must be one of ours.
std::vector<Question> questions(const std::vector<Bytes>& frames) {
  std::vector<Question> found;
  for (const auto& frame : frames) {
    if (ethertype_of(frame) != 0x0806) continue;
    const auto arp = wire::ArpView::parse(ConstBytes{frame}.subspan(14));
    EXPECT_TRUE(arp && arp->operation() == wire::ArpOperation::request && arp->sender_mac() == own_mac);
    EXPECT_EQ(arp->sender(), own_ip);
    found.push_back({destination_of(frame), arp->target()});
  }
  return found;
}

Bytes echo_request(wire::Ipv4Address from, const wire::MacAddress& to = own_mac, std::size_t data = 20) {
  Bytes frame(14 + 20 + 8 + data, std::byte{0x5a});
  const MutableBytes packet = MutableBytes{frame}.subspan(14);
  wire::write_echo(packet.subspan(20), {.identifier = 0x1234, .sequence = 7});
  wire::write_ipv4_header(packet, {.total_length = static_cast<std::uint16_t>(packet.size()),
                                   .id = 0xbeef,
                                   .dont_fragment = true,
                                   .ttl = Ttl{9},
                                   .protocol = 1,
                                   .source = from,
                                   .destination = own_ip});
  wire::write_ethernet_header(frame, {.destination = to, .source = router_mac, .ethertype = 0x0800});
  return frame;
}

TEST(Edge, sends_a_packet_first_when_the_gateway_is_known_and_announces_itself_behind_it) {
  EdgeLink link{config(true)};
  EXPECT_TRUE(link.edge.is_ready());
  EXPECT_TRUE(link.poll().empty());
  auto frame = packet_to(far_ip);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::now);
  EXPECT_EQ(destination_of(frame), router_mac);
  EXPECT_EQ(wire::load_mac(frame, 6), own_mac);
  EXPECT_EQ(ethertype_of(frame), 0x0800);
  const auto asked = questions(link.poll());
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].to, wire::mac_broadcast);
  EXPECT_EQ(asked[0].target, own_ip) << "RFC 5227: an announcement asks for its own sender";
  EXPECT_TRUE(link.poll_until(Instant{} + ms * 600'000).empty()) << "a given address is not asked for";
}

TEST(Edge, asks_for_the_gateway_three_times_and_then_says_so) {
  EdgeLink link{config()};
  EXPECT_FALSE(link.edge.is_ready());
  std::vector<Instant> times;
  while (!link.edge.has_failed() && times.size() < 9) {
    if (const auto asked = questions(link.poll()); !asked.empty()) {
      ASSERT_EQ(asked.size(), 1U);
      EXPECT_EQ(asked[0].target, router_ip);
      times.push_back(link.now);
    }
    if (link.edge.has_failed()) break;
    link.now = link.edge.deadline().value();
  }
  EXPECT_EQ(times, (std::vector{Instant{}, Instant{} + ms * 250, Instant{} + ms * 500}));
  EXPECT_EQ(link.now, Instant{} + ms * 750);
}

TEST(Edge, keeps_packets_until_the_gateway_has_answered) {
  EdgeLink link{config()};
  link.poll();
  auto frame = packet_to(far_ip, 42);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::later);
  EXPECT_TRUE(link.poll().empty());
  EXPECT_TRUE(link.give(arp_reply(router_ip, router_mac)).empty());
  EXPECT_TRUE(link.edge.is_ready());
  const auto frames = link.poll();
  ASSERT_EQ(frames.size(), 2U) << "the packet, then the announcement";
  EXPECT_EQ(destination_of(frames[0]), router_mac);
  EXPECT_EQ(frames[0].size(), frame.size());
  EXPECT_EQ(load_be16(frames[0], 14 + 4), 42);
  EXPECT_EQ(questions(frames).at(0).target, own_ip);
}

TEST(Edge, asks_hosts_on_the_link_themselves) {
  EdgeLink link{config(true)};
  auto frame = packet_to(peer_ip);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::later);
  EXPECT_EQ(questions(link.poll()).at(0).target, peer_ip);
  link.give(arp_reply(peer_ip, peer_mac));
  EXPECT_EQ(destination_of(link.poll().at(0)), peer_mac);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::now);
  EXPECT_EQ(destination_of(frame), peer_mac);
  auto elsewhere = packet_to(wire::Ipv4Address{192, 0, 3, 7});
  EXPECT_EQ(link.edge.address(elsewhere), Edge::Sending::now);
  EXPECT_EQ(destination_of(elsewhere), router_mac);
}

TEST(Edge, reaches_a_gateway_outside_its_prefix_and_itself_alone_without_neighbours) {
  auto c = config();
  c.prefix_length = 32;
  EdgeLink link{c};
  auto frame = packet_to(peer_ip);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::later);
  EXPECT_EQ(questions(link.poll()).at(0).target, router_ip);
}

TEST(Edge, gives_up_a_silent_host_counts_its_packets_and_leaves_it_alone_for_a_while) {
  EdgeLink link{config(true)};
  for (int i = 0; i < 3; ++i) {
    auto frame = packet_to(peer_ip);
    link.edge.address(frame);
  }
  const auto frames = link.poll_until(Instant{} + ms * 1000);
  EXPECT_EQ(questions(frames).size(), 3U);
  EXPECT_EQ(link.edge.counters().unresolved, 3U);
  auto frame = packet_to(peer_ip);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::dropped);
  EXPECT_TRUE(link.poll().empty());
  EXPECT_EQ(link.edge.counters().unresolved, 4U);
  link.poll_until(Instant{} + ms * 4000);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::later) << "it may have come up";
}

TEST(Edge, keeps_eight_packets_and_drops_the_oldest_for_the_newest) {
  EdgeLink link{config()};
  for (std::uint8_t i = 1; i <= 11; ++i) {
    auto frame = packet_to(far_ip, i);
    EXPECT_EQ(link.edge.address(frame), Edge::Sending::later);
  }
  EXPECT_EQ(link.edge.counters().crowded, 3U);
  link.give(arp_reply(router_ip, router_mac));
  std::vector<unsigned> marks;
  for (const auto& frame : link.poll()) {
    if (ethertype_of(frame) == 0x0800) marks.push_back(load_be16(frame, 14 + 4));
  }
  EXPECT_EQ(marks, (std::vector<unsigned>{4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST(Edge, asks_the_gateway_again_every_half_minute_by_unicast_while_packets_go_on) {
  EdgeLink link{config()};
  link.poll();
  link.give(arp_reply(router_ip, router_mac));
  link.poll();
  for (int round = 1; round <= 3; ++round) {
    EXPECT_TRUE(link.poll_until(link.now + ms * 29'999).empty());
    const auto asked = questions(link.poll_until(link.now + ms));
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].to, router_mac);
    auto frame = packet_to(far_ip);
    EXPECT_EQ(link.edge.address(frame), Edge::Sending::now);
    link.give(arp_reply(router_ip, router_mac));
  }
  EXPECT_EQ(link.edge.next_hop_counters().checks, 3U);
  EXPECT_EQ(link.edge.next_hop_counters().checks_failed, 0U);
}

TEST(Edge, follows_a_gateway_that_moved_when_the_old_address_is_silent) {
  EdgeLink link{config()};
  link.poll();
  link.give(arp_reply(router_ip, router_mac));
  link.poll();
  const auto asked = questions(link.poll_until(Instant{} + ms * 30'750));
  ASSERT_EQ(asked.size(), 4U);
  EXPECT_EQ(asked[2].to, router_mac);
  EXPECT_EQ(asked[3].to, wire::mac_broadcast);
  link.give(arp_reply(router_ip, peer_mac));
  auto frame = packet_to(far_ip);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::now);
  EXPECT_EQ(destination_of(frame), peer_mac);
}

TEST(Edge, goes_on_with_a_gateway_that_answers_no_question_and_counts_it) {
  EdgeLink link{config()};
  link.poll();
  link.give(arp_reply(router_ip, router_mac));
  link.poll_until(Instant{} + ms * 40'000);
  EXPECT_EQ(link.edge.next_hop_counters().checks_failed, 1U);
  auto frame = packet_to(far_ip);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::now);
  EXPECT_EQ(destination_of(frame), router_mac);
}

TEST(Edge, forgets_a_host_that_nobody_needs) {
  EdgeLink link{config(true)};
  auto frame = packet_to(peer_ip);
  link.edge.address(frame);
  link.poll();
  link.give(arp_reply(peer_ip, peer_mac));
  link.poll();
  EXPECT_TRUE(link.poll_until(Instant{} + ms * 31'000).empty());
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::later);
}

TEST(Edge, answers_who_asks_for_it_by_broadcast_and_by_unicast) {
  EdgeLink link{config(true)};
  for (const auto& to : {wire::mac_broadcast, own_mac}) {
    const auto answer = link.give(arp_frame({wire::ArpOperation::request, peer_mac, peer_ip, {}, own_ip}, to));
    ASSERT_EQ(answer.size(), 42U);
    EXPECT_EQ(destination_of(answer), peer_mac);
    const auto arp = wire::ArpView::parse(ConstBytes{answer}.subspan(14));
    ASSERT_TRUE(arp.has_value());
    EXPECT_EQ(arp->operation(), wire::ArpOperation::reply);
    EXPECT_EQ(arp->sender_mac(), own_mac);
    EXPECT_EQ(arp->sender(), own_ip);
    EXPECT_EQ(arp->target_mac(), peer_mac);
    EXPECT_EQ(arp->target(), peer_ip);
  }
  EXPECT_TRUE(link.give(arp_request(peer_ip, peer_mac, wire::Ipv4Address{192, 0, 2, 2})).empty());
  EXPECT_FALSE(link.give(arp_request({}, peer_mac)).empty()) << "RFC 5227: a test for duplicates is answered";
  auto frame = packet_to(peer_ip);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::now) << "who asks tells where it is";
  EXPECT_EQ(destination_of(frame), peer_mac);
}

TEST(Edge, believes_no_answer_that_it_did_not_ask_for) {
  EdgeLink link{config(true)};
  link.give(arp_reply(peer_ip, liar_mac));
  auto frame = packet_to(peer_ip);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::later);
  link.give(arp_request(router_ip, liar_mac));
  link.give(arp_reply(router_ip, liar_mac));
  auto far = packet_to(far_ip);
  EXPECT_EQ(link.edge.address(far), Edge::Sending::now);
  EXPECT_EQ(destination_of(far), router_mac);
}

TEST(Edge, asks_the_gateway_itself_when_somebody_else_claims_to_be_it) {
  EdgeLink link{config()};
  link.poll();
  link.give(arp_reply(router_ip, router_mac));
  link.poll_until(Instant{} + ms * 2000);
  for (int i = 0; i < 100; ++i) {
    link.give(arp_reply(router_ip, liar_mac));
    link.give(arp_request(router_ip, liar_mac));
  }
  EXPECT_EQ(link.edge.next_hop_counters().unasked, 200U);
  const auto asked = questions(link.poll());
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].to, router_mac);
  link.give(arp_reply(router_ip, liar_mac));
  auto frame = packet_to(far_ip);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::now);
  EXPECT_EQ(destination_of(frame), router_mac) << "the question went to the gateway alone";
  link.give(arp_reply(router_ip, router_mac));
  EXPECT_TRUE(link.poll_until(link.now + ms * 20'000).empty());
}

TEST(Edge, counts_who_uses_its_address_and_keeps_it) {
  EdgeLink link{config(true)};
  EXPECT_TRUE(link.give(arp_request(own_ip, liar_mac)).empty());
  EXPECT_EQ(link.edge.counters().conflicts, 1U);
  EXPECT_FALSE(link.give(arp_request(peer_ip, peer_mac)).empty());
}

TEST(Edge, survives_a_flood_of_questions_with_its_gateway_and_a_bounded_number_of_answers) {
  EdgeLink link{config()};
  link.poll();
  link.give(arp_reply(router_ip, router_mac));
  link.poll();
  unsigned answers = 0;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const wire::Ipv4Address who{0xc000'0200U + i % 253};
    if (who == own_ip) continue;
    const auto low = static_cast<std::uint8_t>(i), high = static_cast<std::uint8_t>(i >> 8);
    answers += link.give(arp_request(who, {{0x02, 1, 1, 1, high, low}})).empty() ? 0 : 1;
  }
  EXPECT_EQ(answers, 1000U) << "a second's worth";
  auto frame = packet_to(far_ip);
  EXPECT_EQ(link.edge.address(frame), Edge::Sending::now);
  EXPECT_EQ(destination_of(frame), router_mac);
  // Hosts that were asked for get the place of those that only told about themselves.
  auto near = packet_to(wire::Ipv4Address{192, 0, 2, 253});
  EXPECT_EQ(link.edge.address(near), Edge::Sending::later);
  EXPECT_EQ(questions(link.poll()).at(0).target, (wire::Ipv4Address{192, 0, 2, 253}));
  EXPECT_LT(link.poll_until(link.now + ms * 120'000).size(), 50U) << "strangers are not asked again";
}

TEST(Edge, asks_for_so_many_hosts_at_once_and_reports_the_rest) {
  EdgeLink link{config(true)};
  for (std::uint8_t i = 2; i < 100; ++i) {
    auto frame = packet_to(wire::Ipv4Address{192, 0, 2, i});
    link.edge.address(frame);
  }
  EXPECT_EQ(questions(link.poll()).size(), 63U) << "all places but the gateway's";
  EXPECT_EQ(link.edge.next_hop_counters().full, 35U);
  EXPECT_EQ(link.edge.counters().unresolved, 35U);
  EXPECT_EQ(link.edge.counters().crowded, 63U - 8U);
}

TEST(Edge, frames_broadcasts_and_groups_at_once) {
  EdgeLink link{config()};
  auto all = packet_to(wire::Ipv4Address{255, 255, 255, 255});
  EXPECT_EQ(link.edge.address(all), Edge::Sending::now);
  EXPECT_EQ(destination_of(all), wire::mac_broadcast);
  auto group = packet_to(wire::Ipv4Address{224, 129, 2, 3});  // RFC 1112: 23 bits
  EXPECT_EQ(link.edge.address(group), Edge::Sending::now);
  EXPECT_EQ(destination_of(group), (wire::MacAddress{{0x01, 0x00, 0x5e, 0x01, 0x02, 0x03}}));
}

TEST(Edge, hands_every_packet_for_it_to_the_program_unchanged) {
  EdgeLink link{config(true)};
  auto frame = echo_request(far_ip);
  frame.resize(frame.size() + 5);  // padding of the link
  EXPECT_TRUE(link.give(frame).empty());
  ASSERT_TRUE(link.packet.has_value());
  EXPECT_EQ(*link.packet, Bytes(frame.begin() + 14, frame.end() - 5));
}

TEST(Edge, answers_echo_requests_with_their_own_bytes) {
  EdgeLink link{config(true)};
  const auto request = echo_request(far_ip);
  const auto reply = link.respond(request);
  ASSERT_EQ(reply.size(), request.size());
  EXPECT_EQ(destination_of(reply), router_mac);
  EXPECT_EQ(wire::load_mac(reply, 6), own_mac);
  const auto ip = wire::Ipv4View::parse(ConstBytes{reply}.subspan(14));
  ASSERT_TRUE(ip.has_value()) << "the header's checksum is right";
  EXPECT_EQ(ip->source(), own_ip);
  EXPECT_EQ(ip->destination(), far_ip);
  EXPECT_EQ(ip->ttl(), Ttl{64});
  EXPECT_EQ(ip->id(), 0xbeef);
  EXPECT_TRUE(ip->dont_fragment());
  const auto icmp = wire::Icmpv4View::parse(ip->payload());
  EXPECT_EQ(icmp->type(), 0);
  EXPECT_TRUE(icmp->checksum_ok());
  EXPECT_EQ(icmp->identifier(), 0x1234);
  EXPECT_EQ(icmp->sequence(), 7);
  EXPECT_EQ(Bytes(icmp->echo_data().begin(), icmp->echo_data().end()), Bytes(20, std::byte{0x5a}));
}

TEST(Edge, answers_no_echo_that_could_do_harm) {
  EdgeLink link{config(true)};
  EXPECT_TRUE(link.respond(echo_request(far_ip, wire::mac_broadcast)).empty());
  for (const auto from : {wire::Ipv4Address{}, wire::Ipv4Address{224, 0, 0, 1}, wire::Ipv4Address{255, 255, 255, 255},
                          wire::Ipv4Address{127, 0, 0, 1}, own_ip}) {
    EXPECT_TRUE(link.respond(echo_request(from)).empty()) << from.value();
  }
  auto damaged = echo_request(far_ip);
  damaged.back() ^= std::byte{1};
  EXPECT_TRUE(link.respond(damaged).empty());
  auto fragment = echo_request(far_ip);
  store_be16(fragment, 14 + 6, 0x2000);
  store_be16(fragment, 14 + 10, 0);
  store_be16(fragment, 14 + 10, wire::internet_checksum(ConstBytes{fragment}.subspan(14, 20)));
  EXPECT_TRUE(link.respond(fragment).empty());
  EXPECT_FALSE(link.respond(echo_request(far_ip, own_mac, 0)).empty());
}

TEST(Edge, answers_a_hundred_echoes_a_second_or_none_when_told_so) {
  EdgeLink link{config(true)};
  const auto burst = [&link] {
    unsigned replies = 0;
    for (int i = 0; i < 300; ++i) replies += link.respond(echo_request(far_ip)).empty() ? 0 : 1;
    return replies;
  };
  EXPECT_EQ(burst(), 100U);
  EXPECT_EQ(link.edge.counters().echo_limited, 200U);
  link.now = link.now + ms * 1000;
  EXPECT_EQ(burst(), 100U);
  auto quiet = config(true);
  quiet.answers_echo = false;
  EdgeLink silent{quiet};
  EXPECT_TRUE(silent.respond(echo_request(far_ip)).empty());
}

TEST(Edge, drops_fragments_unless_the_program_wants_them) {
  auto fragment = packet_to(own_ip);
  store_be16(fragment, 14 + 6, 0x2000);
  store_be16(fragment, 14 + 10, 0);
  store_be16(fragment, 14 + 10, wire::internet_checksum(ConstBytes{fragment}.subspan(14, 20)));
  wire::write_ethernet_header(fragment, {.destination = own_mac, .source = router_mac, .ethertype = 0x0800});
  EdgeLink link{config(true)};
  link.give(fragment);
  EXPECT_FALSE(link.packet.has_value());
  EXPECT_EQ(link.edge.counters().fragments, 1U);
  auto c = config(true);
  c.wants_fragments = true;
  EdgeLink curious{c};
  curious.give(fragment);
  EXPECT_TRUE(curious.packet.has_value());
}

TEST(Edge, ignores_what_is_short_foreign_or_for_somebody_else) {
  EdgeLink link{config(true)};
  const auto request = arp_request(peer_ip, peer_mac);
  unsigned given = 0;
  for (std::size_t length = 0; length < 42; ++length, ++given) {
    EXPECT_TRUE(link.give(Bytes(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(length))).empty());
  }
  // hardware type, protocol, both lengths, operation
  for (const auto& [at, value] : {std::pair{15, 6}, {16, 0x86}, {18, 8}, {19, 16}, {21, 3}}) {
    auto wrong = request;
    wrong[static_cast<std::size_t>(at)] = static_cast<std::byte>(value);
    EXPECT_TRUE(link.give(wrong).empty()) << at;
    ++given;
  }
  auto tagged = request;
  store_be16(tagged, 12, 0x8100);
  EXPECT_TRUE(link.give(tagged).empty());
  const auto echo = echo_request(far_ip);
  for (std::size_t length = 0; length < echo.size(); ++length, ++given) {
    link.give(Bytes(echo.begin(), echo.begin() + static_cast<std::ptrdiff_t>(length)));
    EXPECT_FALSE(link.packet.has_value()) << length;
  }
  link.give(echo_request(far_ip, peer_mac));
  EXPECT_FALSE(link.packet.has_value());
  EXPECT_EQ(link.edge.counters().ignored, given + 2);
}

}  // namespace
}  // namespace utnt::unikernel
