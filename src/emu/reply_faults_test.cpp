// SPDX-License-Identifier: BSD-2-Clause
// Each kind of defective reply looks as it should, hits every n-th answer, and leaves the others alone.
#include <gtest/gtest.h>

#include "emu/test_networks.hpp"
#include "emu/test_prober.hpp"

namespace utnt::emu {
namespace {

const wire::IpAddress d8 = address("20.0.8.2");

class Faults : public testing::Test {
 protected:
  /// All answers of P2 to one probe; the first answer of the network is the defective one.
  std::vector<Seen> spoiled(std::string_view fault) {
    network_ = load(
        line_of_three("", std::string{"[node.P2]\nfault_every = 2\nreply_faults = \""}.append(fault).append("\"\n")));
    prober_.emplace(*network_);
    sent_ = prober_->now_;
    return prober_->ask_all(prober_->echo(d8, 4));
  }
  Seen sound() { return prober_->ask(prober_->echo(d8, 4)).value(); }
  static bool checksum_ok(const Seen& seen) { return wire::ones_sum(ConstBytes{seen.bytes}.subspan(20)) == 0xffff; }

  std::unique_ptr<ScenarioNetwork> network_;
  std::optional<TestProber> prober_;
  Instant sent_;
};

TEST_F(Faults, EverySecondAnswerIsSound) {
  EXPECT_FALSE(checksum_ok(spoiled("bad_icmp_checksum").front()));
  EXPECT_TRUE(checksum_ok(sound()));
  EXPECT_FALSE(checksum_ok(sound()));
}

TEST_F(Faults, ATruncatedQuoteHoldsTwelveBytes) {
  const auto seen = spoiled("truncated_quote").front();
  EXPECT_TRUE(checksum_ok(seen));
  for (std::size_t i = 28 + 12; i < 28 + 128; ++i) EXPECT_EQ(seen.bytes[i], std::byte{0});
}

TEST_F(Faults, AForeignQuoteNamesAnotherProbe) {
  const auto seen = spoiled("foreign_quote").front();
  const auto right = sound();
  EXPECT_NE(load_be16(seen.bytes, 52), load_be16(right.bytes, 52));
  EXPECT_EQ(load_be32(seen.bytes, 44), load_be32(right.bytes, 44));
}

TEST_F(Faults, ARewrittenDestinationKeepsTheHeaderSound) {
  const auto seen = spoiled("rewritten_destination").front();
  const auto quoted = wire::Ipv4View::parse_quoted(ConstBytes{seen.bytes}.subspan(28));
  EXPECT_NE(wire::IpAddress{quoted->destination()}, d8);
  EXPECT_TRUE(quoted->checksum_ok());
}

TEST_F(Faults, AnUnknownClassStandsBesideTheLabels) {
  const auto seen = spoiled("unknown_class").front();
  EXPECT_EQ(seen.labels.size(), 1U);
  EXPECT_EQ(load_u8(seen.bytes, 28 + 128 + 4 + 8 + 2), 200);
}

TEST_F(Faults, LyingObjectLengthsStandBehindTheLabels) {
  for (const auto& [fault, length] :
       {std::pair{"object_length_0", 0}, {"object_length_3", 3}, {"object_length_big", 4000}}) {
    const auto seen = spoiled(fault).front();
    EXPECT_EQ(load_be16(seen.bytes, 28 + 128 + 4 + 8), length);
    EXPECT_EQ(wire::internet_checksum(ConstBytes{seen.bytes}.subspan(28 + 128)), 0);
    EXPECT_EQ(seen.labels.size(), 1U);
  }
}

TEST_F(Faults, DuplicateLateAndOvertaken) {
  EXPECT_EQ(spoiled("duplicate").size(), 2U);
  EXPECT_GT((spoiled("late").front().at - sent_).ns(), (2_s).ns());
  EXPECT_GT((spoiled("reordered").front().at - sent_).ns(), (60_ms).ns());
  EXPECT_LT((sound().at - prober_->now_ + 10_s).ns(), (60_ms).ns());
}

}  // namespace
}  // namespace utnt::emu
