// SPDX-License-Identifier: BSD-2-Clause
#include "wire/tcp.hpp"

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"

namespace utnt::wire {
namespace {

GOLDEN("a TCP segment of scapy over IPv4 is read and rebuilt", "wire/tcp_syn.hex") {
  const auto packet = golden.bytes();
  const auto ip = Ipv4View::parse(packet);
  const auto view = TcpView::parse(ip->payload());
  ASSERT_TRUE(view);
  EXPECT_EQ(view->source(), Port{50000});
  EXPECT_EQ(view->destination(), Port{80});
  EXPECT_EQ(view->sequence(), 0xdeadbeefU);
  EXPECT_EQ(view->acknowledgment(), 0U);
  EXPECT_EQ(view->flags(), TcpFlags{TcpFlag::syn});
  EXPECT_EQ(view->window(), 1024);
  EXPECT_EQ(view->header_bytes(), 20U);
  EXPECT_TRUE(view->checksum_ok(ip->source(), ip->destination()));
  EXPECT_FALSE(view->checksum_ok(ip->source(), Ipv4Address{1, 1, 1, 1}));
  std::array<std::byte, 20> out;
  write_tcp_header(out, {.source = Port{50000}, .destination = Port{80}, .sequence = 0xdeadbeef, .window = 1024},
                   ip->source(), ip->destination());
  EXPECT_EQ(test::hex_of(out), test::hex_of(ip->payload()));
}

GOLDEN("a TCP segment of scapy over IPv6 is read and rebuilt", "wire/tcp6_syn.hex") {
  const auto packet = golden.bytes();
  const auto ip = Ipv6View::parse(packet);
  EXPECT_TRUE(TcpView::parse(ip->payload())->checksum_ok(ip->source(), ip->destination()));
  std::array<std::byte, 20> out;
  write_tcp_header(out, {.source = Port{50000}, .destination = Port{80}, .sequence = 1, .window = 1024}, ip->source(),
                   ip->destination());
  EXPECT_EQ(test::hex_of(out), test::hex_of(ip->payload()));
}

TEST(Tcp, NamesWhatIsWrong) {
  std::vector<std::byte> bytes(24);
  write_tcp_header(bytes, {}, Ipv4Address{}, Ipv4Address{});
  for (std::size_t n = 0; n < 20; ++n) EXPECT_EQ(TcpView::parse(ConstBytes{bytes}.first(n)).error(), Error::truncated);
  store_u8(bytes, 12, 0x40);
  EXPECT_EQ(TcpView::parse(bytes).error(), Error::malformed);
  store_u8(bytes, 12, 0x70);
  EXPECT_EQ(TcpView::parse(bytes).error(), Error::truncated);
}

TEST(Tcp, TellsOptionsFromPayload) {
  std::vector<std::byte> bytes(28);
  store_u8(bytes, 12, 0x60);
  store_be32(bytes, 20, 0x020405b4);
  const auto view = TcpView::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(test::hex_of(view->options()), "02 04 05 b4");
  EXPECT_EQ(view->payload().size(), 4U);
}

TEST(Tcp, ReadsAQuoteOfEightBytes) {
  const auto bytes = test::bytes_of("c3 50 00 50 de ad be ef");
  const auto quote = parse_tcp_quote(bytes);
  ASSERT_TRUE(quote);
  EXPECT_EQ(quote->source, Port{50000});
  EXPECT_EQ(quote->destination, Port{80});
  EXPECT_EQ(quote->sequence, 0xdeadbeefU);
  EXPECT_EQ(parse_tcp_quote(ConstBytes{bytes}.first(7)).error(), Error::truncated);
}

PROPERTY("a TCP segment is read back as it was written", prng) {
  auto segment = test::random_bytes(prng, 20 + prng.below(50));
  const TcpFields fields{Port{static_cast<std::uint16_t>(prng.next())},
                         Port{static_cast<std::uint16_t>(prng.next())},
                         static_cast<std::uint32_t>(prng.next()),
                         static_cast<std::uint32_t>(prng.next()),
                         TcpFlags::from_bits(static_cast<std::uint8_t>(prng.next())),
                         static_cast<std::uint16_t>(prng.next())};
  const Ipv4Address from{static_cast<std::uint32_t>(prng.next())}, to{static_cast<std::uint32_t>(prng.next())};
  write_tcp_header(segment, fields, from, to);
  const auto view = TcpView::parse(segment);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->source(), fields.source);
  EXPECT_EQ(view->destination(), fields.destination);
  EXPECT_EQ(view->sequence(), fields.sequence);
  EXPECT_EQ(view->acknowledgment(), fields.acknowledgment);
  EXPECT_EQ(view->flags(), fields.flags);
  EXPECT_EQ(view->window(), fields.window);
  EXPECT_TRUE(view->checksum_ok(from, to));
  EXPECT_EQ(view->payload().size(), segment.size() - 20);
}

}  // namespace
}  // namespace utnt::wire
