// SPDX-License-Identifier: BSD-2-Clause
#include "wire/ipv4.hpp"

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"
#include "wire/checksum.hpp"

namespace utnt::wire {
namespace {

using test::bytes_of;

/// 24 bytes: header and four of payload. Checksum by hand: 4500+0018+0007+4000+4001+0a00+0001+0a00+0002 = d923,
/// inverted.
std::vector<std::byte> small_packet() {
  return bytes_of("45 00 00 18 00 07 40 00 40 01 26 dc 0a 00 00 01 0a 00 00 02 de ad be ef");
}

Error parse_error(ConstBytes bytes) {
  const auto view = Ipv4View::parse(bytes);
  EXPECT_FALSE(view);
  return view ? Error{} : view.error();
}
Error quote_error(ConstBytes bytes) {
  const auto view = Ipv4View::parse_quoted(bytes);
  EXPECT_FALSE(view);
  return view ? Error{} : view.error();
}

TEST(Ipv4, ReadsEveryField) {
  const auto bytes = small_packet();
  const auto view = Ipv4View::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->tos(), 0);
  EXPECT_EQ(view->total_length(), 24);
  EXPECT_EQ(view->id(), 7);
  EXPECT_TRUE(view->dont_fragment());
  EXPECT_FALSE(view->more_fragments());
  EXPECT_EQ(view->fragment_offset(), 0);
  EXPECT_EQ(view->ttl(), Ttl{64});
  EXPECT_EQ(view->protocol(), protocol::icmp);
  EXPECT_EQ(view->source(), (Ipv4Address{10, 0, 0, 1}));
  EXPECT_EQ(view->destination(), (Ipv4Address{10, 0, 0, 2}));
  EXPECT_EQ(view->header_bytes(), 20U);
  EXPECT_EQ(test::hex_of(view->payload()), "de ad be ef");
}

TEST(Ipv4, LeavesLinkPaddingOut) {
  auto bytes = small_packet();
  bytes.resize(46);
  EXPECT_EQ(Ipv4View::parse(bytes)->payload().size(), 4U);
}

TEST(Ipv4, ReadsOptionsAsPartOfTheHeader) {
  auto bytes = bytes_of("46 00 00 18 00 07 20 03 40 01 00 00 0a 00 00 01 0a 00 00 02 94 04 00 00");
  store_be16(bytes, 10, internet_checksum(bytes));
  const auto view = Ipv4View::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->header_bytes(), 24U);
  EXPECT_TRUE(view->payload().empty());
  EXPECT_TRUE(view->more_fragments());
  EXPECT_EQ(view->fragment_offset(), 3);
}

TEST(Ipv4, NamesWhatIsWrong) {
  const auto good = small_packet();
  EXPECT_EQ(parse_error({}), Error::truncated);
  for (std::size_t n = 0; n < good.size(); ++n)
    EXPECT_EQ(parse_error(ConstBytes{good}.first(n)), Error::truncated) << n;
  auto bytes = good;
  store_u8(bytes, 0, 0x65);
  EXPECT_EQ(parse_error(bytes), Error::bad_version);
  bytes = good;
  store_u8(bytes, 0, 0x44);
  EXPECT_EQ(parse_error(bytes), Error::malformed);
  bytes = good;
  store_u8(bytes, 0, 0x4f);
  EXPECT_EQ(parse_error(bytes), Error::truncated);
  bytes = good;
  store_be16(bytes, 2, 19);
  EXPECT_EQ(parse_error(bytes), Error::malformed);
  bytes = good;
  store_u8(bytes, 8, 63);
  EXPECT_EQ(parse_error(bytes), Error::bad_checksum);
}

TEST(Ipv4, ReadsAQuoteThatIsCutAfterItsHeader) {
  const auto bytes = small_packet();
  for (std::size_t n = 20; n < bytes.size(); ++n) {
    const auto view = Ipv4View::parse_quoted(ConstBytes{bytes}.first(n));
    ASSERT_TRUE(view) << n;
    EXPECT_EQ(view->payload().size(), n - 20);
    EXPECT_TRUE(view->checksum_ok());
  }
  for (std::size_t n = 0; n < 20; ++n) EXPECT_EQ(quote_error(ConstBytes{bytes}.first(n)), Error::truncated) << n;
}

TEST(Ipv4, ReadsAQuoteWithAWrongChecksum) {
  auto bytes = small_packet();
  store_u8(bytes, 8, 1);
  const auto view = Ipv4View::parse_quoted(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->ttl(), Ttl{1});
  EXPECT_FALSE(view->checksum_ok());
}

TEST(Ipv4, NamesWhatIsWrongWithAQuote) {
  auto bytes = small_packet();
  store_u8(bytes, 0, 0x55);
  EXPECT_EQ(quote_error(bytes), Error::bad_version);
  store_u8(bytes, 0, 0x40);
  EXPECT_EQ(quote_error(bytes), Error::malformed);
  store_u8(bytes, 0, 0x4f);
  EXPECT_EQ(quote_error(bytes), Error::truncated);
}

TEST(Ipv4, LeavesTheZeroPaddingOfAQuoteOut) {
  auto bytes = small_packet();
  store_be16(bytes, 2, 28);
  bytes.resize(128);
  EXPECT_EQ(Ipv4View::parse_quoted(bytes)->payload().size(), 8U);
}

TEST(Ipv4, DoesNotBelieveAQuotedLengthThatLeavesNoTransport) {
  auto bytes = small_packet();
  bytes.resize(128);
  for (const std::uint16_t length : std::array<std::uint16_t, 4>{0, 19, 20, 27}) {
    store_be16(bytes, 2, length);
    EXPECT_EQ(Ipv4View::parse_quoted(bytes)->payload().size(), 108U) << length;
  }
}

TEST(Ipv4, WritesTheHeaderThatItReads) {
  std::array<std::byte, 24> out{};
  write_ipv4_header(out, {.total_length = 24,
                          .id = 7,
                          .dont_fragment = true,
                          .ttl = Ttl{64},
                          .protocol = protocol::icmp,
                          .source = Ipv4Address{10, 0, 0, 1},
                          .destination = Ipv4Address{10, 0, 0, 2}});
  EXPECT_EQ(test::hex_of(ConstBytes{out}.first(20)), test::hex_of(ConstBytes{small_packet()}.first(20)));
  EXPECT_EQ(load_be32(out, 20), 0U);
}

TEST(Ipv4DeathTest, RefusesToWriteIntoTooFewBytes) {
  std::array<std::byte, 19> out{};
  EXPECT_DEATH(write_ipv4_header(out, {}), "ipv4_header_bytes");
}

GOLDEN("an IPv4 header has the bytes that scapy gives it", "wire/udp_probe.hex") {
  const auto bytes = golden.bytes();
  const auto view = Ipv4View::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->ttl(), Ttl{3});
  EXPECT_EQ(view->id(), 5);
  EXPECT_EQ(view->destination(), (Ipv4Address{20, 0, 8, 2}));
  std::array<std::byte, 20> out{};
  write_ipv4_header(out, {.total_length = 43,
                          .id = 5,
                          .dont_fragment = true,
                          .ttl = Ttl{3},
                          .protocol = protocol::udp,
                          .source = Ipv4Address{192, 0, 2, 10},
                          .destination = Ipv4Address{20, 0, 8, 2}});
  EXPECT_EQ(test::hex_of(out), test::hex_of(view->header()));
}

TEST(Ipv4, UpdatesTheChecksumOfEveryTtlFromEveryOther) {
  auto bytes = small_packet();
  for (unsigned from = 0; from < 256; ++from) {
    set_ipv4_ttl(bytes, Ttl{static_cast<std::uint8_t>(from)});
    for (unsigned to = 0; to < 256; ++to) {
      auto copy = bytes;
      set_ipv4_ttl(copy, Ttl{static_cast<std::uint8_t>(to)});
      ASSERT_EQ(load_u8(copy, 8), to);
      ASSERT_EQ(internet_checksum(ConstBytes{copy}.first(20)), 0) << from << " to " << to;
    }
  }
}

PROPERTY("a written header is read back, and stays right when its TTL changes", prng) {
  std::array<std::byte, 20> out{};
  const Ipv4Fields fields{.tos = static_cast<std::uint8_t>(prng.next()),
                          .total_length = 20,
                          .id = static_cast<std::uint16_t>(prng.next()),
                          .dont_fragment = prng.chance(1, 2),
                          .ttl = Ttl{static_cast<std::uint8_t>(prng.next())},
                          .protocol = static_cast<std::uint8_t>(prng.next()),
                          .source = Ipv4Address{static_cast<std::uint32_t>(prng.next())},
                          .destination = Ipv4Address{static_cast<std::uint32_t>(prng.next())}};
  write_ipv4_header(out, fields);
  const auto view = Ipv4View::parse(out);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->tos(), fields.tos);
  EXPECT_EQ(view->id(), fields.id);
  EXPECT_EQ(view->dont_fragment(), fields.dont_fragment);
  EXPECT_EQ(view->ttl(), fields.ttl);
  EXPECT_EQ(view->protocol(), fields.protocol);
  EXPECT_EQ(view->source(), fields.source);
  EXPECT_EQ(view->destination(), fields.destination);
  set_ipv4_ttl(out, Ttl{static_cast<std::uint8_t>(prng.next())});
  EXPECT_TRUE(Ipv4View::parse(out));
}

PROPERTY("no bytes make the IPv4 parsers read past their end", prng) {
  auto bytes = test::random_bytes(prng, prng.below(80));
  if (!bytes.empty() && prng.chance(3, 4)) bytes[0] = static_cast<std::byte>(0x40 | prng.below(16));
  if (const auto view = Ipv4View::parse_quoted(bytes)) {
    EXPECT_LE(view->header_bytes() + view->payload().size(), bytes.size());
  }
  if (const auto view = Ipv4View::parse(bytes)) {
    EXPECT_EQ(view->header_bytes() + view->payload().size(), view->total_length());
  }
}

}  // namespace
}  // namespace utnt::wire
