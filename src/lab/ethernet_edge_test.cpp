// SPDX-License-Identifier: BSD-2-Clause
// The vantage point's Ethernet segment. Frames in hexadecimal were made by scapy 2.5.0.
#include "lab/ethernet_edge.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace utnt::lab {
namespace {

std::vector<std::byte> from_hex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(digit(text[i]) * 16 + digit(text[i + 1])));
  }
  return bytes;
}

// Ether(src=VP, dst=broadcast)/ARP(who-has 169.254.0.1 tell 20.0.1.1), and the gateway's answer
constexpr std::string_view arp_request =
    "ffffffffffff0275746e7402080600010800060400010275746e740214000101000000000000a9fe0001";
constexpr std::string_view arp_answer =
    "0275746e74020275746e7401080600010800060400020275746e7401a9fe00010275746e740214000101";
// Ether/IP(20.0.1.1 > 20.0.8.2, ttl 7, id 0x1234)/ICMP(id 0x4d, seq 3)/"abcd"
constexpr std::string_view echo =
    "0275746e74010275746e740208004500002012340000070170a71400010114000802080032e9004d000361626364";

constexpr wire::Ipv4Address vantage_point{20, 0, 1, 1};

std::vector<std::byte> copy(ConstBytes bytes) { return {bytes.begin(), bytes.end()}; }

TEST(EthernetEdge, the_gateway_answers_arp) {
  EthernetEdge edge{vantage_point};
  const auto request = from_hex(arp_request);
  auto expected = from_hex(arp_answer);
  expected.resize(60);  // padded to the shortest frame
  EXPECT_EQ(copy(edge.take(request).answer), expected);
  EXPECT_EQ(edge.counters().arp_answered, 1U);
}

TEST(EthernetEdge, nobody_answers_for_the_vantage_point_itself) {
  EthernetEdge edge{vantage_point};
  auto request = from_hex(arp_request);
  store_be32(request, 38, vantage_point.value());
  EXPECT_TRUE(edge.take(request).answer.empty());
  auto probe = from_hex(arp_request);
  store_be32(probe, 28, 0);
  EXPECT_TRUE(edge.take(probe).answer.empty());
  EXPECT_EQ(edge.counters().ignored, 2U);
}

TEST(EthernetEdge, an_ip_packet_comes_out_without_frame_and_padding) {
  EthernetEdge edge{vantage_point};
  auto frame = from_hex(echo);
  const std::vector<std::byte> packet{frame.begin() + 14, frame.end()};
  frame.resize(60);
  EXPECT_EQ(copy(edge.take(frame).packet), packet);
}

TEST(EthernetEdge, frames_for_others_and_other_protocols_are_ignored) {
  EthernetEdge edge{vantage_point};
  auto other = from_hex(echo);
  store_u8(other, 5, 0x77);
  EXPECT_TRUE(edge.take(other).packet.empty());
  auto six = from_hex(echo);
  store_be16(six, 12, wire::ethertype::ipv6);
  EXPECT_TRUE(edge.take(six).packet.empty());
  EXPECT_EQ(edge.counters().ignored, 2U);
}

TEST(EthernetEdge, every_length_of_frame_is_survived) {
  EthernetEdge edge{vantage_point};
  for (const auto text : {arp_request, echo}) {
    const auto frame = from_hex(text);
    for (std::size_t length = 0; length < frame.size(); ++length) {
      const auto work = edge.take(ConstBytes{frame}.first(length));
      EXPECT_LE(work.packet.size(), length);
    }
  }
}

TEST(EthernetEdge, answers_go_to_the_station_that_asked) {
  EthernetEdge edge{vantage_point};
  (void)edge.take(from_hex(echo));
  const auto packet = from_hex(echo.substr(28));
  copy_bytes(edge.packet_buffer(), packet);
  const auto frame = edge.frame(packet.size());
  EXPECT_EQ(copy(frame.first(14)), from_hex("0275746e74020275746e74010800"));
  EXPECT_EQ(copy(frame.subspan(14)), packet);
}

}  // namespace
}  // namespace utnt::lab
