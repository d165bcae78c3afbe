// SPDX-License-Identifier: BSD-2-Clause
#include "core/probe/path_table.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace utnt::core {
namespace {

constexpr Duration ms{1'000'000};

/// A table of one path whose replies the test makes up.
class Fixture {
 public:
  explicit Fixture(RuleSet rules, std::uint8_t window = 8, std::uint32_t blocks = 64)
      : address_entries_(512),
        address_buckets_(512),
        addresses{{address_entries_, address_buckets_}, SipKey{1, 2}},
        paths_(4),
        blocks_(blocks),
        free_paths_(4),
        free_blocks_(blocks),
        buckets_(4),
        table{{paths_, blocks_, free_paths_, free_blocks_, buckets_},
              addresses,
              rules_for(rules, window),
              rules,
              SipKey{3, 4}} {
    destination_ = addresses.pin(wire::Ipv4Address{20, 9, 9, 9});
  }

  Path& open(std::uint8_t max_ttl = 255) {
    index_ = table.open({.destination = destination_, .max_ttl = max_ttl}, PathId{1}, now).path;
    return table.at(index_);
  }
  void close() { table.close(index_); }
  /// Sends all that may leave now; the TTLs, in order.
  std::vector<int> send_all(Path& path) {
    std::vector<int> ttls;
    while (table.has_probe(path)) ttls.push_back(table.next_probe(path, now).ttl);
    return ttls;
  }
  ReplyUse answer(Path& path, std::uint8_t ttl, ReplyKind kind = ReplyKind::time_exceeded, std::uint8_t attempt = 0,
                  std::uint32_t router = 0) {
    HopRecord record;
    record.kind = kind;
    const auto last = kind == ReplyKind::echo_reply
                          ? addresses.address(destination_)
                          : wire::IpAddress{wire::Ipv4Address{0x14000002U + (router != 0 ? router : ttl) * 256U}};
    record.address = addresses.pin(last);
    return table.take_reply(path, {.path = index_, .ttl = ttl, .attempt = attempt}, record, now);
  }
  void pass(Path& path, Duration time) {
    now = now + time;
    table.expire(path, now);
  }

 private:
  static PathRules rules_for(RuleSet rules, std::uint8_t window) {
    EngineConfig config;
    config.rules = rules;
    config.window = window;
    return path_rules(config);
  }
  std::vector<AddressEntry> address_entries_;
  std::vector<std::uint32_t> address_buckets_;

 public:
  AddressTable addresses;
  Instant now{};

 private:
  std::vector<Path> paths_;
  std::vector<HopBlock> blocks_;
  std::vector<std::uint32_t> free_paths_, free_blocks_, buckets_;
  AddressRef destination_;
  std::uint32_t index_{0};

 public:
  PathTable table;
};

TEST(PathTable, OriginalRulesHaveOneProbeInFlight) {
  Fixture f{RuleSet::tnt};
  auto& path = f.open();
  EXPECT_EQ(f.send_all(path), (std::vector{1}));
  f.answer(path, 1);
  EXPECT_EQ(f.send_all(path), (std::vector{2}));
}

TEST(PathTable, OriginalRulesAskThreeTimesASecondApart) {
  Fixture f{RuleSet::tnt};
  auto& path = f.open();
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_EQ(f.send_all(path), (std::vector{1}));
    EXPECT_EQ(f.table.deadline(path), f.now + ms * 1000);
    f.pass(path, ms * 999);
    EXPECT_TRUE(f.send_all(path).empty());
    f.pass(path, ms);
  }
  EXPECT_EQ(f.send_all(path), (std::vector{2}));
}

TEST(PathTable, DefaultRulesSendSeveralTtlsAndOnlyOneBeyondTheExpectedDestination) {
  Fixture f{RuleSet::utnt};
  auto& path = f.open();
  EXPECT_EQ(f.send_all(path).size(), 3U) << "the distance is not known yet";
  f.table.expect(path, 6, ms * 30);
  EXPECT_EQ(f.send_all(path), (std::vector{4, 5}));
  f.answer(path, 1);
  EXPECT_EQ(f.send_all(path), (std::vector{6}));
  EXPECT_TRUE(f.send_all(path).empty()) << "TTL 7 waits until the others are settled";
}

TEST(PathTable, NeverSendsMoreThanTheGapLimitBeyondTheLastAnswer) {
  Fixture f{RuleSet::utnt, 20};
  auto& path = f.open();
  f.table.expect(path, 255, {});
  EXPECT_EQ(f.send_all(path).size(), 5U);
  f.answer(path, 3);
  EXPECT_EQ(f.send_all(path), (std::vector{6, 7, 8}));
}

TEST(PathTable, StopsAtTheEchoReplyAndForgetsWhatIsBeyond) {
  Fixture f{RuleSet::utnt};
  auto& path = f.open();
  f.table.expect(path, 255, {});
  f.send_all(path);
  f.answer(path, 4, ReplyKind::echo_reply);
  f.answer(path, 3, ReplyKind::echo_reply);
  f.answer(path, 1);
  EXPECT_FALSE(path.ended);
  f.answer(path, 2);
  EXPECT_TRUE(path.ended);
  EXPECT_EQ(path.stop, StopReason::completed);
  EXPECT_EQ(path.last_ttl, 3);
}

TEST(PathTable, AsksASilentHopOnceMoreBeforeThePathEnds) {
  Fixture f{RuleSet::utnt};
  auto& path = f.open();
  f.table.expect(path, 3, {});
  f.send_all(path);
  f.answer(path, 1);
  f.answer(path, 3, ReplyKind::echo_reply);
  EXPECT_FALSE(path.ended);
  f.pass(path, ms * 1000);
  EXPECT_EQ(f.send_all(path), (std::vector{2}));
  f.answer(path, 2, ReplyKind::time_exceeded, 1);
  EXPECT_TRUE(path.ended);
  EXPECT_EQ(path.probes_sent, 4);
}

TEST(PathTable, AsksAHopThatIsKnownToBeSilentOnceAndWaitsNoLongerThanForTheSlowestAnswer) {
  Fixture f{RuleSet::utnt};
  auto& path = f.open();
  path.request.known_silent = 0b10;  // TTL 2
  f.table.expect(path, 3, ms * 80);
  f.send_all(path);
  f.now = f.now + ms * 60;
  f.answer(path, 1);
  f.answer(path, 3, ReplyKind::echo_reply);
  const auto left = *f.table.deadline(path) - f.now;
  EXPECT_LE(left, ms * 25) << "80 ms, in steps of 4";
  f.pass(path, left);
  EXPECT_TRUE(path.ended);
  EXPECT_EQ(path.probes_sent, 3);
}

TEST(PathTable, RoutersThatAreKnownToBeThereAreAskedAtOnce) {
  Fixture f{RuleSet::utnt};
  auto& path = f.open();
  f.table.expect(path, 7, ms * 30);
  f.table.assume(path, 6);
  EXPECT_EQ(f.send_all(path).size(), 7U) << "the gap limit of 5 counts from TTL 6, the window is 8";
}

TEST(PathTable, SilenceWhereTheDestinationWasExpectedOpensTheWindow) {
  Fixture f{RuleSet::utnt};
  auto& path = f.open();
  f.table.expect(path, 3, ms * 30);
  f.send_all(path);
  f.answer(path, 1);
  f.answer(path, 2);
  f.pass(path, ms * 1000);
  EXPECT_EQ(f.send_all(path), (std::vector{4, 5, 6, 7})) << "up to the gap limit behind TTL 2";
}

TEST(PathTable, ALateEchoReplyStillEndsThePathAtItsOwnTtl) {
  Fixture f{RuleSet::utnt};
  auto& path = f.open();
  f.table.expect(path, 2, {});
  f.send_all(path);
  f.answer(path, 1);
  f.pass(path, ms * 1000);
  f.send_all(path);
  const auto use = f.answer(path, 2, ReplyKind::echo_reply);
  EXPECT_TRUE(use.late);
  for (int i = 0; i < 8 && !path.ended; ++i) {
    f.pass(path, ms * 1000);
    f.send_all(path);
  }
  EXPECT_TRUE(path.ended);
  EXPECT_EQ(path.last_ttl, 2);
}

TEST(PathTable, GivesALateReplyTheTimeOfItsOwnAttempt) {
  Fixture f{RuleSet::tnt};
  auto& path = f.open();
  f.now = Instant{} + ms * 5;
  f.send_all(path);
  f.pass(path, ms * 1000);
  f.send_all(path);
  f.now = f.now + ms * 250;
  const auto use = f.answer(path, 1, ReplyKind::time_exceeded, 0);
  EXPECT_TRUE(use.late);
  EXPECT_EQ(f.table.hop(path, 1).record.rtt(), ms * 1250);
}

TEST(PathTable, CountsADuplicateWithoutChangingTheHop) {
  Fixture f{RuleSet::utnt};
  auto& path = f.open();
  f.send_all(path);
  EXPECT_FALSE(f.answer(path, 1).duplicate);
  EXPECT_TRUE(f.answer(path, 1, ReplyKind::echo_reply).duplicate);
  EXPECT_EQ(f.table.hop(path, 1).record.kind, ReplyKind::time_exceeded);
}

TEST(PathTable, AnAdjacentRepetitionIsNoLoopAndADistantOneIs) {
  Fixture f{RuleSet::tnt};
  auto& path = f.open();
  const std::vector<std::uint32_t> routers{11, 12, 12, 13, 12};
  for (std::uint8_t ttl = 1; ttl <= 5; ++ttl) {
    ASSERT_EQ(f.send_all(path).size(), 1U) << int{ttl};
    f.answer(path, ttl, ReplyKind::time_exceeded, 0, routers[ttl - 1U]);
  }
  EXPECT_TRUE(path.ended);
  EXPECT_EQ(path.stop, StopReason::loop);
}

TEST(PathTable, ReachesTtl255AndGivesTheMemoryBack) {
  Fixture f{RuleSet::tnt};
  auto& path = f.open();
  const auto free = f.table.free_blocks();
  for (unsigned ttl = 1; ttl <= 255; ++ttl) {
    ASSERT_EQ(f.send_all(path), (std::vector{static_cast<int>(ttl)}));
    f.answer(path, static_cast<std::uint8_t>(ttl));
  }
  EXPECT_EQ(path.stop, StopReason::hop_limit);
  EXPECT_EQ(path.last_ttl, 255);
  f.close();
  EXPECT_EQ(f.table.free_blocks(), free);
}

TEST(PathTable, EndsWithWhatItHasWhenHopMemoryRunsOut) {
  Fixture f{RuleSet::tnt, 1, 2};
  auto& path = f.open();
  for (std::uint8_t ttl = 1; ttl <= 16; ++ttl) {
    ASSERT_EQ(f.send_all(path).size(), 1U);
    f.answer(path, ttl);
  }
  EXPECT_TRUE(f.send_all(path).empty());
  EXPECT_TRUE(path.ended);
  EXPECT_EQ(path.stop, StopReason::error);
  EXPECT_EQ(path.last_ttl, 16);
}

}  // namespace
}  // namespace utnt::core
