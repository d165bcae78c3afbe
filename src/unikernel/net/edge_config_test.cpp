// SPDX-License-Identifier: BSD-2-Clause
#include "unikernel/net/edge_config.hpp"

#include <gtest/gtest.h>

#include <string>

namespace utnt::unikernel {
namespace {

TEST(EdgeConfig, reads_every_key) {
  EdgeConfig c;
  EXPECT_FALSE(
      read_edge_config("net0.ip4=192.0.2.1/25 net0.gw4=192.0.2.126 net0.gwmac=02:0A:ff:00:00:01 dst=1.2.3.4 "
                       "net0.ip6=2001:db8::1/96 net0.gw6=fe80::1 net0.echo=0 uk.dad=1 uk.iid=::1:2:3:4 pps=5",
                       c));
  EXPECT_EQ(c.address, (wire::Ipv4Address{192, 0, 2, 1}));
  EXPECT_EQ(c.prefix_length, 25);
  EXPECT_EQ(c.gateway, (wire::Ipv4Address{192, 0, 2, 126}));
  EXPECT_EQ(c.gateway_mac, (wire::MacAddress{{0x02, 0x0a, 0xff, 0, 0, 1}}));
  EXPECT_FALSE(c.answers_echo);
  EXPECT_TRUE(c.ipv6.is_on && c.ipv6.is_static() && c.ipv6.waits_for_dad);
  EXPECT_EQ(wire::IpAddress{c.ipv6.address}, wire::parse_address("2001:db8::1").value());
  EXPECT_EQ(c.ipv6.prefix_length, 96);
  EXPECT_EQ(wire::IpAddress{c.ipv6.gateway}, wire::parse_address("fe80::1").value());
  EXPECT_EQ(c.ipv6.interface_id, (std::array<std::uint8_t, 8>{0, 1, 0, 2, 0, 3, 0, 4}));
}

TEST(EdgeConfig, leaves_ipv6_off_unless_it_is_asked_for) {
  EdgeConfig c;
  EXPECT_FALSE(read_edge_config("net0.ip4=192.0.2.1/25", c));
  EXPECT_FALSE(c.ipv6.is_on);
  EXPECT_TRUE(c.answers_echo);
  EXPECT_FALSE(read_edge_config("net0.ip6=auto", c));
  EXPECT_TRUE(c.ipv6.is_on);
  EXPECT_FALSE(c.ipv6.is_static());
  EXPECT_FALSE(read_edge_config("net0.ip6=0", c));
  EXPECT_FALSE(c.ipv6.is_on);
}

TEST(EdgeConfig, names_the_word_that_cannot_be_right) {
  for (const auto* const word :
       {"net0.ip4=192.0.2.1", "net0.ip4=192.0.2.1/0", "net0.ip4=192.0.2.1/33", "net0.ip4=fe80::1/64", "net0.gw4=::1",
        "net0.gwmac=02:00:00:00:00", "net0.gwmac=ff:ff:ff:ff:ff:ff", "net0.gwmac=0g:00:00:00:00:01", "net0.gwmac=",
        "net0.ip6=192.0.2.1/24", "net0.ip6=2001:db8::1", "net0.ip6=2001:db8::1/129", "net0.ip6=ff02::1/64",
        "net0.gw6=::", "net0.gw6=1.2.3.4", "net0.echo=2", "uk.dad=yes", "uk.iid=::", "uk.iid=7"}) {
    EdgeConfig c;
    const std::string line = std::string{"x=1 "} + word + " y=2";
    const auto bad = read_edge_config(line, c);
    ASSERT_TRUE(bad.has_value()) << word;
    EXPECT_TRUE(std::string_view{word}.starts_with(bad->key)) << word;
  }
}

}  // namespace
}  // namespace utnt::unikernel
