// SPDX-License-Identifier: BSD-2-Clause
#include "wire/ipv6.hpp"

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"
#include "wire/ipv4.hpp"

namespace utnt::wire {
namespace {

using test::bytes_of;

const Ipv6Address vp = parse_address("2001:db8::10")->v6();
const Ipv6Address target = parse_address("2a00:1:2:3::8")->v6();

/// A packet with `payload` behind the 40 bytes.
std::vector<std::byte> packet_with(std::uint8_t next_header, const std::vector<std::byte>& payload) {
  std::vector<std::byte> packet(ipv6_header_bytes);
  write_ipv6_header(packet, {.payload_length = static_cast<std::uint16_t>(payload.size()),
                             .next_header = next_header,
                             .source = vp,
                             .destination = target});
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

GOLDEN("an IPv6 header of scapy is read and rebuilt", "wire/udp6_probe.hex") {
  const auto packet = golden.bytes();
  const auto view = Ipv6View::parse(packet);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->traffic_class(), 0);
  EXPECT_EQ(view->flow_label(), 0xabcdeU);
  EXPECT_EQ(view->payload_length(), 24);
  EXPECT_EQ(view->next_header(), protocol::udp);
  EXPECT_EQ(view->hop_limit(), Ttl{3});
  EXPECT_EQ(view->source(), vp);
  EXPECT_EQ(view->destination(), target);
  EXPECT_EQ(view->payload().size(), 24U);
  std::array<std::byte, ipv6_header_bytes> out;
  write_ipv6_header(out, {.flow_label = 0xabcde,
                          .payload_length = 24,
                          .next_header = protocol::udp,
                          .hop_limit = Ttl{3},
                          .source = vp,
                          .destination = target});
  EXPECT_EQ(test::hex_of(out), test::hex_of(ConstBytes{packet}.first(40)));
}

GOLDEN("the upper layer is found behind the headers that scapy writes", "wire/udp6_behind_headers.hex") {
  const auto packet = golden.bytes();
  const auto view = Ipv6View::parse(packet);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->next_header(), 0);
  const auto upper = view->upper_layer();
  ASSERT_TRUE(upper);
  EXPECT_EQ(upper->protocol, protocol::udp);
  EXPECT_FALSE(upper->is_later_fragment);
  EXPECT_EQ(upper->payload.size(), 24U);
  EXPECT_EQ(load_be16(upper->payload, 2), 33435);
}

TEST(Ipv6, NamesWhatIsWrong) {
  const auto good = packet_with(protocol::udp, std::vector<std::byte>(8));
  ASSERT_TRUE(Ipv6View::parse(good));
  for (std::size_t n = 0; n < good.size(); ++n) {
    EXPECT_EQ(Ipv6View::parse(ConstBytes{good}.first(n)).error(), Error::truncated) << n;
  }
  auto bytes = good;
  store_u8(bytes, 0, 0x45);
  EXPECT_EQ(Ipv6View::parse(bytes).error(), Error::bad_version);
  EXPECT_EQ(Ipv6View::parse_quoted(bytes).error(), Error::bad_version);
  EXPECT_EQ(Ipv6View::parse_quoted(ConstBytes{good}.first(39)).error(), Error::truncated);
}

TEST(Ipv6, LeavesPaddingOut) {
  auto bytes = packet_with(protocol::udp, std::vector<std::byte>(8));
  bytes.resize(128);
  EXPECT_EQ(Ipv6View::parse(bytes)->payload().size(), 8U);
  EXPECT_EQ(Ipv6View::parse_quoted(bytes)->payload().size(), 8U);
  store_be16(bytes, 4, 7);  // too small to be believed in a quote
  EXPECT_EQ(Ipv6View::parse_quoted(bytes)->payload().size(), 88U);
}

TEST(Ipv6, ReadsAQuoteThatIsCutAfterItsHeader) {
  const auto bytes = packet_with(protocol::udp, std::vector<std::byte>(8));
  for (std::size_t n = 40; n < bytes.size(); ++n) {
    EXPECT_EQ(Ipv6View::parse_quoted(ConstBytes{bytes}.first(n))->payload().size(), n - 40);
  }
}

TEST(Ipv6, SaysThatALaterFragmentHoldsNoHeader) {
  // next header UDP, offset 185 units, more fragments
  const auto first = packet_with(44, bytes_of("11 00 00 01 00 00 00 4d aa bb"));
  EXPECT_FALSE(Ipv6View::parse(first)->upper_layer()->is_later_fragment);
  const auto later = packet_with(44, bytes_of("11 00 05 c9 00 00 00 4d aa bb"));
  const auto upper = Ipv6View::parse(later)->upper_layer();
  ASSERT_TRUE(upper);
  EXPECT_TRUE(upper->is_later_fragment);
  EXPECT_EQ(upper->protocol, protocol::udp);
  EXPECT_EQ(upper->payload.size(), 2U);
  // Even when the next header is one that would be walked.
  const auto walked = packet_with(44, bytes_of("00 00 05 c8 00 00 00 4d aa bb"));
  EXPECT_EQ(Ipv6View::parse(walked)->upper_layer()->protocol, 0);
}

TEST(Ipv6, StopsAtHeadersThatGoPastTheEnd) {
  EXPECT_EQ(Ipv6View::parse(packet_with(0, bytes_of("11 00 00 00 00 00 00")))->upper_layer().error(), Error::truncated);
  EXPECT_EQ(Ipv6View::parse(packet_with(60, bytes_of("11 01 00 00 00 00 00 00")))->upper_layer().error(),
            Error::truncated);
  EXPECT_EQ(Ipv6View::parse(packet_with(43, bytes_of("11 ff 00 00 00 00 00 00")))->upper_layer().error(),
            Error::truncated);
  EXPECT_EQ(Ipv6View::parse(packet_with(44, {}))->upper_layer().error(), Error::truncated);
}

TEST(Ipv6, WalksAtMostTheNamedNumberOfHeaders) {
  const auto chain = [](std::size_t headers) {
    std::vector<std::byte> payload;
    for (std::size_t i = 0; i < headers; ++i) {
      const auto header = bytes_of(i + 1 == headers ? "11 00 00 00 00 00 00 00" : "3c 00 00 00 00 00 00 00");
      payload.insert(payload.end(), header.begin(), header.end());
    }
    return packet_with(60, payload);
  };
  const auto most = chain(ipv6_extension_headers_max);
  EXPECT_EQ(Ipv6View::parse(most)->upper_layer()->protocol, protocol::udp);
  const auto too_many = chain(ipv6_extension_headers_max + 1);
  EXPECT_EQ(Ipv6View::parse(too_many)->upper_layer().error(), Error::unsupported);
}

TEST(Ipv6, ChangesTheHopLimitOnly) {
  auto bytes = packet_with(protocol::udp, std::vector<std::byte>(8));
  const auto before = bytes;
  set_ipv6_hop_limit(bytes, Ttl{1});
  EXPECT_EQ(Ipv6View::parse(bytes)->hop_limit(), Ttl{1});
  bytes[7] = before[7];
  EXPECT_EQ(bytes, before);
}

PROPERTY("an IPv6 header is read back as it was written", prng) {
  const auto octets = test::random_bytes(prng, 32);
  const Ipv6Fields fields{.traffic_class = static_cast<std::uint8_t>(prng.next()),
                          .flow_label = static_cast<std::uint32_t>(prng.below(1U << 20)),
                          .payload_length = 0,
                          .next_header = static_cast<std::uint8_t>(prng.next()),
                          .hop_limit = Ttl{static_cast<std::uint8_t>(prng.next())},
                          .source = load_ipv6(octets, 0),
                          .destination = load_ipv6(octets, 16)};
  std::array<std::byte, ipv6_header_bytes> out;
  write_ipv6_header(out, fields);
  const auto view = Ipv6View::parse(out);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->traffic_class(), fields.traffic_class);
  EXPECT_EQ(view->flow_label(), fields.flow_label);
  EXPECT_EQ(view->next_header(), fields.next_header);
  EXPECT_EQ(view->hop_limit(), fields.hop_limit);
  EXPECT_EQ(view->source(), fields.source);
  EXPECT_EQ(view->destination(), fields.destination);
}

PROPERTY("no chain of headers leads out of the packet", prng) {
  auto payload = test::random_bytes(prng, prng.below(120));
  constexpr std::uint8_t walked[] = {0, 43, 44, 60};
  for (std::size_t i = 0; i + 1 < payload.size(); i += 8) {
    payload[i] = static_cast<std::byte>(walked[prng.below(4)]);
    payload[i + 1] = static_cast<std::byte>(prng.below(3));
  }
  const auto packet = packet_with(walked[prng.below(4)], payload);
  const auto upper = Ipv6View::parse(packet)->upper_layer();
  if (!upper) return;
  EXPECT_GE(upper->payload.data(), packet.data() + ipv6_header_bytes);
  EXPECT_EQ(upper->payload.data() + upper->payload.size(), packet.data() + packet.size());
}

}  // namespace
}  // namespace utnt::wire
