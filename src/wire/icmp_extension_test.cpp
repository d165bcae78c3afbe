// SPDX-License-Identifier: BSD-2-Clause
// The historical and malformed forms of the TNT specification, section 1.4: each must survive, be read as far as it
// makes sense, and be noted.
#include "wire/icmp_extension.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/bytes.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"
#include "wire/checksum.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::wire {
namespace {

using test::bytes_of;

constexpr std::size_t unit4 = 4, unit8 = 8;
constexpr std::uint8_t right_length = 32;  ///< 128 bytes in units of 4

/// 128 bytes of quote and `structure` behind it.
std::vector<std::byte> body_with(const std::vector<std::byte>& structure, std::size_t quote_bytes = 128) {
  std::vector<std::byte> body(quote_bytes, std::byte{0x11});
  body.insert(body.end(), structure.begin(), structure.end());
  return body;
}
std::vector<std::byte> sealed(std::vector<std::byte> structure) {
  store_be16(structure, 2, 0);
  store_be16(structure, 2, internet_checksum(structure));
  return structure;
}
/// Version 2, right checksum, one MPLS object: label 24011, TTL 1. Sum by hand: 2000+0008+0101+05dc+b101 = d7e6.
std::vector<std::byte> one_label() { return bytes_of("20 00 28 19 00 08 01 01 05 dc b1 01"); }

std::size_t count(ExtensionObjects objects) {
  std::size_t n = 0;
  while (objects.next()) ++n;
  return n;
}
std::vector<std::uint32_t> first_labels(ExtensionObjects objects) {
  std::vector<std::uint32_t> labels;
  if (const auto object = objects.next()) {
    const LabelStackView stack{*object};
    for (std::size_t i = 0; i < stack.size(); ++i) labels.push_back(stack[i].label().value());
  }
  return labels;
}
ExtensionNotes notes(std::initializer_list<ExtensionNote> list) {
  ExtensionNotes all;
  for (const auto note : list) all.set(note);
  return all;
}
using Labels = std::vector<std::uint32_t>;

TEST(Extension, IsFoundWhereTheLengthByteSays) {
  const auto bytes = body_with(one_label());
  const auto body = split_error_body(bytes, right_length, unit4);
  EXPECT_TRUE(body.has_extension);
  EXPECT_TRUE(body.notes.empty());
  EXPECT_EQ(body.original.size(), 128U);
  EXPECT_EQ(first_labels(body.objects), Labels{24011});
}

TEST(Extension, LengthCountsLargerUnitsInIcmpv6) {
  const auto bytes = body_with(one_label(), 136);
  const auto body = split_error_body(bytes, 17, unit8);
  EXPECT_TRUE(body.notes.empty());
  EXPECT_EQ(body.original.size(), 136U);
  EXPECT_EQ(first_labels(body.objects), Labels{24011});
}

TEST(Extension, IsAbsentWhenTheQuoteFillsTheMessage) {
  const std::vector<std::byte> bytes(128, std::byte{0x20});
  for (const std::uint8_t length : {std::uint8_t{0}, right_length}) {
    const auto body = split_error_body(bytes, length, unit4);
    EXPECT_FALSE(body.has_extension);
    EXPECT_TRUE(body.notes.empty());
    EXPECT_EQ(body.original.size(), 128U);
    EXPECT_EQ(count(body.objects), 0U);
  }
}

TEST(Extension, IsFoundAtTheFixedOffsetWhenTheLengthByteIsZero) {
  const auto bytes = body_with(one_label());
  const auto body = split_error_body(bytes, 0, unit4);
  EXPECT_TRUE(body.has_extension);
  EXPECT_EQ(body.notes, notes({ExtensionNote::at_fixed_offset}));
  EXPECT_EQ(body.original.size(), 128U);
  EXPECT_EQ(first_labels(body.objects), Labels{24011});
}

TEST(Extension, IsFoundAtTheFixedOffsetWhenTheLengthByteCannotBeRight) {
  const auto bytes = body_with(one_label());
  // 31 words are under 128 bytes; 36 go past the end; 16 is the length in units of 8 bytes, 128 the length in bytes.
  for (const unsigned words : {1U, 31U, 36U, 16U, 128U, 255U}) {
    const auto length = static_cast<std::uint8_t>(words);
    const auto body = split_error_body(bytes, length, unit4);
    EXPECT_EQ(body.notes, notes({ExtensionNote::length_bad, ExtensionNote::at_fixed_offset})) << int{length};
    EXPECT_EQ(first_labels(body.objects), Labels{24011}) << int{length};
  }
}

TEST(Extension, WithAnImpossibleLengthInAShortMessageIsJustAQuote) {
  const std::vector<std::byte> bytes(28);
  const auto body = split_error_body(bytes, 200, unit4);
  EXPECT_FALSE(body.has_extension);
  EXPECT_EQ(body.notes, notes({ExtensionNote::length_bad}));
  EXPECT_EQ(body.original.size(), 28U);
}

TEST(Extension, OfALongQuoteWithoutLengthIsNotInvented) {
  auto bytes = std::vector<std::byte>(548, std::byte{0x45});
  auto body = split_error_body(bytes, 0, unit4);
  EXPECT_FALSE(body.has_extension);
  EXPECT_EQ(body.original.size(), 548U);
  // Payload that begins like a structure at byte 128, but sums to something else.
  store_be32(bytes, 128, 0x2000'1234U);
  body = split_error_body(bytes, 0, unit4);
  EXPECT_EQ(count(body.objects), 0U);
  EXPECT_EQ(body.original.size(), 548U);
  EXPECT_TRUE(body.notes.has(ExtensionNote::checksum_bad));
  // Reserved bits that a structure would have zero.
  store_be32(bytes, 128, 0x2f00'0000U);
  EXPECT_FALSE(split_error_body(bytes, 0, unit4).has_extension);
}

TEST(Extension, WithAWrongChecksumIsNotedAndItsObjectsIgnored) {
  auto structure = one_label();
  store_be16(structure, 2, 0x2818);
  const auto bytes = body_with(structure);
  const auto body = split_error_body(bytes, right_length, unit4);
  EXPECT_TRUE(body.has_extension);
  EXPECT_EQ(body.notes, notes({ExtensionNote::checksum_bad}));
  EXPECT_EQ(body.original.size(), 128U);
  EXPECT_EQ(count(body.objects), 0U);
}

TEST(Extension, WithoutChecksumIsReadAndNoted) {
  auto structure = one_label();
  store_be16(structure, 2, 0);
  const auto bytes = body_with(structure);
  const auto body = split_error_body(bytes, right_length, unit4);
  EXPECT_EQ(body.notes, notes({ExtensionNote::checksum_zero}));
  EXPECT_EQ(first_labels(body.objects), Labels{24011});
}

TEST(Extension, WithTheVersionInTheLowNibbleIsReadAndNoted) {
  auto structure = one_label();
  store_u8(structure, 0, 0x02);
  structure = sealed(structure);
  const auto bytes = body_with(structure);
  EXPECT_EQ(split_error_body(bytes, right_length, unit4).notes, notes({ExtensionNote::version_swapped}));
  EXPECT_EQ(first_labels(split_error_body(bytes, right_length, unit4).objects), Labels{24011});
  const auto legacy = split_error_body(bytes, 0, unit4);
  EXPECT_EQ(legacy.notes, notes({ExtensionNote::version_swapped, ExtensionNote::at_fixed_offset}));
  EXPECT_EQ(first_labels(legacy.objects), Labels{24011});
}

TEST(Extension, OfAnotherVersionIsNone) {
  for (const unsigned version : {0x00U, 0x10U, 0x30U, 0x01U, 0xf3U}) {
    auto structure = one_label();
    store_u8(structure, 0, static_cast<std::uint8_t>(version));
    const auto bytes = body_with(sealed(structure));
    EXPECT_FALSE(split_error_body(bytes, right_length, unit4).has_extension) << version;
    EXPECT_FALSE(split_error_body(bytes, 0, unit4).has_extension) << version;
  }
}

TEST(Extension, CutInsideItsHeaderIsNoted) {
  for (std::size_t n = 1; n < 4; ++n) {
    auto structure = one_label();
    structure.resize(n);
    const auto bytes = body_with(structure);
    const auto body = split_error_body(bytes, right_length, unit4);
    EXPECT_FALSE(body.has_extension);
    EXPECT_EQ(body.notes, notes({ExtensionNote::malformed}));
    EXPECT_EQ(body.original.size(), 128U);
    EXPECT_FALSE(split_error_body(bytes, 0, unit4).has_extension);
  }
}

TEST(Extension, WithoutObjectsIsStillOne) {
  const auto bytes = body_with(bytes_of("20 00 df ff"));
  const auto body = split_error_body(bytes, right_length, unit4);
  EXPECT_TRUE(body.has_extension);
  EXPECT_TRUE(body.notes.empty());
  EXPECT_EQ(count(body.objects), 0U);
}

struct BrokenObject {
  const char* name;
  const char* bytes;
};
class BrokenObjects : public testing::TestWithParam<BrokenObject> {};

TEST_P(BrokenObjects, KeepTheObjectsBeforeThem) {
  auto structure = one_label();
  const auto broken = bytes_of(GetParam().bytes);
  structure.insert(structure.end(), broken.begin(), broken.end());
  const auto bytes = body_with(sealed(structure));
  const auto body = split_error_body(bytes, right_length, unit4);
  EXPECT_EQ(body.notes, notes({ExtensionNote::malformed}));
  EXPECT_EQ(count(body.objects), 1U);
  EXPECT_EQ(first_labels(body.objects), Labels{24011});
  EXPECT_EQ(body.objects.bytes().size(), 8U);
}
INSTANTIATE_TEST_SUITE_P(Extension, BrokenObjects,
                         testing::Values(BrokenObject{"LengthZero", "00 00 01 01 00 00 00 00"},
                                         BrokenObject{"LengthThree", "00 03 01 01 00 00 00 00"},
                                         BrokenObject{"OneByteTooLong", "00 09 01 01 00 00 00 00"},
                                         BrokenObject{"Oversized", "ff ff 01 01 00 00 00 00"},
                                         BrokenObject{"CutHeader", "00 08 01"}, BrokenObject{"OneByte", "00"}),
                         [](const auto& test) { return test.param.name; });

TEST(Extension, WhoseFirstObjectIsBrokenHasNone) {
  const auto bytes = body_with(sealed(bytes_of("20 00 00 00 00 00 01 01 05 dc b1 01")));
  const auto body = split_error_body(bytes, right_length, unit4);
  EXPECT_TRUE(body.has_extension);
  EXPECT_EQ(body.notes, notes({ExtensionNote::malformed}));
  EXPECT_EQ(count(body.objects), 0U);
}

TEST(Extension, GivesAllObjectsInOrder) {
  const auto bytes = body_with(sealed(
      bytes_of("20 00 00 00 00 04 09 07 00 08 01 01 05 dc b1 01 00 05 03 02 aa 00 0c 01 01 00 01 00 01 00 02 01 02")));
  auto objects = split_error_body(bytes, right_length, unit4).objects;
  auto object = objects.next();
  ASSERT_TRUE(object);
  EXPECT_EQ(object->object_class, 9);
  EXPECT_EQ(object->c_type, 7);
  EXPECT_TRUE(object->payload.empty());
  object = objects.next();
  EXPECT_EQ(object->object_class, extension_class_mpls);
  object = objects.next();
  EXPECT_EQ(object->object_class, extension_class_interface_id);
  EXPECT_EQ(test::hex_of(object->payload), "aa");
  object = objects.next();
  EXPECT_EQ(LabelStackView{*object}.size(), 2U);
  EXPECT_FALSE(objects.next());
  EXPECT_FALSE(objects.next());
}

TEST(Extension, WithTheMostObjectsThatFitAPacketIsWalkedToItsEnd) {
  std::vector<std::byte> structure = bytes_of("20 00 00 00");
  constexpr std::size_t objects = 400;
  for (std::size_t i = 0; i < objects; ++i) {
    const auto object = bytes_of("00 04 09 00");
    structure.insert(structure.end(), object.begin(), object.end());
  }
  const auto bytes = body_with(sealed(structure));
  const auto body = split_error_body(bytes, right_length, unit4);
  EXPECT_TRUE(body.notes.empty());
  EXPECT_EQ(count(body.objects), objects);
}

TEST(LabelStack, IgnoresBytesBehindTheLastWholeEntry) {
  const auto payload = bytes_of("05 dc b1 01 aa bb cc");
  const LabelStackView stack{ExtensionObject{1, 1, payload}};
  ASSERT_EQ(stack.size(), 1U);
  EXPECT_EQ(stack[0].word(), 0x05dcb101U);
  EXPECT_EQ((LabelStackView{ExtensionObject{1, 1, ConstBytes{payload}.first(3)}}.size()), 0U);
}

TEST(ExtensionBuilder, WritesTheHandMadeBytes) {
  std::array<std::byte, 12> room;
  ExtensionBuilder builder{room};
  const std::array stack{LabelStackEntry{MplsLabel{24011}, 0, true, Ttl{1}}};
  ASSERT_TRUE(builder.add_label_stack(stack));
  EXPECT_EQ(test::hex_of(builder.finish()), test::hex_of(one_label()));
}

TEST(ExtensionBuilder, SendsAComputedZeroAsAllOnes) {
  // 2000 + 0008 + 0901 + d6f6 = ffff: its complement, zero, would mean that no checksum was computed.
  std::array<std::byte, 12> room;
  ExtensionBuilder builder{room};
  ASSERT_TRUE(builder.add(9, 1, bytes_of("00 00 d6 f6")));
  const auto structure = builder.finish();
  EXPECT_EQ(test::hex_of(structure), "20 00 ff ff 00 08 09 01 00 00 d6 f6");
  const auto bytes = body_with({structure.begin(), structure.end()});
  EXPECT_TRUE(split_error_body(bytes, right_length, unit4).notes.empty());
}

TEST(ExtensionBuilder, WithoutObjectsWritesNothing) {
  std::array<std::byte, 12> room;
  EXPECT_TRUE(ExtensionBuilder{room}.finish().empty());
  EXPECT_TRUE(ExtensionBuilder{MutableBytes{}}.finish().empty());
}

TEST(ExtensionBuilder, SaysWhenThereIsNoRoomAndKeepsWhatFits) {
  std::array<std::byte, 12> room;
  ExtensionBuilder builder{room};
  const std::array<LabelStackEntry, 2> two{};
  EXPECT_EQ(builder.add_label_stack(two).error(), Error::no_room);
  const auto payload = bytes_of("01 02 03 04");
  EXPECT_TRUE(builder.add(9, 1, payload));
  EXPECT_EQ(builder.add(9, 1, {}).error(), Error::no_room);
  EXPECT_EQ(builder.finish().size(), 12U);
  EXPECT_EQ(ExtensionBuilder{MutableBytes{room}.first(3)}.add(9, 1, {}).error(), Error::no_room);
}

GOLDEN("labels, interface and an unknown object are all read", "wire/te_labels_and_interface.hex") {
  const auto packet = golden.bytes();
  auto body = Icmpv4View::parse(Ipv4View::parse(packet)->payload())->error_body();
  EXPECT_TRUE(body.notes.empty());
  const auto labels = body.objects.next();
  const auto interface = body.objects.next();
  const auto unknown = body.objects.next();
  ASSERT_TRUE(unknown);
  EXPECT_FALSE(body.objects.next());
  EXPECT_EQ(LabelStackView{*labels}[0].label(), MplsLabel{24011});
  EXPECT_EQ(interface->object_class, extension_class_interface);
  EXPECT_EQ(unknown->object_class, 9);
  EXPECT_EQ(unknown->c_type, 7);
  EXPECT_EQ(test::hex_of(unknown->payload), "01 02 03 04 05");
}

/// Notes and number of objects in the golden packet `name`.
void expect_golden(const test::Golden& golden, ExtensionNotes expected, std::size_t objects) {
  const auto packet = golden.bytes();
  const auto view = Icmpv4View::parse(Ipv4View::parse(packet)->payload());
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->checksum_ok());
  const auto body = view->error_body();
  EXPECT_TRUE(body.has_extension);
  EXPECT_EQ(body.notes, expected);
  EXPECT_EQ(count(body.objects), objects);
  if (objects > 0) {
    EXPECT_EQ(first_labels(body.objects), (Labels{24011, 16}));
  }
}
GOLDEN("a packet of scapy with length byte zero is read", "wire/te_length_zero.hex") {
  expect_golden(golden, notes({ExtensionNote::at_fixed_offset}), 1);
}
GOLDEN("a packet of scapy without extension checksum is read", "wire/te_extension_checksum_zero.hex") {
  expect_golden(golden, notes({ExtensionNote::checksum_zero}), 1);
}
GOLDEN("a packet of scapy with a wrong extension checksum has no objects", "wire/te_extension_checksum_bad.hex") {
  expect_golden(golden, notes({ExtensionNote::checksum_bad}), 0);
}
GOLDEN("a packet of scapy with swapped version is read", "wire/te_version_swapped.hex") {
  expect_golden(golden, notes({ExtensionNote::version_swapped}), 1);
}
GOLDEN("a packet of scapy with an object of length 0 keeps its labels", "wire/te_object_length_zero.hex") {
  expect_golden(golden, notes({ExtensionNote::malformed}), 1);
}
GOLDEN("a packet of scapy with an object of length 3 keeps its labels", "wire/te_object_length_three.hex") {
  expect_golden(golden, notes({ExtensionNote::malformed}), 1);
}
GOLDEN("a packet of scapy with an oversized object keeps its labels", "wire/te_object_oversized.hex") {
  expect_golden(golden, notes({ExtensionNote::malformed}), 1);
}

PROPERTY("objects that were built are read back in order", prng) {
  std::array<std::byte, 600> room;
  ExtensionBuilder builder{room};
  std::vector<std::vector<std::byte>> payloads(1 + prng.below(10));
  for (auto& payload : payloads) {
    payload = test::random_bytes(prng, prng.below(40));
    ASSERT_TRUE(builder.add(static_cast<std::uint8_t>(payload.size()), 1, payload));
  }
  const auto structure = builder.finish();
  const auto bytes = body_with({structure.begin(), structure.end()});
  for (const std::uint8_t length : {std::uint8_t{0}, right_length}) {
    auto body = split_error_body(bytes, length, unit4);
    ASSERT_TRUE(body.has_extension);
    for (const auto& payload : payloads) {
      const auto object = body.objects.next();
      ASSERT_TRUE(object);
      EXPECT_EQ(object->object_class, payload.size());
      EXPECT_EQ(test::hex_of(object->payload), test::hex_of(payload));
    }
    EXPECT_FALSE(body.objects.next());
  }
}

PROPERTY("any damage to an error leaves quote and objects inside the message", prng) {
  std::array<std::byte, 200> room;
  ExtensionBuilder builder{room};
  ASSERT_TRUE(builder.add(1, 1, test::random_bytes(prng, 4 * prng.below(4))));
  ASSERT_TRUE(builder.add(2, 15, test::random_bytes(prng, prng.below(40))));
  const auto structure = builder.finish();
  auto bytes = body_with({structure.begin(), structure.end()});
  for (auto n = prng.below(4); n > 0; --n)
    bytes[128 + prng.below(bytes.size() - 128)] = static_cast<std::byte>(prng.next());
  if (prng.chance(1, 2)) store_be16(bytes, 130, 0);  // or the checksum would hide every damage
  bytes.resize(prng.chance(1, 2) ? bytes.size() : prng.below(bytes.size() + 1));
  const auto length = prng.chance(1, 2) ? right_length : static_cast<std::uint8_t>(prng.next());
  const auto body = split_error_body(bytes, length, prng.chance(1, 2) ? unit4 : unit8);
  const auto* begin = bytes.data();
  const auto* end = begin + bytes.size();
  EXPECT_EQ(body.original.data(), begin);
  EXPECT_LE(body.original.data() + body.original.size(), end);
  auto objects = body.objects;
  std::size_t walked = 0;
  while (const auto object = objects.next()) {
    EXPECT_GE(object->payload.data(), body.original.data() + body.original.size());
    EXPECT_LE(object->payload.data() + object->payload.size(), end);
    walked += 4 + object->payload.size();
  }
  EXPECT_EQ(walked, body.objects.bytes().size());
}

}  // namespace
}  // namespace utnt::wire
