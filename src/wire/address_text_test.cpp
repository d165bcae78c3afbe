// SPDX-License-Identifier: BSD-2-Clause
// Examples from RFC 4291 section 2.2 and RFC 5952 sections 2, 4 and 5; random addresses are compared with the C
// library.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "support/property.hpp"
#include "wire/address.hpp"

namespace utnt::wire {
namespace {

std::string text_of(const IpAddress& address) {
  std::array<char, address_text_max> out;
  return std::string{format_address(address, out)};
}
std::string normal(std::string_view text) {
  const auto address = parse_address(text);
  return address ? text_of(*address) : "error";
}

TEST(AddressText, ReadsAndWritesIpv4) {
  EXPECT_EQ(normal("1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(normal("0.0.0.0"), "0.0.0.0");
  EXPECT_EQ(normal("255.255.255.255"), "255.255.255.255");
  EXPECT_EQ(parse_address("1.2.3.4")->v4().value(), 0x01020304U);
}

TEST(AddressText, RefusesWhatIsNoIpv4Address) {
  for (const char* text :
       {"",           ".",         "1",         "1.2.3",    "1.2.3.",   "1.2.3.4.",   "1.2.3.4.5",  "1.2.3.256",
        "1.2.3.1000", "1..3.4",    "01.2.3.4",  "1.2.3.04", "1.2.3.00", "+1.2.3.4",   "-1.2.3.4",   "1.2.3.4 ",
        " 1.2.3.4",   "1.2.3.4\n", "0x1.2.3.4", "1.2.3.a",  "1,2,3,4",  "1.2.3.4/24", "example.net"}) {
    EXPECT_EQ(normal(text), "error") << '"' << text << '"';
  }
  EXPECT_EQ(normal(std::string_view{"1.2.3.4\0", 8}), "error");
  EXPECT_EQ(parse_address("x").error(), Error::malformed);
}

TEST(AddressText, WritesIpv6AsRfc5952Wants) {
  EXPECT_EQ(normal("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");     // 4.2.3: the first of equal runs
  EXPECT_EQ(normal("2001:0db8::0001"), "2001:db8::1");                // 4.1: no leading zeros
  EXPECT_EQ(normal("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");         // 4.2.1: as short as possible
  EXPECT_EQ(normal("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");  // 4.2.2: not for one group
  EXPECT_EQ(normal("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");           // 4.2.3: the longest run
  EXPECT_EQ(normal("2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA"), "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa");  // 4.3
  EXPECT_EQ(normal("0:0:0:0:0:ffff:192.0.2.1"), "::ffff:192.0.2.1");  // 5: IPv4-mapped
  EXPECT_EQ(normal("::ffff:c000:201"), "::ffff:192.0.2.1");
  EXPECT_EQ(normal("0:0:0:0:0:0:0:0"), "::");
  EXPECT_EQ(normal("0:0:0:0:0:0:0:1"), "::1");
  EXPECT_EQ(normal("1:0:0:0:0:0:0:0"), "1::");
  EXPECT_EQ(normal("ff01:0:0:0:0:0:0:101"), "ff01::101");
}

TEST(AddressText, ReadsTheFormsOfRfc4291) {
  EXPECT_EQ(normal("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789"), "abcd:ef01:2345:6789:abcd:ef01:2345:6789");
  EXPECT_EQ(normal("2001:DB8::8:800:200C:417A"), "2001:db8::8:800:200c:417a");
  EXPECT_EQ(normal("FF01::101"), "ff01::101");
  EXPECT_EQ(normal("::13.1.68.3"), "::d01:4403");
  EXPECT_EQ(normal("1:2:3:4:5:6:1.2.3.4"), "1:2:3:4:5:6:102:304");
  EXPECT_EQ(normal("1::2:3:4:5:6:7"), "1:0:2:3:4:5:6:7");
}

TEST(AddressText, RefusesWhatIsNoIpv6Address) {
  for (const char* text : {":",
                           ":::",
                           "1:",
                           ":1",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8",
                           "1::2::3",
                           "1:::2",
                           "12345::",
                           "g::",
                           "::1%eth0",
                           "[::1]",
                           "::1/64",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::1.2.3",
                           "::1.2.3.4:5",
                           "1.2.3.4::",
                           "::01.2.3.4",
                           ":: 1",
                           "1:2:3:4:5:6:7:"}) {
    EXPECT_EQ(normal(text), "error") << '"' << text << '"';
  }
}

TEST(AddressText, OfNoAddressIsAStar) { EXPECT_EQ(text_of(IpAddress{}), "*"); }

TEST(AddressText, FitsTheNamedMaximum) {
  Ipv6Address longest;
  longest.octets.fill(0xff);
  EXPECT_EQ(text_of(longest).size(), 39U);
  EXPECT_LE(std::string{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"}.size(), address_text_max);
}

PROPERTY("IPv4 text agrees with the C library", prng) {
  const Ipv4Address address{static_cast<std::uint32_t>(prng.next())};
  in_addr c_address{};
  c_address.s_addr = htonl(address.value());
  char text[INET_ADDRSTRLEN];
  ASSERT_NE(inet_ntop(AF_INET, &c_address, text, sizeof text), nullptr);
  EXPECT_EQ(text_of(address), text);
  EXPECT_EQ(parse_address(text)->v4(), address);
}

PROPERTY("IPv6 text agrees with the C library", prng) {
  Ipv6Address address;
  for (auto& octet : address.octets) octet = static_cast<std::uint8_t>(prng.next());
  // Runs of zero groups are what the text rules are about; random octets hardly ever contain one.
  const auto zero_groups = prng.next();
  for (std::size_t group = 0; group < 8; ++group) {
    if ((zero_groups >> group & 1) != 0) address.octets[group * 2] = address.octets[group * 2 + 1] = 0;
  }
  address.octets[0] |= 0x20;  // the C library writes ::/96 in a form that RFC 5952 reserves for known prefixes
  char text[INET6_ADDRSTRLEN];
  ASSERT_NE(inet_ntop(AF_INET6, address.octets.data(), text, sizeof text), nullptr);
  EXPECT_EQ(text_of(address), text);
  EXPECT_EQ(parse_address(text)->v6(), address);
}

PROPERTY("what is accepted as an address is accepted by the C library too", prng) {
  constexpr std::string_view alphabet = "0123456789abcdf:.::";
  std::string text;
  for (auto n = prng.below(20); n > 0; --n) text.push_back(alphabet[prng.below(alphabet.size())]);
  const auto address = parse_address(text);
  std::array<std::uint8_t, 16> octets{};
  const bool is_v6 = text.find(':') != std::string::npos;
  const bool is_known = inet_pton(is_v6 ? AF_INET6 : AF_INET, text.c_str(), octets.data()) == 1;
  ASSERT_EQ(address.has_value(), is_known) << text;
  if (is_known) {
    EXPECT_TRUE(std::equal(address->octets().begin(), address->octets().end(), octets.begin())) << text;
  }
}

TEST(PrefixText, IsAnAddressAndALength) {
  const auto p = *parse_prefix("20.0.8.0/24");
  EXPECT_EQ(text_of(p.address), "20.0.8.0");
  EXPECT_EQ(p.length, 24);
  EXPECT_EQ(parse_prefix("2001:db8::/32")->length, 32);
  EXPECT_EQ(parse_prefix("0.0.0.0/0")->length, 0);
}

TEST(PrefixText, WithoutLengthIsOneAddress) {
  EXPECT_EQ(parse_prefix("1.2.3.4")->length, 32);
  EXPECT_EQ(parse_prefix("::1")->length, 128);
}

TEST(PrefixText, RefusesHostBitsAndImpossibleLengths) {
  for (const char* text :
       {"20.0.8.1/24", "1.2.3.5/31", "20.0.8.0/33", "20.0.8.0/", "/24", "20.0.8.0/24 ", "20.0.8.0/024", "20.0.8.0/-1",
        "20.0.8.0/24/1", "::/129", "2001:db8::1/64", "::1/127", "", "20.0.8.0/1000"}) {
    ASSERT_FALSE(parse_prefix(text)) << '"' << text << '"';
    EXPECT_EQ(parse_prefix(text).error(), Error::malformed) << '"' << text << '"';
  }
}

}  // namespace
}  // namespace utnt::wire
