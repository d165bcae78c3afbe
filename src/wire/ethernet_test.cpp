// SPDX-License-Identifier: BSD-2-Clause
#include "wire/ethernet.hpp"

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/golden.hpp"

namespace utnt::wire {
namespace {

using test::bytes_of;

constexpr MacAddress mac_a{{2, 0, 0, 0, 0, 0x0a}}, mac_b{{2, 0, 0, 0, 0, 0x0b}};

TEST(Ethernet, ReadsEveryField) {
  const auto bytes = bytes_of("ff ff ff ff ff ff 02 00 00 00 00 0a 08 06 01 02");
  const auto view = EthernetView::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->destination(), mac_broadcast);
  EXPECT_EQ(view->source(), mac_a);
  EXPECT_EQ(view->ethertype(), ethertype::arp);
  EXPECT_EQ(test::hex_of(view->payload()), "01 02");
}

TEST(Ethernet, NeedsFourteenBytes) {
  const std::vector<std::byte> bytes(14);
  EXPECT_TRUE(EthernetView::parse(bytes)->payload().empty());
  for (std::size_t n = 0; n < 14; ++n)
    EXPECT_EQ(EthernetView::parse(ConstBytes{bytes}.first(n)).error(), Error::truncated);
}

TEST(Ethernet, KnowsGroupAddresses) {
  EXPECT_TRUE(mac_broadcast.is_multicast());
  EXPECT_TRUE((MacAddress{{0x33, 0x33, 0, 0, 0, 1}}.is_multicast()));
  EXPECT_FALSE(mac_a.is_multicast());
}

GOLDEN("an Ethernet header has the bytes that scapy gives it", "wire/arp_reply.hex") {
  const auto frame = golden.bytes();
  std::array<std::byte, 14> out;
  write_ethernet_header(out, {.destination = mac_a, .source = mac_b, .ethertype = ethertype::arp});
  EXPECT_EQ(test::hex_of(out), test::hex_of(ConstBytes{frame}.first(14)));
}

TEST(EthernetDeathTest, RefusesToWriteIntoTooFewBytes) {
  std::array<std::byte, 13> out{};
  EXPECT_DEATH(write_ethernet_header(out, {}), "ethernet_header_bytes");
}

}  // namespace
}  // namespace utnt::wire
