// SPDX-License-Identifier: BSD-2-Clause
// Initial TTLs where rounding is ambiguous, and the second signature: TNT specification section 11 #15 and #16.
#include "core/reveal/utnt_signals.hpp"

#include <gtest/gtest.h>

#include "core/reveal/reveal_test_support.hpp"
#include "core/reveal/signals.hpp"
#include "support/property.hpp"

namespace utnt::core {
namespace {

using test::path_from;
using test::te;

TEST(UtntSignals, the_initial_ttl_is_the_one_whose_path_fits) {
  EXPECT_EQ(infer_initial_ttl(30, 3).value, 32);
  EXPECT_EQ(infer_initial_ttl(30, 33).value, 64) << "35 hops fit better than 3";
  EXPECT_TRUE(infer_initial_ttl(30, 33).ambiguous);
  EXPECT_EQ(infer_initial_ttl(20, 30).value, 32) << "45 hops from 64 are not plausible";
  EXPECT_FALSE(infer_initial_ttl(20, 30).ambiguous);
  EXPECT_EQ(infer_initial_ttl(60, 5).value, 64);
  EXPECT_EQ(infer_initial_ttl(250, 6).value, 255);
  EXPECT_EQ(infer_initial_ttl(120, 9).value, 128);
}

TEST(UtntSignals, an_initial_ttl_of_32_needs_a_path_of_at_most_30_hops) {
  EXPECT_EQ(infer_initial_ttl(3, 30).value, 32);
  EXPECT_EQ(infer_initial_ttl(2, 31).value, 32) << "nothing is plausible: the smallest that holds the TTL";
  EXPECT_FALSE(infer_initial_ttl(2, 31).ambiguous);
}

TEST(UtntSignals, no_reply_has_no_initial_ttl) {
  EXPECT_EQ(infer_initial_ttl(0, 5).value, 0);
  const auto s = signals_of(path_from(3, {te(6, 250, 0)})[0]);
  EXPECT_FALSE(s.has_second());
  EXPECT_EQ(rtla_of(s), 0);
  EXPECT_EQ(uturn_of(s), 0);
}

TEST(UtntSignals, a_port_unreachable_stands_in_for_a_missing_echo_reply) {
  auto hop = path_from(3, {te(6, 247, 0)})[0];
  hop.unreachable_ttl = 253;
  EXPECT_EQ(uturn_of(signals_of(hop)), 6);
  EXPECT_EQ(rtla_of(signals_of(hop)), 0) << "both 255-initial";
  hop.er_ttl = 62;
  EXPECT_EQ(rtla_of(signals_of(hop)), 6) << "an echo reply goes first: 9 hops against 3";
}

TEST(UtntSignals, a_long_echo_path_is_no_negative_rtla) {  // er 30: 64-initial over 35 hops, not 32-initial over 3
  const auto hop = path_from(34, {te(6, 221, 30)})[0];
  EXPECT_EQ(signals_of(hop).er_initial, 64);
  EXPECT_EQ(rtla_of(signals_of(hop)), 0);
  EXPECT_EQ(rtla(hop), 32) << "the original rounds to 32 and sees a tunnel";
}

PROPERTY("inferred signals agree with the original ones where rounding is not ambiguous", prng) {
  for (int round = 0; round < 200; ++round) {
    const auto hop = test::any_hop([&](std::uint64_t bound) { return prng.below(bound); });
    const auto s = signals_of(hop);
    if (hop.is_silent() || hop.te_ttl <= 32 || (hop.er_ttl != 0 && hop.er_ttl <= 32) || hop.te_ttl == 0) continue;
    if (hop.er_ttl == 0 && hop.unreachable_ttl != 0) continue;
    ASSERT_EQ(s.te_length, path_length(hop.te_ttl));
    ASSERT_EQ(rtla_of(s), rtla(hop));
    ASSERT_EQ(uturn_of(s), uturn(hop));
  }
}

}  // namespace
}  // namespace utnt::core
