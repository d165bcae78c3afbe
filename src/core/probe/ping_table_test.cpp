// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/ping_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace utnt::core {
namespace {

constexpr Duration ms{1'000'000};

class Fixture {
 public:
  explicit Fixture(PingRules rules, std::uint8_t replies_max = 8)
      : address_entries_(64),
        address_buckets_(64),
        addresses{{address_entries_, address_buckets_}, SipKey{1, 2}},
        tasks_(4),
        replies_(4U * replies_max),
        free_(4),
        buckets_(4),
        table{{tasks_, replies_, free_, buckets_}, addresses, rules, SipKey{5, 6}} {}

  std::uint32_t open() { return table.open(addresses.pin(address), {}, Duration{}, now); }
  ReplyFacts reply(std::uint32_t task, std::uint16_t sequence, std::uint8_t ttl = 60) {
    store_be64(data_, 48, table.at(task).tag);
    ReplyFacts facts;
    facts.kind = ReplyKind::echo_reply;
    facts.from = address;
    facts.id = table.at(task).identifier;
    facts.sequence = sequence;
    facts.ttl = ttl;
    facts.echo_data = data_;
    return facts;
  }

  wire::IpAddress address = wire::Ipv4Address{20, 0, 3, 2};
  Instant now{};

 private:
  std::vector<AddressEntry> address_entries_;
  std::vector<std::uint32_t> address_buckets_;
  std::array<std::byte, 56> data_{};

 public:
  AddressTable addresses;

 private:
  std::vector<PingTask> tasks_;
  std::vector<PingReply> replies_;
  std::vector<std::uint32_t> free_, buckets_;

 public:
  PingTable table;
};

TEST(MostFrequentTtl, TakesTheMostFrequentAndTheLargestOfATie) {
  const auto of = [](std::initializer_list<int> ttls) {
    std::vector<PingReply> replies;
    for (const int ttl : ttls) replies.push_back({.ttl = static_cast<std::uint8_t>(ttl)});
    return most_frequent_ttl(replies);
  };
  EXPECT_EQ(of({}), 0);
  EXPECT_EQ(of({60}), 60);
  EXPECT_EQ(of({60, 250, 60}), 60);
  EXPECT_EQ(of({60, 250}), 250);
  EXPECT_EQ(of({250, 60, 60, 250, 9}), 250);
}

TEST(PingTable, OriginalRulesTakeOneLostPingForAnAnswer) {
  Fixture f{{}};
  const auto task = f.open();
  ASSERT_TRUE(f.table.has_probe(f.table.at(task)));
  f.table.next_probe(f.table.at(task), f.now);
  f.table.expire(f.table.at(task), f.now + ms * 999);
  EXPECT_FALSE(f.table.at(task).done);
  f.table.expire(f.table.at(task), f.now + ms * 1000);
  EXPECT_TRUE(f.table.at(task).done);
  EXPECT_EQ(f.table.event(task, f.address, 84).er_ttl, 0);
}

TEST(PingTable, DefaultRulesAskAgainBeforeTheyBelieveInSilence) {
  Fixture f{{.retries = 1, .adaptive = true}};
  const auto task = f.open();
  f.table.next_probe(f.table.at(task), f.now);
  f.table.expire(f.table.at(task), f.now + ms * 1000);
  EXPECT_FALSE(f.table.at(task).done);
  EXPECT_EQ(f.table.next_probe(f.table.at(task), f.now + ms * 1000), 1);
  f.table.take_reply(task, f.reply(task, 1), f.now + ms * 1020);
  EXPECT_TRUE(f.table.at(task).done);
  const auto event = f.table.event(task, f.address, 84);
  EXPECT_EQ(event.er_ttl, 60);
  EXPECT_EQ(event.sent, 2);
  EXPECT_EQ(event.reply[0].rtt, ms * 20);
}

TEST(PingTable, SendsTheAskedNumberOneSecondApartUnderTheOriginalRules) {
  Fixture f{{.pings = 3}};
  const auto task = f.open();
  for (std::uint16_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(f.table.has_probe(f.table.at(task)));
    EXPECT_EQ(f.table.next_probe(f.table.at(task), f.now), i);
    f.table.take_reply(task, f.reply(task, i), f.now + ms * 10);
    if (i == 2) break;
    EXPECT_FALSE(f.table.has_probe(f.table.at(task)));
    f.now = f.now + ms * 1000;
    f.table.expire(f.table.at(task), f.now);
  }
  EXPECT_TRUE(f.table.at(task).done);
  EXPECT_EQ(f.table.event(task, f.address, 84).replies, 3);
}

TEST(PingTable, RefusesAForgedTagAndAnUnsentSequence) {
  Fixture f{{}};
  const auto task = f.open();
  f.table.next_probe(f.table.at(task), f.now);
  bool forged = false;
  EXPECT_EQ(f.table.match(f.reply(task, 0), forged), task);
  EXPECT_FALSE(forged);
  EXPECT_EQ(f.table.match(f.reply(task, 1), forged), no_index);
  EXPECT_TRUE(forged);
  forged = false;
  ++f.table.at(task).tag;
  const auto other = f.reply(task, 0);
  --f.table.at(task).tag;
  EXPECT_EQ(f.table.match(other, forged), no_index);
  EXPECT_TRUE(forged);
}

TEST(PingTable, GivesSlotsBack) {
  Fixture f{{}};
  for (int i = 0; i < 20; ++i) {
    const auto task = f.open();
    ASSERT_NE(task, no_index);
    f.table.close(task);
  }
  EXPECT_EQ(f.table.available(), 4U);
}

}  // namespace
}  // namespace utnt::core
