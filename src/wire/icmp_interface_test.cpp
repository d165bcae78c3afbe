// SPDX-License-Identifier: BSD-2-Clause
// Interface information objects: bytes by hand from RFC 5837 section 4, and packets of scapy.
#include <gtest/gtest.h>

#include <string>

#include "support/bytes.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"
#include "wire/icmp_extension.hpp"
#include "wire/icmpv4.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ipv4.hpp"
#include "wire/ipv6.hpp"

namespace utnt::wire {
namespace {

using test::bytes_of;

Result<InterfaceInfo> parse(std::uint8_t c_type, ConstBytes payload) {
  return parse_interface_info({extension_class_interface, c_type, payload});
}
Error parse_error(std::uint8_t c_type, const char* hex) {
  const auto bytes = bytes_of(hex);
  const auto info = parse(c_type, bytes);
  EXPECT_FALSE(info) << hex;
  return info ? Error{} : info.error();
}

TEST(InterfaceInfo, ReadsItsPartsInOrder) {
  const auto payload = bytes_of("00 00 00 0f 00 01 00 00 14 00 03 02 08 65 74 68 30 2e 37 00 00 00 05 dc");
  const auto info = parse(0x8f, payload);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->role, InterfaceRole::outgoing);
  EXPECT_EQ(info->if_index, 15U);
  EXPECT_EQ(info->address, IpAddress{(Ipv4Address{20, 0, 3, 2})});
  EXPECT_EQ(info->name, "eth0.7");
  EXPECT_EQ(info->mtu, 1500U);
}

TEST(InterfaceInfo, ReadsEachPartAlone) {
  EXPECT_EQ(parse(0x08, bytes_of("00 00 00 0f"))->if_index, 15U);
  EXPECT_EQ(parse(0x01, bytes_of("00 00 05 dc"))->mtu, 1500U);
  const auto named = bytes_of("04 65 74 68");
  EXPECT_EQ(parse(0x42, named)->name, "eth");
  EXPECT_EQ(parse(0x42, named)->role, InterfaceRole::sub_ip);
  const auto v6 = parse(0xc4, bytes_of("00 02 00 00 2a 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01"));
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->role, InterfaceRole::next_hop);
  EXPECT_EQ(v6->address, *parse_address("2a00::1"));
}

TEST(InterfaceInfo, WithoutPartsHoldsItsRoleOnly) {
  const auto info = parse(0xc0, {});
  ASSERT_TRUE(info);
  EXPECT_FALSE(info->if_index);
  EXPECT_TRUE(info->address.is_none());
  EXPECT_TRUE(info->name.empty());
  EXPECT_FALSE(info->mtu);
}

TEST(InterfaceInfo, NamesWhatIsWrong) {
  EXPECT_EQ(parse_interface_info({extension_class_mpls, 0x08, {}}).error(), Error::unsupported);
  EXPECT_EQ(parse_error(0x08, "00 00 00"), Error::truncated);
  EXPECT_EQ(parse_error(0x01, ""), Error::truncated);
  EXPECT_EQ(parse_error(0x04, "00 01 00"), Error::truncated);
  EXPECT_EQ(parse_error(0x04, "00 01 00 00 14 00 03"), Error::truncated);
  EXPECT_EQ(parse_error(0x04, "00 02 00 00 14 00 03 02"), Error::truncated);
  EXPECT_EQ(parse_error(0x04, "00 03 00 00 14 00 03 02"), Error::malformed);
  EXPECT_EQ(parse_error(0x02, ""), Error::truncated);
  EXPECT_EQ(parse_error(0x02, "00 65 74 68"), Error::malformed);
  EXPECT_EQ(parse_error(0x02, "03 65 74 68"), Error::malformed);
  EXPECT_EQ(parse_error(0x02, "08 65 74 68"), Error::truncated);
  EXPECT_EQ(parse_error(0x02, "44 65 74 68"), Error::malformed);
  EXPECT_EQ(parse_error(0x0a, "00 00 00 01"), Error::truncated);
}

TEST(InterfaceInfo, RefusesToWriteANameThatIsTooLong) {
  std::array<std::byte, 200> room;
  ExtensionBuilder builder{room};
  EXPECT_EQ(builder.add_interface({.name = std::string_view{std::string(64, 'x')}}).error(), Error::invalid_argument);
  const std::string longest(63, 'x');
  ASSERT_TRUE(builder.add_interface({.name = longest}));
  const auto structure = builder.finish();
  EXPECT_EQ(structure.size(), 4U + 4U + 64U);
  EXPECT_EQ(parse(0x02, structure.subspan(8))->name, longest);
}

void expect_scapys_interface(ConstBytes structure_objects, const InterfaceInfo& expected) {
  auto objects = ExtensionObjects::checked(structure_objects, nullptr);
  objects.next();
  const auto object = objects.next();
  ASSERT_TRUE(object);
  const auto info = parse_interface_info(*object);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->role, expected.role);
  EXPECT_EQ(info->if_index, expected.if_index);
  EXPECT_EQ(info->address, expected.address);
  EXPECT_EQ(info->name, expected.name);
  EXPECT_EQ(info->mtu, expected.mtu);
  std::array<std::byte, 200> room;
  ExtensionBuilder builder{room};
  ASSERT_TRUE(builder.add_interface(expected));
  EXPECT_EQ(test::hex_of(builder.finish().subspan(8)), test::hex_of(object->payload));
  EXPECT_EQ(load_u8(room, 7), object->c_type);
}

GOLDEN("an interface object of scapy with all parts is read and rebuilt", "wire/te_labels_and_interface.hex") {
  const auto packet = golden.bytes();
  const auto body = Icmpv4View::parse(Ipv4View::parse(packet)->payload())->error_body();
  expect_scapys_interface(body.objects.bytes(), {.role = InterfaceRole::incoming,
                                                 .if_index = 15,
                                                 .address = Ipv4Address{20, 0, 3, 2},
                                                 .name = "xe-0/0/1.0",
                                                 .mtu = 9192});
}

GOLDEN("an interface object of scapy with an IPv6 address is read and rebuilt", "wire/te6_labels_and_interface.hex") {
  const auto packet = golden.bytes();
  const auto body = Icmpv6View::parse(Ipv6View::parse(packet)->payload())->error_body();
  expect_scapys_interface(body.objects.bytes(), {.role = InterfaceRole::outgoing,
                                                 .if_index = {},
                                                 .address = *parse_address("2a00:1:2:3::5"),
                                                 .name = "Hu0",
                                                 .mtu = {}});
}

PROPERTY("an interface object is read back as it was written", prng) {
  InterfaceInfo info;
  info.role = static_cast<InterfaceRole>(prng.below(4));
  if (prng.chance(1, 2)) info.if_index = static_cast<std::uint32_t>(prng.next());
  if (prng.chance(1, 2)) info.mtu = static_cast<std::uint32_t>(prng.next());
  if (prng.chance(1, 2)) info.address = Ipv4Address{static_cast<std::uint32_t>(prng.next())};
  const std::string name(prng.below(64), 'n');
  info.name = name;
  std::array<std::byte, 200> room;
  ExtensionBuilder builder{room};
  ASSERT_TRUE(builder.add_interface(info));
  const auto structure = builder.finish();
  auto objects = ExtensionObjects::checked(structure.subspan(4), nullptr);
  const auto read = parse_interface_info(*objects.next());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->role, info.role);
  EXPECT_EQ(read->if_index, info.if_index);
  EXPECT_EQ(read->mtu, info.mtu);
  EXPECT_EQ(read->address, info.address);
  EXPECT_EQ(read->name, info.name);
}

PROPERTY("no bytes make the interface parser read past their end", prng) {
  const auto payload = test::random_bytes(prng, prng.below(100));
  const auto info = parse(static_cast<std::uint8_t>(prng.next()), payload);
  if (!info || info->name.empty()) return;
  const auto* name = reinterpret_cast<const std::byte*>(info->name.data());
  EXPECT_GE(name, payload.data());
  EXPECT_LE(name + info->name.size(), payload.data() + payload.size());
}

}  // namespace
}  // namespace utnt::wire
