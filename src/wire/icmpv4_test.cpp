// SPDX-License-Identifier: BSD-2-Clause
#include "wire/icmpv4.hpp"

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"
#include "wire/checksum.hpp"
#include "wire/ipv4.hpp"

namespace utnt::wire {
namespace {

using test::bytes_of;

/// The ICMP message of a golden packet.
ConstBytes message_of(const std::vector<std::byte>& packet) { return Ipv4View::parse(packet)->payload(); }

/// The probe that every golden error quotes, as it arrived.
std::vector<std::byte> quoted_probe(Ttl ttl) {
  std::vector<std::byte> probe(44);
  write_ipv4_header(probe, {.total_length = 44,
                            .id = 7,
                            .dont_fragment = true,
                            .ttl = ttl,
                            .protocol = protocol::icmp,
                            .source = Ipv4Address{192, 0, 2, 10},
                            .destination = Ipv4Address{20, 0, 8, 2}});
  for (std::size_t i = 0; i < 16; ++i) store_u8(probe, 28 + i, static_cast<std::uint8_t>(i));
  write_echo(MutableBytes{probe}.subspan(20), {.identifier = 0x9c40, .sequence = 6});
  return probe;
}

TEST(Icmpv4, NeedsEightBytes) {
  const auto bytes = bytes_of("08 00 00 00 00 00 00 00");
  EXPECT_TRUE(Icmpv4View::parse(bytes));
  for (std::size_t n = 0; n < 8; ++n)
    EXPECT_EQ(Icmpv4View::parse(ConstBytes{bytes}.first(n)).error(), Error::truncated);
}

TEST(Icmpv4, WritesAnEchoRequest) {
  // 0800 + 0001 + 0002 + aabb + cc00 = 1 7ebe, with the carry 7ebf; inverted 8140.
  auto message = bytes_of("00 00 00 00 00 00 00 00 aa bb cc");
  write_echo(message, {.identifier = 1, .sequence = 2});
  EXPECT_EQ(test::hex_of(message), "08 00 81 40 00 01 00 02 aa bb cc");
  const auto view = Icmpv4View::parse(message);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->type(), icmp4::echo_request);
  EXPECT_EQ(view->code(), 0);
  EXPECT_EQ(view->checksum(), 0x8140);
  EXPECT_TRUE(view->checksum_ok());
  EXPECT_EQ(view->identifier(), 1);
  EXPECT_EQ(view->sequence(), 2);
  EXPECT_EQ(test::hex_of(view->echo_data()), "aa bb cc");
  EXPECT_FALSE(view->is_error());
}

TEST(Icmpv4, SeesAWrongChecksum) {
  const auto message = bytes_of("08 00 81 42 00 01 00 02 aa bb cc");
  const auto view = Icmpv4View::parse(message);
  ASSERT_TRUE(view);
  EXPECT_FALSE(view->checksum_ok());
}

GOLDEN("an echo request has the bytes that scapy gives it", "wire/echo_request.hex") {
  const auto packet = golden.bytes();
  auto probe = quoted_probe(Ttl{9});
  EXPECT_EQ(test::hex_of(probe), test::hex_of(packet));
}

TEST(Icmpv4, CanCarryEveryChecksumButAllOnes) {
  std::array<std::byte, 24> message;
  message.fill(std::byte{0xa5});
  for (unsigned checksum = 0; checksum < 0xffff; ++checksum) {
    write_echo_with_checksum(message, {.identifier = 0x9c40, .sequence = static_cast<std::uint16_t>(checksum * 7)},
                             static_cast<std::uint16_t>(checksum), 8);
    ASSERT_EQ(load_be16(message, 2), checksum);
    ASSERT_TRUE(Icmpv4View::parse(message)->checksum_ok()) << checksum;
  }
}

TEST(Icmpv4DeathTest, RefusesWhatNoMessageCanCarry) {
  std::array<std::byte, 12> message{};
  EXPECT_DEATH(write_echo_with_checksum(message, {}, 0xffff, 8), "0xffff");
  EXPECT_DEATH(write_echo_with_checksum(message, {}, 1, 9), "fix_at");
  EXPECT_DEATH(write_echo_with_checksum(message, {}, 1, 4), "fix_at");
}

PROPERTY("the paris checksum is constant while the sequence number moves", prng) {
  auto message = test::random_bytes(prng, 10 + prng.below(50));
  const auto checksum = static_cast<std::uint16_t>(prng.below(0xffff));
  const auto identifier = static_cast<std::uint16_t>(prng.next());
  for (std::uint16_t sequence = 0; sequence < 20; ++sequence) {
    write_echo_with_checksum(message, {.identifier = identifier, .sequence = sequence}, checksum, 8);
    const auto view = Icmpv4View::parse(message);
    ASSERT_EQ(view->checksum(), checksum);
    ASSERT_TRUE(view->checksum_ok());
    ASSERT_EQ(view->sequence(), sequence);
  }
}

GOLDEN("a time exceeded without extension quotes 28 bytes", "wire/te_plain.hex") {
  const auto packet = golden.bytes();
  const auto view = Icmpv4View::parse(message_of(packet));
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->is_error());
  EXPECT_TRUE(view->checksum_ok());
  const auto body = view->error_body();
  EXPECT_FALSE(body.has_extension);
  EXPECT_TRUE(body.notes.empty());
  EXPECT_EQ(body.original.size(), 28U);
  const auto quoted = Ipv4View::parse_quoted(body.original);
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->ttl(), Ttl{1});
  EXPECT_EQ(quoted->destination(), (Ipv4Address{20, 0, 8, 2}));

  std::array<std::byte, 64> out;
  const auto quote = quoted_probe(Ttl{1});
  const auto message = write_icmpv4_error(out, {.original = ConstBytes{quote}.first(28)});
  ASSERT_TRUE(message);
  EXPECT_EQ(test::hex_of(*message), test::hex_of(message_of(packet)));
}

GOLDEN("a time exceeded with two labels is read and rebuilt", "wire/te_two_labels.hex") {
  const auto packet = golden.bytes();
  auto body = Icmpv4View::parse(message_of(packet))->error_body();
  EXPECT_TRUE(body.has_extension);
  EXPECT_TRUE(body.notes.empty());
  EXPECT_EQ(body.original.size(), 128U);
  EXPECT_EQ(Ipv4View::parse_quoted(body.original)->ttl(), Ttl{3});
  EXPECT_EQ(Ipv4View::parse_quoted(body.original)->payload().size(), 24U);
  const auto object = body.objects.next();
  ASSERT_TRUE(object);
  const LabelStackView stack{*object};
  ASSERT_EQ(stack.size(), 2U);
  EXPECT_EQ(stack[0], (LabelStackEntry{MplsLabel{24011}, 5, false, Ttl{1}}));
  EXPECT_EQ(stack[1], (LabelStackEntry{MplsLabel{16}, 0, true, Ttl{255}}));
  EXPECT_FALSE(body.objects.next());

  std::array<std::byte, 64> room;
  ExtensionBuilder builder{room};
  const std::array entries{stack[0], stack[1]};
  ASSERT_TRUE(builder.add_label_stack(entries));
  std::array<std::byte, 256> out;
  out.fill(std::byte{0xee});
  const auto quote = quoted_probe(Ttl{3});
  const auto message = write_icmpv4_error(out, {.original = quote, .extension = builder.finish()});
  ASSERT_TRUE(message);
  EXPECT_EQ(test::hex_of(*message), test::hex_of(message_of(packet)));
}

GOLDEN("a quote of 140 bytes moves the extension", "wire/te_length_35_words.hex") {
  const auto packet = golden.bytes();
  auto body = Icmpv4View::parse(message_of(packet))->error_body();
  EXPECT_TRUE(body.notes.empty());
  EXPECT_EQ(body.original.size(), 140U);
  ASSERT_TRUE(body.has_extension);
  EXPECT_EQ(LabelStackView{*body.objects.next()}.size(), 2U);
}

GOLDEN("a port unreachable quotes the whole UDP probe", "wire/port_unreachable.hex") {
  const auto packet = golden.bytes();
  const auto view = Icmpv4View::parse(message_of(packet));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->type(), icmp4::unreachable);
  EXPECT_EQ(view->code(), icmp4::code_port_unreachable);
  EXPECT_TRUE(view->is_error());
  const auto quoted = Ipv4View::parse_quoted(view->error_body().original);
  EXPECT_EQ(quoted->protocol(), protocol::udp);
  EXPECT_EQ(quoted->payload().size(), 23U);
}

GOLDEN("a fragmentation needed tells its MTU", "wire/fragmentation_needed.hex") {
  const auto packet = golden.bytes();
  const auto view = Icmpv4View::parse(message_of(packet));
  EXPECT_EQ(view->code(), icmp4::code_fragmentation_needed);
  EXPECT_EQ(view->next_hop_mtu(), 1400);
  std::array<std::byte, 64> out;
  const auto quote = quoted_probe(Ttl{1});
  const auto message =
      write_icmpv4_error(out, {.type = icmp4::unreachable, .code = 4, .next_hop_mtu = 1400, .original = quote});
  EXPECT_EQ(test::hex_of(*message), test::hex_of(message_of(packet)));
}

TEST(Icmpv4, SaysWhenAnErrorDoesNotFit) {
  std::array<std::byte, 35> out{};
  const std::array<std::byte, 28> quote{};
  EXPECT_EQ(write_icmpv4_error(out, {.original = quote}).error(), Error::no_room);
  std::array<std::byte, 1200> large{};
  const std::array<std::byte, 1021> long_quote{};
  const std::array<std::byte, 8> extension{};
  EXPECT_EQ(write_icmpv4_error(large, {.original = long_quote, .extension = extension}).error(),
            Error::invalid_argument);
  EXPECT_TRUE(write_icmpv4_error(large, {.original = long_quote}));
  EXPECT_TRUE(write_icmpv4_error(large, {.original = ConstBytes{long_quote}.first(1020), .extension = extension}));
}

PROPERTY("a built error gives back its quote and its labels", prng) {
  const auto quote = test::random_bytes(prng, 28 + prng.below(200));
  std::vector<LabelStackEntry> stack(1 + prng.below(8));
  for (auto& entry : stack) entry = LabelStackEntry{static_cast<std::uint32_t>(prng.next())};
  std::array<std::byte, 64> room;
  ExtensionBuilder builder{room};
  ASSERT_TRUE(builder.add_label_stack(stack));
  std::array<std::byte, 512> out;
  const auto message = write_icmpv4_error(out, {.original = quote, .extension = builder.finish()});
  ASSERT_TRUE(message);
  const auto view = Icmpv4View::parse(*message);
  EXPECT_TRUE(view->checksum_ok());
  auto body = view->error_body();
  EXPECT_TRUE(body.notes.empty());
  ASSERT_GE(body.original.size(), quote.size());
  EXPECT_TRUE(std::equal(quote.begin(), quote.end(), body.original.begin()));
  const auto object = body.objects.next();
  ASSERT_TRUE(object);
  const LabelStackView read{*object};
  ASSERT_EQ(read.size(), stack.size());
  for (std::size_t i = 0; i < stack.size(); ++i) EXPECT_EQ(read[i], stack[i]);
}

}  // namespace
}  // namespace utnt::wire
