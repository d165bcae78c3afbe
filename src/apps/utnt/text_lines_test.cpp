// SPDX-License-Identifier: BSD-2-Clause
// Lines of unknown input.
#include "apps/utnt/text_lines.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace utnt::apps {
namespace {

TEST(TextLines, counts_lines_and_removes_both_kinds_of_line_end) {
  std::istringstream input{"a\r\n\nlast"};
  TextLines lines{input};
  EXPECT_EQ(lines.next(), "a");
  EXPECT_EQ(lines.next(), "");
  EXPECT_EQ(lines.next(), "last");
  EXPECT_EQ(lines.number(), 3U);
  EXPECT_FALSE(lines.next().has_value());
}

TEST(TextLines, keeps_only_the_beginning_of_a_line_without_end) {
  std::istringstream input{std::string(10'000, 'x') + "\nnext\n"};
  TextLines lines{input};
  EXPECT_EQ(lines.next()->size(), TextLines::line_bytes_max);
  EXPECT_TRUE(lines.was_cut());
  EXPECT_EQ(lines.next(), "next");
  EXPECT_FALSE(lines.was_cut());
}

TEST(TextLines, comments_and_white_space_are_removed) {
  EXPECT_EQ(without_comment("  20.0.0.1\t# why"), "20.0.0.1");
  EXPECT_EQ(without_comment("# all"), "");
  EXPECT_EQ(without_comment("   "), "");
  EXPECT_EQ(without_comment("a b"), "a b");
}

TEST(TextLines, printable_text_is_short_and_harmless) {
  EXPECT_EQ(printable("ok"), "ok");
  EXPECT_EQ(printable("\x1b[0m\xff"), "?[0m?");
  EXPECT_EQ(printable(std::string(61, 'a')), std::string(60, 'a') + "...");
}

}  // namespace
}  // namespace utnt::apps
