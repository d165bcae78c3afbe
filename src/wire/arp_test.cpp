// SPDX-License-Identifier: BSD-2-Clause
#include "wire/arp.hpp"

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"

namespace utnt::wire {
namespace {

constexpr MacAddress mac_a{{2, 0, 0, 0, 0, 0x0a}}, mac_b{{2, 0, 0, 0, 0, 0x0b}};
constexpr Ipv4Address host{192, 0, 2, 10}, router{192, 0, 2, 1};

GOLDEN("an ARP request of scapy is read and rebuilt", "wire/arp_request.hex") {
  const auto frame = golden.bytes();
  const auto message = EthernetView::parse(frame)->payload();
  const auto view = ArpView::parse(message);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->operation(), ArpOperation::request);
  EXPECT_EQ(view->sender_mac(), mac_a);
  EXPECT_EQ(view->sender(), host);
  EXPECT_EQ(view->target_mac(), MacAddress{});
  EXPECT_EQ(view->target(), router);
  std::array<std::byte, arp_bytes> out;
  write_arp(out, {.sender_mac = mac_a, .sender = host, .target_mac = {}, .target = router});
  EXPECT_EQ(test::hex_of(out), test::hex_of(message));
}

GOLDEN("an ARP reply of scapy is read and rebuilt", "wire/arp_reply.hex") {
  const auto frame = golden.bytes();
  const auto message = EthernetView::parse(frame)->payload();
  const auto view = ArpView::parse(message);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->operation(), ArpOperation::reply);
  EXPECT_EQ(view->target_mac(), mac_a);
  std::array<std::byte, arp_bytes> out;
  write_arp(out, {ArpOperation::reply, mac_b, router, mac_a, host});
  EXPECT_EQ(test::hex_of(out), test::hex_of(message));
}

TEST(Arp, NamesWhatIsWrong) {
  std::vector<std::byte> good(arp_bytes);
  write_arp(good, {});
  ASSERT_TRUE(ArpView::parse(good));
  for (std::size_t n = 0; n < good.size(); ++n)
    EXPECT_EQ(ArpView::parse(ConstBytes{good}.first(n)).error(), Error::truncated);
  // hardware 6, protocol IPv6, sizes 8 and 16, operations 0 and 3
  const std::pair<std::size_t, std::uint16_t> changes[] = {{0, 6},      {2, 0x86dd}, {4, 0x0804},
                                                           {4, 0x0610}, {6, 0},      {6, 3}};
  for (const auto& [at, value] : changes) {
    auto bytes = good;
    store_be16(bytes, at, value);
    EXPECT_EQ(ArpView::parse(bytes).error(), Error::unsupported) << at << ' ' << value;
  }
}

PROPERTY("an ARP message is read back as it was written, padded or not", prng) {
  const auto noise = test::random_bytes(prng, 12);
  const ArpFields fields{prng.chance(1, 2) ? ArpOperation::request : ArpOperation::reply, load_mac(noise, 0),
                         Ipv4Address{static_cast<std::uint32_t>(prng.next())}, load_mac(noise, 6),
                         Ipv4Address{static_cast<std::uint32_t>(prng.next())}};
  auto out = test::random_bytes(prng, arp_bytes + prng.below(20));
  write_arp(out, fields);
  const auto view = ArpView::parse(out);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->operation(), fields.operation);
  EXPECT_EQ(view->sender_mac(), fields.sender_mac);
  EXPECT_EQ(view->sender(), fields.sender);
  EXPECT_EQ(view->target_mac(), fields.target_mac);
  EXPECT_EQ(view->target(), fields.target);
}

}  // namespace
}  // namespace utnt::wire
