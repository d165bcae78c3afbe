// SPDX-License-Identifier: BSD-2-Clause
// The formulas against the values that the TNT specification prints: section 4 and example A of section 9.3.
#include "core/reveal/signals.hpp"

#include <gtest/gtest.h>

#include "core/reveal/reveal_test_support.hpp"

namespace utnt::core {
namespace {

using test::echo;
using test::path_from;
using test::te;

TEST(Signals, initial_ttl_is_the_next_usual_value_at_or_above_the_reply_ttl) {
  EXPECT_EQ(initial_ttl(255), 255);
  EXPECT_EQ(initial_ttl(129), 255);
  EXPECT_EQ(initial_ttl(128), 128);
  EXPECT_EQ(initial_ttl(65), 128);
  EXPECT_EQ(initial_ttl(64), 64);
  EXPECT_EQ(initial_ttl(33), 64);
  EXPECT_EQ(initial_ttl(32), 32);
  EXPECT_EQ(initial_ttl(1), 32);
}

TEST(Signals, path_length_counts_the_replier) {
  EXPECT_EQ(path_length(255), 1);
  EXPECT_EQ(path_length(250), 6);
  EXPECT_EQ(path_length(62), 3);
}

TEST(Signals, frpla_compares_the_return_length_with_the_probe_ttl) {
  const auto path = path_from(3, {te(6, 250, 62), te(7, 250, 250), echo(8, 40, 60)});
  EXPECT_EQ(frpla(path[0]), 3);
  EXPECT_EQ(frpla(path[1]), 2);
  EXPECT_EQ(frpla(path[2]), 0) << "defined for time exceeded only";
}

TEST(Signals, rtla_needs_a_255_initial_error_and_a_lower_initial_echo) {
  EXPECT_EQ(rtla(te(6, 250, 62)), 3);
  EXPECT_EQ(rtla(te(6, 250, 245)), 0) << "both from 255";
  EXPECT_EQ(rtla(te(6, 62, 60)), 0) << "both from 64";
  EXPECT_EQ(rtla(te(6, 250, 0)), 0) << "no echo reply";
}

TEST(Signals, uturn_needs_only_an_echo_reply) {
  EXPECT_EQ(uturn(te(3, 247, 253)), 6);
  EXPECT_EQ(uturn(te(3, 253, 247)), -6);
  EXPECT_EQ(uturn(te(3, 62, 63)), 1);
  EXPECT_EQ(uturn(te(3, 247, 0)), 0);
  EXPECT_EQ(uturn(test::silent()), 0);
}

TEST(Signals, juniper_is_the_signature_255_64) {
  EXPECT_TRUE(is_juniper(te(6, 250, 62)));
  EXPECT_FALSE(is_juniper(te(6, 250, 250)));
  EXPECT_FALSE(is_juniper(te(6, 62, 62)));
  EXPECT_FALSE(is_juniper(te(6, 250, 0)));
  EXPECT_FALSE(is_juniper(te(6, 250, 100)));
}

}  // namespace
}  // namespace utnt::core
