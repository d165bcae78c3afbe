// SPDX-License-Identifier: BSD-2-Clause
#include "abi/command_line.hpp"

#include <gtest/gtest.h>

namespace utnt::abi {
namespace {

TEST(CommandLine, GivesWordByWordWhateverBlanksStandBetween) {
  CommandLine words{"  a=1  bare b=x=y c="};
  const auto first = words.next();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->key, "a");
  EXPECT_EQ(first->value, "1");
  const auto bare = words.next();
  EXPECT_EQ(bare->key, "bare");
  EXPECT_TRUE(bare->value.empty());
  EXPECT_EQ(words.next()->value, "x=y");
  EXPECT_EQ(words.next()->key, "c");
  EXPECT_FALSE(words.next().has_value());
  EXPECT_FALSE(CommandLine{""}.next().has_value());
}

TEST(CommandLine, FindsTheFirstWordOfAKey) {
  EXPECT_EQ(value_of("x=1 uk.poll=0 x=2", "x"), "1");
  EXPECT_FALSE(value_of("x=1", "y").has_value());
}

TEST(CommandLine, ReadsNumbersOfBothKindsAndNothingElse) {
  EXPECT_EQ(parse_number("18446744073709551615").value(), UINT64_MAX);
  EXPECT_EQ(parse_number("0xfeb00E00").value(), 0xfeb00e00U);
  EXPECT_EQ(parse_number("18446744073709551616").error(), Error::invalid_argument);
  for (const auto* text : {"", "0x", "12a", "-1", " 1", "0xg"}) EXPECT_EQ(parse_number(text).error(), Error::malformed);
}

}  // namespace
}  // namespace utnt::abi
