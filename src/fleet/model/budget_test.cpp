// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/budget.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/property.hpp"

namespace utnt::fleet {
namespace {

using Verdict = ProbeBudget::Verdict;

wire::IpAddress address(std::string_view text) { return *wire::parse_address(text); }
constexpr Instant in_ms(std::int64_t ms) { return Instant{ms * 1'000'000}; }

TEST(TokenBucket, GivesItsBurstAtOnceAndThenItsRate) {
  TokenBucket bucket{10, 3};
  EXPECT_TRUE(bucket.take(3, in_ms(0)));
  EXPECT_FALSE(bucket.take(1, in_ms(99)));
  EXPECT_EQ(bucket.ready_at(1, in_ms(50)), in_ms(100));
  EXPECT_TRUE(bucket.take(1, in_ms(100)));
  EXPECT_FALSE(bucket.take(2, in_ms(299)));
  EXPECT_TRUE(bucket.take(2, in_ms(300)));
  EXPECT_FALSE(bucket.is_full(in_ms(599)));
  EXPECT_TRUE(bucket.is_full(in_ms(600)));
  EXPECT_EQ(bucket.ready_at(4, in_ms(1'000)), std::nullopt);
}

PROPERTY("a token bucket never gives more than burst and rate allow over any span", prng) {
  const auto rate = static_cast<std::uint32_t>(1 + prng.below(2'000));
  const auto burst = static_cast<std::uint32_t>(1 + prng.below(50));
  TokenBucket bucket{rate, burst};
  Instant now{};
  std::vector<std::pair<Instant, std::uint32_t>> given;
  for (int step = 0; step < 200; ++step) {
    now = now + Duration{static_cast<std::int64_t>(prng.below(20'000'000))};
    const auto tokens = static_cast<std::uint32_t>(1 + prng.below(burst));
    const auto ready = bucket.ready_at(tokens, now);
    const bool is_given = bucket.take(tokens, now);
    EXPECT_EQ(is_given, ready == now);
    if (is_given) given.emplace_back(now, tokens);
  }
  for (std::size_t first = 0; first < given.size(); ++first) {
    double sum = 0;
    for (std::size_t last = first; last < given.size(); ++last) {
      sum += given[last].second;
      const double span_s = static_cast<double>((given[last].first - given[first].first).ns()) / 1e9;
      EXPECT_LE(sum, burst + span_s * rate + 1e-6);
    }
  }
}

TEST(ProbeBudget, CountsAddressesOfOnePrefixTogether) {
  ProbeBudget budget{{.node_pps = 1'000, .prefix_pps = 10}};
  EXPECT_EQ(budget.take(address("20.0.8.1"), 6, in_ms(0)), Verdict::granted);
  EXPECT_EQ(budget.take(address("20.0.8.255"), 6, in_ms(0)), Verdict::prefix);
  EXPECT_EQ(budget.take(address("20.0.9.1"), 6, in_ms(0)), Verdict::granted);
  EXPECT_EQ(budget.ready_at(address("20.0.8.3"), 6, in_ms(0)), in_ms(200));
  EXPECT_EQ(budget.take(address("20.0.8.3"), 6, in_ms(200)), Verdict::granted);
  EXPECT_EQ(budget.take(address("2001:db8:1:1::1"), 10, in_ms(0)), Verdict::granted);
  EXPECT_EQ(budget.take(address("2001:db8:1:2::1"), 1, in_ms(0)), Verdict::prefix);
  EXPECT_EQ(budget.take(address("2001:db8:2:1::1"), 1, in_ms(0)), Verdict::granted);
}

TEST(ProbeBudget, LimitsTheWholeNode) {
  ProbeBudget budget{{.node_pps = 5, .prefix_pps = 5}};
  for (std::uint8_t i = 0; i < 5; ++i)
    EXPECT_EQ(budget.take(wire::Ipv4Address{20, 0, i, 1}, 1, in_ms(0)), Verdict::granted);
  EXPECT_EQ(budget.take(address("20.1.0.1"), 1, in_ms(0)), Verdict::node);
  EXPECT_EQ(budget.ready_at(address("20.1.0.1"), 1, in_ms(0)), in_ms(200));
  EXPECT_EQ(budget.ready_at(address("20.1.0.1"), 6, in_ms(0)), std::nullopt);
}

TEST(ProbeBudget, ForgetsPrefixesThatHaveRestedAndRefusesBeyondItsBound) {
  ProbeBudget budget{{.node_pps = 1'000, .prefix_pps = 10, .prefixes_max = 2}};
  EXPECT_EQ(budget.take(address("20.0.1.1"), 1, in_ms(0)), Verdict::granted);
  EXPECT_EQ(budget.take(address("20.0.2.1"), 10, in_ms(0)), Verdict::granted);
  EXPECT_EQ(budget.take(address("20.0.3.1"), 1, in_ms(50)), Verdict::prefix);
  EXPECT_EQ(budget.ready_at(address("20.0.3.1"), 1, in_ms(50)), std::nullopt);
  EXPECT_EQ(budget.take(address("20.0.3.1"), 1, in_ms(100)), Verdict::granted);
  EXPECT_EQ(budget.prefixes(), 2U);
}

TEST(ForbiddenTarget, NamesWhyAnAddressIsRefused) {
  const std::vector<wire::Prefix> on_link{*wire::parse_prefix("20.0.7.0/24"), *wire::parse_prefix("2400:1::/64")};
  const std::pair<std::string_view, std::string_view> cases[]{{"127.0.0.1", "is a loopback address"},
                                                              {"::1", "is a loopback address"},
                                                              {"10.1.2.3", "is private"},
                                                              {"172.31.255.255", "is private"},
                                                              {"192.168.0.1", "is private"},
                                                              {"fd00::1", "is private"},
                                                              {"169.254.169.254", "is link-local"},
                                                              {"fe80::1", "is link-local"},
                                                              {"224.0.0.1", "is a multicast address"},
                                                              {"ff02::1", "is a multicast address"},
                                                              {"0.0.0.0", "is a special-purpose address"},
                                                              {"255.255.255.255", "is a special-purpose address"},
                                                              {"100.64.0.1", "is a special-purpose address"},
                                                              {"::ffff:127.0.0.1", "is a special-purpose address"},
                                                              {"20.0.7.9", "lies on the node's own network"},
                                                              {"2400:1::9", "lies on the node's own network"}};
  for (const auto& [text, why] : cases) EXPECT_EQ(forbidden_target(address(text), on_link), why) << text;
  EXPECT_EQ(forbidden_target(wire::IpAddress{}, on_link), "is a special-purpose address");
  for (const std::string_view text : {"20.0.8.9", "172.32.0.1", "2400:1:0:1::9", "11.0.0.1"})
    EXPECT_EQ(forbidden_target(address(text), on_link), std::nullopt) << text;
}

}  // namespace
}  // namespace utnt::fleet
