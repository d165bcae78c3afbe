// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/model/line_words.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace utnt::fleet {
namespace {

using Words = std::vector<std::string>;

TEST(LineWords, AreSeparatedByBlanks) {
  EXPECT_EQ(line_words(""), Words{});
  EXPECT_EQ(line_words(" \t"), Words{});
  EXPECT_EQ(line_words(" a\tb=c  d "), (Words{"a", "b=c", "d"}));
}

TEST(LineWords, EndAtAComment) {
  EXPECT_EQ(line_words("# a"), Words{});
  EXPECT_EQ(line_words("a b#c #d e"), (Words{"a", "b#c"}));
}

TEST(LineWords, KeepBlanksInQuotes) {
  EXPECT_EQ(line_words(R"(7 nodes="tag:eu and not b" "" x"#"y)"), (Words{"7", "nodes=tag:eu and not b", "", "x#y"}));
  EXPECT_THROW(line_words(R"(nodes="all)"), std::invalid_argument);
}

}  // namespace
}  // namespace utnt::fleet
