// SPDX-License-Identifier: BSD-2-Clause
#include "wire/ndp.hpp"

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ipv6.hpp"

namespace utnt::wire {
namespace {

constexpr MacAddress mac_a{{2, 0, 0, 0, 0, 0x0a}}, mac_b{{2, 0, 0, 0, 0, 0x0b}};
const Ipv6Address host = parse_address("2001:db8::10")->v6();
const Ipv6Address router = parse_address("2001:db8::1")->v6();
const Ipv6Address router_link = parse_address("fe80::b")->v6();
const Ipv6Address all_nodes = parse_address("ff02::1")->v6();

ConstBytes message_of(const std::vector<std::byte>& frame) {
  return Ipv6View::parse(EthernetView::parse(frame)->payload())->payload();
}

GOLDEN("a neighbour solicitation of scapy is read and rebuilt", "wire/neighbor_solicitation.hex") {
  const auto frame = golden.bytes();
  const auto view = NeighborView::parse(message_of(frame));
  ASSERT_TRUE(view);
  EXPECT_FALSE(view->is_advertisement());
  EXPECT_EQ(view->target(), router);
  EXPECT_EQ(view->link_address(), mac_a);
  const auto group = solicited_node_group(router);
  EXPECT_EQ(Ipv6View::parse(EthernetView::parse(frame)->payload())->destination(), group);
  EXPECT_EQ(EthernetView::parse(frame)->destination(), multicast_mac(group));
  std::array<std::byte, 32> out;
  const auto built = write_neighbor(out, {.target = router, .link_address = mac_a}, host, group);
  EXPECT_EQ(test::hex_of(built), test::hex_of(message_of(frame)));
}

GOLDEN("a neighbour advertisement of scapy is read and rebuilt", "wire/neighbor_advertisement.hex") {
  const auto frame = golden.bytes();
  const auto view = NeighborView::parse(message_of(frame));
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->is_advertisement());
  EXPECT_TRUE(view->is_router());
  EXPECT_TRUE(view->is_solicited());
  EXPECT_TRUE(view->is_override());
  EXPECT_EQ(view->link_address(), mac_b);
  std::array<std::byte, 32> out;
  const NeighborFields fields{.is_advertisement = true,
                              .is_router = true,
                              .is_solicited = true,
                              .is_override = true,
                              .target = router,
                              .link_address = mac_b};
  EXPECT_EQ(test::hex_of(write_neighbor(out, fields, router, host)), test::hex_of(message_of(frame)));
}

GOLDEN("a router advertisement of scapy is read and rebuilt", "wire/router_advertisement.hex") {
  const auto frame = golden.bytes();
  const auto view = RouterAdvertisementView::parse(message_of(frame));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->hop_limit(), Ttl{64});
  EXPECT_EQ(view->lifetime_s(), 1800);
  EXPECT_EQ(view->link_address(), mac_b);
  EXPECT_EQ(view->mtu(), 1500U);
  EXPECT_EQ(view->autonomous_prefix(), *parse_prefix("2001:db8::/64"));
  std::array<std::byte, 64> out;
  const RouterAdvertisementFields fields{.link_address = mac_b, .prefix = *parse_prefix("2001:db8::/64")};
  const auto built = write_router_advertisement(out, fields, router_link, all_nodes);
  EXPECT_EQ(test::hex_of(built), test::hex_of(message_of(frame)));
}

TEST(Neighbor, NamesWhatIsWrong) {
  std::vector<std::byte> good(32);
  write_neighbor(good, {.target = router, .link_address = mac_a}, host, router);
  ASSERT_TRUE(NeighborView::parse(good));
  EXPECT_EQ(NeighborView::parse({}).error(), Error::truncated);
  for (std::size_t n = 1; n < 24; ++n)
    EXPECT_EQ(NeighborView::parse(ConstBytes{good}.first(n)).error(), Error::truncated);
  for (std::size_t n = 25; n < 32; ++n)
    EXPECT_EQ(NeighborView::parse(ConstBytes{good}.first(n)).error(), Error::malformed);
  auto bytes = good;
  store_u8(bytes, 0, icmp6::echo_request);
  EXPECT_EQ(NeighborView::parse(bytes).error(), Error::unsupported);
  bytes = good;
  store_u8(bytes, 1, 1);
  EXPECT_EQ(NeighborView::parse(bytes).error(), Error::malformed);
  bytes = good;
  store_u8(bytes, 25, 0);  // an option of length zero would never end
  EXPECT_EQ(NeighborView::parse(bytes).error(), Error::malformed);
  store_u8(bytes, 25, 2);
  EXPECT_EQ(NeighborView::parse(bytes).error(), Error::malformed);
}

TEST(Neighbor, WithoutOptionsHasNoLinkAddress) {
  std::vector<std::byte> bytes(32);
  write_neighbor(bytes, {.target = router}, host, router);
  EXPECT_FALSE(NeighborView::parse(ConstBytes{bytes}.first(24))->link_address());
  store_u8(bytes, 24, 14);  // a nonce, not an address
  EXPECT_FALSE(NeighborView::parse(bytes)->link_address());
}

TEST(RouterAdvertisement, NamesWhatIsWrong) {
  std::vector<std::byte> good(64);
  write_router_advertisement(good, {.prefix = *parse_prefix("2001:db8::/64")}, router_link, all_nodes);
  EXPECT_EQ(RouterAdvertisementView::parse({}).error(), Error::truncated);
  EXPECT_EQ(RouterAdvertisementView::parse(ConstBytes{good}.first(15)).error(), Error::truncated);
  EXPECT_EQ(RouterAdvertisementView::parse(ConstBytes{good}.first(63)).error(), Error::malformed);
  store_u8(good, 0, icmp6::router_solicitation);
  EXPECT_EQ(RouterAdvertisementView::parse(good).error(), Error::unsupported);
}

TEST(RouterAdvertisement, SkipsPrefixesThatAreNotForAddresses) {
  std::vector<std::byte> bytes(64);
  write_router_advertisement(bytes, {.prefix = *parse_prefix("2001:db8::/64")}, router_link, all_nodes);
  const std::vector<std::byte> option{bytes.begin() + 32, bytes.end()};
  bytes.insert(bytes.end(), option.begin(), option.end());
  store_u8(bytes, 32 + 3, 0x80);  // the first is on-link only
  store_be16(bytes, 64 + 16, 0x2a00);
  store_u8(bytes, 64 + 31, 0xff);  // host bits, which the prefix must not keep
  EXPECT_EQ(RouterAdvertisementView::parse(bytes)->autonomous_prefix(), *parse_prefix("2a00:db8::/64"));
  store_u8(bytes, 64 + 2, 129);
  EXPECT_FALSE(RouterAdvertisementView::parse(bytes)->autonomous_prefix());
}

PROPERTY("no options make the neighbour parsers loop or read past the end", prng) {
  auto bytes = test::random_bytes(prng, 16 + 8 * prng.below(12));
  constexpr std::uint8_t types[] = {icmp6::router_advertisement, icmp6::neighbor_solicitation,
                                    icmp6::neighbor_advertisement};
  store_u8(bytes, 0, types[prng.below(3)]);
  store_u8(bytes, 1, 0);
  for (std::size_t i = 16; i + 8 <= bytes.size(); i += 8) {
    store_u8(bytes, i, static_cast<std::uint8_t>(prng.below(6)));
    store_u8(bytes, i + 1, static_cast<std::uint8_t>(prng.below(5)));
  }
  if (const auto view = RouterAdvertisementView::parse(bytes)) {
    if (const auto prefix = view->autonomous_prefix()) {
      EXPECT_LE(prefix->length, 128);
    }
    static_cast<void>(view->link_address());
    static_cast<void>(view->mtu());
  }
  if (const auto view = NeighborView::parse(bytes)) static_cast<void>(view->link_address());
}

}  // namespace
}  // namespace utnt::wire
