// SPDX-License-Identifier: BSD-2-Clause
#include "wire/icmpv6.hpp"

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"

namespace utnt::wire {
namespace {

const Ipv6Address vp = parse_address("2001:db8::10")->v6();
const Ipv6Address target = parse_address("2a00:1:2:3::8")->v6();
const Ipv6Address lsr = parse_address("2a00:1:2:3::5")->v6();

Icmpv6View view_of(const std::vector<std::byte>& packet) {
  return *Icmpv6View::parse(Ipv6View::parse(packet)->payload());
}

/// The probe that every golden error quotes.
std::vector<std::byte> probe(Ttl hop_limit) {
  std::vector<std::byte> bytes(64);
  write_ipv6_header(bytes, {.flow_label = 0x12345,
                            .payload_length = 24,
                            .next_header = protocol::icmpv6,
                            .hop_limit = hop_limit,
                            .source = vp,
                            .destination = target});
  for (std::size_t i = 0; i < 16; ++i) store_u8(bytes, 48 + i, static_cast<std::uint8_t>(i));
  write_echo6(MutableBytes{bytes}.subspan(40), {.identifier = 0x9c40, .sequence = 6}, vp, target);
  return bytes;
}

TEST(Icmpv6, NeedsEightBytes) {
  const std::vector<std::byte> bytes(8);
  EXPECT_TRUE(Icmpv6View::parse(bytes));
  for (std::size_t n = 0; n < 8; ++n)
    EXPECT_EQ(Icmpv6View::parse(ConstBytes{bytes}.first(n)).error(), Error::truncated);
}

GOLDEN("an ICMPv6 echo request has the bytes that scapy gives it", "wire/echo6_request.hex") {
  const auto packet = golden.bytes();
  const auto out = probe(Ttl{9});
  EXPECT_EQ(test::hex_of(out), test::hex_of(packet));
}

GOLDEN("an ICMPv6 echo reply of scapy is read", "wire/echo6_reply.hex") {
  const auto packet = golden.bytes();
  const auto view = view_of(packet);
  EXPECT_EQ(view.type(), icmp6::echo_reply);
  EXPECT_EQ(view.identifier(), 0x9c40);
  EXPECT_EQ(view.sequence(), 6);
  EXPECT_EQ(view.echo_data().size(), 16U);
  EXPECT_FALSE(view.is_error());
  EXPECT_TRUE(view.checksum_ok(target, vp));
  EXPECT_FALSE(view.checksum_ok(lsr, vp));
}

GOLDEN("an ICMPv6 time exceeded counts its length in units of eight bytes", "wire/te6_labels_and_interface.hex") {
  const auto packet = golden.bytes();
  const auto view = view_of(packet);
  EXPECT_EQ(view.type(), icmp6::time_exceeded);
  EXPECT_TRUE(view.is_error());
  EXPECT_TRUE(view.checksum_ok(lsr, vp));
  auto body = view.error_body();
  EXPECT_TRUE(body.has_extension);
  EXPECT_TRUE(body.notes.empty());
  EXPECT_EQ(body.original.size(), 128U);
  EXPECT_EQ(Ipv6View::parse_quoted(body.original)->destination(), target);
  const auto labels = body.objects.next();
  ASSERT_TRUE(labels);
  EXPECT_EQ(LabelStackView{*labels}[0], (LabelStackEntry{MplsLabel{24011}, 5, false, Ttl{1}}));
  ASSERT_TRUE(body.objects.next());
  EXPECT_FALSE(body.objects.next());
}

GOLDEN("an ICMPv6 time exceeded with labels is rebuilt", "wire/te6_labels_and_interface.hex") {
  const auto packet = golden.bytes();
  const std::array stack{LabelStackEntry{MplsLabel{24011}, 5, false, Ttl{1}},
                         LabelStackEntry{MplsLabel{16}, 0, true, Ttl{255}}};
  std::array<std::byte, 100> room;
  ExtensionBuilder builder{room};
  ASSERT_TRUE(builder.add_label_stack(stack));
  ASSERT_TRUE(builder.add_interface(
      {.role = InterfaceRole::outgoing, .if_index = {}, .address = lsr, .name = "Hu0", .mtu = {}}));
  std::array<std::byte, 300> out;
  out.fill(std::byte{0xee});
  const auto quote = probe(Ttl{1});
  const auto message = write_icmpv6_error(out, {.original = quote, .extension = builder.finish()}, lsr, vp);
  ASSERT_TRUE(message);
  EXPECT_EQ(test::hex_of(*message), test::hex_of(Ipv6View::parse(packet)->payload()));
}

GOLDEN("an ICMPv6 unreachable without extension quotes everything", "wire/unreachable6.hex") {
  const auto packet = golden.bytes();
  const auto view = view_of(packet);
  EXPECT_EQ(view.code(), icmp6::code_port_unreachable);
  const auto body = view.error_body();
  EXPECT_FALSE(body.has_extension);
  EXPECT_EQ(test::hex_of(body.original), test::hex_of(probe(Ttl{1})));
}

GOLDEN("a packet too big tells its MTU, and that is no length byte", "wire/packet_too_big6.hex") {
  const auto packet = golden.bytes();
  const auto view = view_of(packet);
  EXPECT_EQ(view.type(), icmp6::packet_too_big);
  EXPECT_EQ(view.mtu(), 1280U);
  EXPECT_TRUE(view.error_body().notes.empty());
  EXPECT_EQ(view.error_body().original.size(), 64U);
  std::array<std::byte, 128> out;
  const auto quote = probe(Ttl{1});
  const auto message =
      write_icmpv6_error(out, {.type = icmp6::packet_too_big, .mtu = 1280, .original = quote}, lsr, vp);
  EXPECT_EQ(test::hex_of(*message), test::hex_of(Ipv6View::parse(packet)->payload()));
}

TEST(Icmpv6, ReadsAJumboMtuWhoseFirstByteLooksLikeALength) {
  std::vector<std::byte> message(8 + 200);
  store_u8(message, 0, icmp6::packet_too_big);
  store_be32(message, 4, 0x1000'0000U);  // 16 units of 8 bytes, if it were one
  const auto body = Icmpv6View::parse(message)->error_body();
  EXPECT_EQ(body.original.size(), 200U);
}

TEST(Icmpv6, SaysWhenAnErrorCannotBeBuilt) {
  std::array<std::byte, 40> out{};
  const std::array<std::byte, 64> quote{};
  const std::array<std::byte, 8> extension{};
  EXPECT_EQ(write_icmpv6_error(out, {.original = quote}, lsr, vp).error(), Error::no_room);
  std::array<std::byte, 2200> large{};
  const Icmpv6ErrorFields too_big{.type = icmp6::packet_too_big, .original = quote, .extension = extension};
  EXPECT_EQ(write_icmpv6_error(large, too_big, lsr, vp).error(), Error::invalid_argument);
  const std::array<std::byte, 2041> long_quote{};
  EXPECT_EQ(write_icmpv6_error(large, {.original = long_quote, .extension = extension}, lsr, vp).error(),
            Error::invalid_argument);
}

TEST(Icmpv6DeathTest, RefusesWhatNoMessageCanCarry) {
  std::array<std::byte, 12> message{};
  EXPECT_DEATH(write_echo6_with_checksum(message, {}, vp, target, 0xffff, 8), "0xffff");
  EXPECT_DEATH(write_echo6_with_checksum(message, {}, vp, target, 1, 9), "fix_at");
}

PROPERTY("the paris checksum of ICMPv6 is constant while the sequence number moves", prng) {
  auto message = test::random_bytes(prng, 10 + prng.below(50));
  const auto checksum = static_cast<std::uint16_t>(prng.below(0xffff));
  for (std::uint16_t sequence = 0; sequence < 20; ++sequence) {
    write_echo6_with_checksum(message, {.identifier = 1, .sequence = sequence}, vp, target, checksum, 8);
    const auto view = Icmpv6View::parse(message);
    ASSERT_EQ(view->checksum(), checksum);
    ASSERT_TRUE(view->checksum_ok(vp, target));
    ASSERT_EQ(view->sequence(), sequence);
  }
}

PROPERTY("a built ICMPv6 error gives back its quote and its labels", prng) {
  const auto quote = test::random_bytes(prng, 48 + prng.below(200));
  const std::array stack{LabelStackEntry{static_cast<std::uint32_t>(prng.next())}};
  std::array<std::byte, 64> room;
  ExtensionBuilder builder{room};
  ASSERT_TRUE(builder.add_label_stack(stack));
  std::array<std::byte, 512> out;
  const auto message = write_icmpv6_error(out, {.original = quote, .extension = builder.finish()}, lsr, vp);
  ASSERT_TRUE(message);
  const auto view = Icmpv6View::parse(*message);
  EXPECT_TRUE(view->checksum_ok(lsr, vp));
  auto body = view->error_body();
  EXPECT_TRUE(body.notes.empty());
  EXPECT_TRUE(std::equal(quote.begin(), quote.end(), body.original.begin()));
  EXPECT_EQ(body.original.size() % 8, 0U);
  EXPECT_EQ(LabelStackView{*body.objects.next()}[0], stack[0]);
}

}  // namespace
}  // namespace utnt::wire
