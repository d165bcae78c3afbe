// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/address_table.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace utnt::core {
namespace {

class Table {
 public:
  explicit Table(std::uint32_t size) : entries_(size), buckets_(size), table{{entries_, buckets_}, SipKey{1, 2}} {}

 private:
  std::vector<AddressEntry> entries_;
  std::vector<std::uint32_t> buckets_;

 public:
  AddressTable table;
};

wire::IpAddress numbered(std::uint32_t n) { return wire::Ipv4Address{0x14000000U + n}; }

TEST(AddressTable, GivesTheSameReferenceForTheSameAddress) {
  Table t{8};
  const auto a = t.table.pin(numbered(1));
  EXPECT_NE(a, no_address);
  EXPECT_EQ(t.table.pin(numbered(1)), a);
  EXPECT_NE(t.table.pin(numbered(2)), a);
  EXPECT_EQ(t.table.address(a), numbered(1));
  EXPECT_EQ(t.table.find(numbered(3)), no_address);
}

TEST(AddressTable, KeepsTheFamiliesApart) {
  Table t{8};
  wire::Ipv6Address six;
  six.octets[15] = 1;
  EXPECT_NE(t.table.pin(wire::Ipv4Address{1}), t.table.pin(six));
}

TEST(AddressTable, EvictsOnlyWhatNobodyUses) {
  Table t{3};
  const auto kept = t.table.pin(numbered(1));
  const auto other = t.table.pin(numbered(2));
  t.table.unpin(t.table.pin(numbered(3)));
  const auto fresh = t.table.pin(numbered(4));
  EXPECT_NE(fresh, no_address);
  EXPECT_EQ(t.table.find(numbered(3)), no_address);
  EXPECT_EQ(t.table.find(numbered(1)), kept);
  EXPECT_EQ(t.table.find(numbered(2)), other);
  EXPECT_EQ(t.table.pin(numbered(5)), no_address) << "all pinned";
}

TEST(AddressTable, MarksReservedAddressesOnce) {
  Table t{4};
  EXPECT_TRUE(t.table.at(t.table.pin(wire::Ipv4Address{10, 0, 0, 1})).reserved);
  EXPECT_FALSE(t.table.at(t.table.pin(wire::Ipv4Address{20, 0, 0, 1})).reserved);
}

TEST(AddressTable, SurvivesTenThousandAddressesInAHundredSlots) {
  Table t{100};
  for (std::uint32_t n = 0; n < 10'000; ++n) {
    const auto ref = t.table.pin(numbered(n));
    ASSERT_NE(ref, no_address);
    ASSERT_EQ(t.table.address(ref), numbered(n));
    ASSERT_EQ(t.table.find(numbered(n)), ref);
    t.table.unpin(ref);
  }
}

}  // namespace
}  // namespace utnt::core
