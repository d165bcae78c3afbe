// SPDX-License-Identifier: BSD-2-Clause
#include "wire/udp.hpp"

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"
#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"

namespace utnt::wire {
namespace {

using test::bytes_of;

constexpr Ipv4Address source{192, 0, 2, 10}, destination{20, 0, 8, 2};

/// What a receiver checks: pseudo-header and datagram together sum to all ones.
bool verifies(ConstBytes datagram, const IpAddress& from, const IpAddress& to) {
  const auto size = static_cast<std::uint32_t>(datagram.size());
  return ones_sum(datagram, pseudo_header_sum(from, to, protocol::udp, size)) == 0xffff;
}

TEST(Udp, ReadsEveryField) {
  const auto bytes = bytes_of("9c 40 82 9b 00 0a 12 34 aa bb");
  const auto view = UdpView::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->source(), Port{40000});
  EXPECT_EQ(view->destination(), Port{33435});
  EXPECT_EQ(view->length(), 10);
  EXPECT_EQ(view->checksum(), 0x1234);
  EXPECT_EQ(test::hex_of(view->payload()), "aa bb");
}

TEST(Udp, NamesWhatIsWrong) {
  const auto bytes = bytes_of("9c 40 82 9b 00 0a 12 34 aa bb");
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto view = UdpView::parse(ConstBytes{bytes}.first(n));
    ASSERT_FALSE(view) << n;
    EXPECT_EQ(view.error(), Error::truncated) << n;
  }
  const auto short_length = bytes_of("9c 40 82 9b 00 07 12 34 aa bb");
  EXPECT_EQ(UdpView::parse(short_length).error(), Error::malformed);
  EXPECT_EQ(UdpView::parse(short_length, true).error(), Error::malformed);
}

TEST(Udp, ReadsAQuoteOfEightBytes) {
  const auto bytes = bytes_of("9c 40 82 9b 01 00 12 34");
  const auto view = UdpView::parse(bytes, true);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->length(), 256);
  EXPECT_TRUE(view->payload().empty());
  EXPECT_EQ(UdpView::parse(ConstBytes{bytes}.first(7), true).error(), Error::truncated);
}

TEST(Udp, LeavesBytesBehindItsLengthOut) {
  const auto bytes = bytes_of("9c 40 82 9b 00 09 12 34 aa bb cc");
  EXPECT_EQ(UdpView::parse(bytes)->payload().size(), 1U);
  EXPECT_EQ(UdpView::parse(bytes, true)->payload().size(), 1U);
}

GOLDEN("a UDP datagram over IPv4 has the bytes that scapy gives it", "wire/udp_probe.hex") {
  const auto packet = golden.bytes();
  const auto expected = Ipv4View::parse(packet)->payload();
  std::vector<std::byte> out(expected.size(), std::byte{0x11});
  write_udp_header(out, {Port{40000}, Port{33435}}, source, destination);
  EXPECT_EQ(test::hex_of(out), test::hex_of(expected));
}

GOLDEN("a UDP datagram over IPv6 has the bytes that scapy gives it", "wire/udp6_probe.hex") {
  const auto packet = golden.bytes();
  const auto ip = Ipv6View::parse(packet);
  ASSERT_TRUE(ip);
  std::vector<std::byte> out(24, std::byte{0x22});
  write_udp_header(out, {Port{40000}, Port{33435}}, ip->source(), ip->destination());
  EXPECT_EQ(test::hex_of(out), test::hex_of(ip->payload()));
}

TEST(Udp, SendsAComputedZeroAsAllOnes) {
  // Pseudo-header: 0x1014 + 17 + 10; header: ports and length 10. The payload word is chosen so that the sum is 0xffff.
  const Ipv4Address from{1, 2, 3, 4}, to{5, 6, 7, 8};
  auto out = bytes_of("00 00 00 00 00 00 00 00 00 00");
  const auto rest = static_cast<std::uint16_t>(0x1014 + 17 + 10 + 1 + 2 + 10);
  store_be16(out, 8, static_cast<std::uint16_t>(0xffff - rest));
  write_udp_header(out, {Port{1}, Port{2}}, from, to);
  EXPECT_EQ(load_be16(out, 6), 0xffff);
  EXPECT_TRUE(verifies(out, from, to));
}

TEST(UdpDeathTest, RefusesAChecksumOfZeroAndOddPlaces) {
  std::array<std::byte, 12> out{};
  EXPECT_DEATH(write_udp_with_checksum(out, {}, source, destination, 0, 8), "checksum != 0");
  EXPECT_DEATH(write_udp_with_checksum(out, {}, source, destination, 1, 9), "fix_at");
  EXPECT_DEATH(write_udp_with_checksum(out, {}, source, destination, 1, 6), "fix_at");
  EXPECT_DEATH(write_udp_with_checksum(out, {}, source, destination, 1, 12), "assertion failed");
}

TEST(Udp, CanCarryEveryChecksumButZero) {
  std::array<std::byte, 24> out;
  out.fill(std::byte{0x5a});
  for (unsigned checksum = 1; checksum <= 0xffff; ++checksum) {
    write_udp_with_checksum(out, {Port{40000}, Port{33435}}, source, destination, static_cast<std::uint16_t>(checksum),
                            8);
    ASSERT_EQ(load_be16(out, 6), checksum);
    ASSERT_TRUE(verifies(out, source, destination)) << checksum;
  }
}

PROPERTY("a datagram with a chosen checksum verifies and keeps its payload", prng) {
  auto payload = test::random_bytes(prng, 2 + prng.below(60));
  std::vector<std::byte> out(8);
  out.insert(out.end(), payload.begin(), payload.end());
  const Ipv4Address from{static_cast<std::uint32_t>(prng.next())}, to{static_cast<std::uint32_t>(prng.next())};
  const auto checksum = static_cast<std::uint16_t>(1 + prng.below(0xffff));
  const auto fix_at = 8 + 2 * prng.below(payload.size() / 2);
  write_udp_with_checksum(out, {Port{1}, Port{2}}, from, to, checksum, fix_at);
  const auto view = UdpView::parse(out);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->checksum(), checksum);
  EXPECT_TRUE(verifies(out, from, to));
  for (std::size_t i = 8; i < out.size(); ++i) {
    if (i != fix_at && i != fix_at + 1) {
      ASSERT_EQ(out[i], payload[i - 8]) << i;
    }
  }
}

}  // namespace
}  // namespace utnt::wire
