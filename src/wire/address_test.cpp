// SPDX-License-Identifier: BSD-2-Clause
// Expected membership follows the ranges of the TNT specification, section 3.3, and the IANA IPv6 registry: first and
// last address of each range, and the neighbours outside.
#include "wire/address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/property.hpp"

namespace utnt::wire {
namespace {

bool reserved(std::string_view text) { return is_reserved(*parse_address(text)); }

TEST(Reserved, HoldsBothEndsOfEveryIpv4Range) {
  for (const char* text :
       {"0.0.0.0",     "0.255.255.255",   "10.0.0.0",    "10.255.255.255",  "100.64.0.0",   "100.127.255.255",
        "127.0.0.0",   "127.255.255.255", "169.254.0.0", "169.254.255.255", "172.16.0.0",   "172.31.255.255",
        "192.0.0.0",   "192.0.0.255",     "192.0.2.0",   "192.0.2.255",     "192.88.99.0",  "192.88.99.255",
        "192.168.0.0", "192.168.255.255", "198.18.0.0",  "198.19.255.255",  "198.51.100.0", "198.51.100.255",
        "203.0.113.0", "203.0.113.255",   "224.0.0.0",   "239.255.255.255", "240.0.0.0",    "255.255.255.255"}) {
    EXPECT_TRUE(reserved(text)) << text;
  }
}

TEST(Reserved, LeavesTheNeighboursOfEveryIpv4RangeAlone) {
  for (const char* text :
       {"1.0.0.0",     "9.255.255.255",   "11.0.0.0",    "100.63.255.255", "100.128.0.0",  "126.255.255.255",
        "128.0.0.0",   "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",   "191.255.255.255",
        "192.0.1.0",   "192.0.1.255",     "192.0.3.0",   "192.88.98.255",  "192.88.100.0", "192.167.255.255",
        "192.169.0.0", "198.17.255.255",  "198.20.0.0",  "198.51.99.255",  "198.51.101.0", "203.0.112.255",
        "203.0.114.0", "223.255.255.255", "20.0.1.2",    "8.8.8.8"}) {
    EXPECT_FALSE(reserved(text)) << text;
  }
}

TEST(Reserved, HoldsIpv6OutsideGlobalUnicastAndTheSpecialRangesInside) {
  for (const char* text : {"::",
                           "::1",
                           "::ffff:8.8.8.8",
                           "64:ff9b::1",
                           "100::1",
                           "1fff:ffff::",
                           "4000::",
                           "5f00::1",
                           "fc00::1",
                           "fe80::1",
                           "ff02::1",
                           "2001::",
                           "2001:0:ffff::",
                           "2001:2::1",
                           "2001:3::1",
                           "2001:4:112::1",
                           "2001:10::1",
                           "2001:20::1",
                           "2001:1ff:ffff::",
                           "2001:db8::",
                           "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                           "2002::",
                           "2002:ffff::1",
                           "2620:4f:8000::1",
                           "3fff::",
                           "3fff:fff:ffff::1"}) {
    EXPECT_TRUE(reserved(text)) << text;
  }
}

TEST(Reserved, LeavesGlobalIpv6AddressesAloneEvenWhenTheirSecondByteIsTwo) {
  for (const char* text : {"2000::1", "2001:200::1", "2001:db7:ffff::1", "2001:db9::1", "2003::1", "2a02::1",
                           "2a02:6b8::2", "2620:4f:7fff::1", "2620:4f:8001::1", "3fff:1000::1", "3ffe::1"}) {
    EXPECT_FALSE(reserved(text)) << text;
  }
}

TEST(Reserved, IncludesNoAddressAtAll) { EXPECT_TRUE(is_reserved(IpAddress{})); }

TEST(Address, IsTheNumberOfItsOctets) {
  constexpr Ipv4Address a{1, 2, 3, 4};
  static_assert(a.value() == 0x01020304U);
  const IpAddress either{a};
  EXPECT_TRUE(either.is_v4());
  EXPECT_EQ(either.v4(), a);
  EXPECT_EQ(std::vector<std::uint8_t>(either.octets().begin(), either.octets().end()),
            (std::vector<std::uint8_t>{1, 2, 3, 4}));
}

TEST(Address, OfNoFamilyHasNoOctets) {
  const IpAddress none;
  EXPECT_TRUE(none.is_none());
  EXPECT_FALSE(none.is_v4());
  EXPECT_TRUE(none.octets().empty());
}

TEST(Address, IsOrderedByFamilyThenNumber) {
  const IpAddress none, low{Ipv4Address{9, 255, 255, 255}}, high{Ipv4Address{10, 0, 0, 0}}, six{Ipv6Address{}};
  EXPECT_LT(none, low);
  EXPECT_LT(low, high);
  EXPECT_LT(high, six);
}

TEST(AddressDeathTest, StopsTheProgramWhenReadAsTheOtherFamily) {
  EXPECT_DEATH(static_cast<void>(IpAddress{Ipv6Address{}}.v4()), "is_v4");
  EXPECT_DEATH(static_cast<void>(IpAddress{Ipv4Address{}}.v6()), "ipv6");
}

TEST(Prefix, ContainsItsFirstAndLastAddressAndNoNeighbour) {
  const auto p = *parse_prefix("20.0.8.0/22");
  EXPECT_TRUE(p.contains(*parse_address("20.0.8.0")));
  EXPECT_TRUE(p.contains(*parse_address("20.0.11.255")));
  EXPECT_FALSE(p.contains(*parse_address("20.0.7.255")));
  EXPECT_FALSE(p.contains(*parse_address("20.0.12.0")));
}

TEST(Prefix, OfLengthZeroContainsItsWholeFamilyAndNothingElse) {
  EXPECT_TRUE(parse_prefix("0.0.0.0/0")->contains(*parse_address("255.255.255.255")));
  EXPECT_FALSE(parse_prefix("0.0.0.0/0")->contains(*parse_address("::")));
  EXPECT_TRUE(parse_prefix("::/0")->contains(*parse_address("ffff::")));
  EXPECT_FALSE(parse_prefix("::/0")->contains(IpAddress{}));
}

TEST(Prefix, OfFullLengthContainsOneAddress) {
  const auto p = *parse_prefix("2a00::1/128");
  EXPECT_TRUE(p.contains(*parse_address("2a00::1")));
  EXPECT_FALSE(p.contains(*parse_address("2a00::")));
}

PROPERTY("a prefix contains exactly the addresses that agree in its first bits", prng) {
  const auto length = static_cast<std::uint8_t>(prng.below(33));
  const auto mask = length == 0 ? 0U : ~0U << (32 - length);
  const auto base = static_cast<std::uint32_t>(prng.next()) & mask;
  const Prefix prefix{IpAddress{Ipv4Address{base}}, length};
  // Half of the candidates share most bits, or a short prefix would be the only one ever hit.
  const auto noise = static_cast<std::uint32_t>(prng.next()) >> prng.below(32);
  const auto candidate = base ^ noise;
  EXPECT_EQ(prefix.contains(IpAddress{Ipv4Address{candidate}}), (candidate & mask) == base);
}

}  // namespace
}  // namespace utnt::wire
