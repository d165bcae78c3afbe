// SPDX-License-Identifier: BSD-2-Clause
// The worked example is that of RFC 1071 section 3; the slow sum below follows the definition word by word.
#include "wire/checksum.hpp"

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/property.hpp"

namespace utnt::wire {
namespace {

using test::bytes_of;

std::uint16_t slow_sum(ConstBytes bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    const unsigned low = i + 1 < bytes.size() ? load_u8(bytes, i + 1) : 0;
    sum += static_cast<std::uint32_t>(load_u8(bytes, i) << 8) + low;
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(sum);
}

TEST(Checksum, GivesTheSumOfTheRfcExample) {
  const auto bytes = bytes_of("00 01 f2 03 f4 f5 f6 f7");
  EXPECT_EQ(ones_sum(bytes), 0xddf2);
  EXPECT_EQ(internet_checksum(bytes), 0x220d);
}

TEST(Checksum, OfNothingIsAllOnes) {
  EXPECT_EQ(ones_sum({}), 0);
  EXPECT_EQ(internet_checksum({}), 0xffff);
}

TEST(Checksum, PadsAnOddByteWithZero) {
  EXPECT_EQ(ones_sum(bytes_of("ab")), 0xab00);
  EXPECT_EQ(ones_sum(bytes_of("00 01 ab")), 0xab01);
}

TEST(Checksum, CarriesAroundTheEnd) {
  EXPECT_EQ(ones_sum(bytes_of("ff ff 00 01")), 0x0001);
  EXPECT_EQ(ones_sum(bytes_of("80 00 80 00")), 0x0001);
  EXPECT_EQ(ones_add(0xffff, 0x0001), 0x0001);
  EXPECT_EQ(ones_add(0x8000, 0x8000), 0x0001);
  EXPECT_EQ(ones_add(0x1234, 0x0000), 0x1234);
}

TEST(Checksum, OfTheLongestPacketOfOnesDoesNotOverflow) {
  const std::vector<std::byte> ones(65'535, std::byte{0xff});
  EXPECT_EQ(ones_sum(ones), slow_sum(ones));
  EXPECT_EQ(ones_sum(ones, 0xffff), ones_add(slow_sum(ones), 0xffff));
}

TEST(Checksum, OfThePseudoHeadersAddsAddressesProtocolAndLength) {
  // 0x0102 + 0x0304 + 0x0506 + 0x0708 + 17 + 24
  EXPECT_EQ(pseudo_header_sum(Ipv4Address{1, 2, 3, 4}, Ipv4Address{5, 6, 7, 8}, 17, 24), 0x1014 + 17 + 24);
  Ipv6Address a, b;
  a.octets[0] = 0x20;
  b.octets[15] = 0x05;
  // 0x2000 + 0x0005 + 58 + (0x00010002 as two words)
  EXPECT_EQ(pseudo_header_sum(a, b, 58, 0x0001'0002), 0x2000 + 0x0005 + 58 + 1 + 2);
}

TEST(ChecksumDeathTest, RefusesAPseudoHeaderOfTwoFamilies) {
  EXPECT_DEATH(static_cast<void>(pseudo_header_sum(Ipv4Address{}, Ipv6Address{}, 17, 8)), "family");
}

PROPERTY("the fast sum is the slow sum at any length and alignment", prng) {
  const auto bytes = test::random_bytes(prng, prng.below(200) + 8);
  const auto from = prng.below(8);
  const auto part = ConstBytes{bytes}.subspan(from, prng.below(bytes.size() - from + 1));
  EXPECT_EQ(ones_sum(part), slow_sum(part));
}

PROPERTY("a sum may be continued after an even number of bytes", prng) {
  const auto bytes = test::random_bytes(prng, prng.below(200));
  const auto cut = prng.below(bytes.size() / 2 + 1) * 2;
  const auto front = ones_sum(ConstBytes{bytes}.first(cut));
  const auto whole = ones_sum(ConstBytes{bytes}.subspan(cut), front);
  EXPECT_EQ(whole, slow_sum(bytes));
}

PROPERTY("bytes that carry their checksum verify as zero", prng) {
  auto bytes = test::random_bytes(prng, 2 + prng.below(100));
  store_be16(bytes, 0, 0);
  store_be16(bytes, 0, internet_checksum(bytes));
  EXPECT_EQ(internet_checksum(bytes), 0);
}

}  // namespace
}  // namespace utnt::wire
