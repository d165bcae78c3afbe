// SPDX-License-Identifier: BSD-2-Clause
#include "os_linux/plain_text.hpp"

#include <gtest/gtest.h>

namespace utnt::os_linux {
namespace {

using Parts = std::vector<std::string_view>;

TEST(PlainText, falls_into_the_parts_between_separators) {
  EXPECT_EQ(parts_of("a:b::c", ":"), (Parts{"a", "b", "c"}));
  EXPECT_EQ(words_of("  one\ttwo \n three "), (Parts{"one", "two", "three"}));
  EXPECT_EQ(lines_of("a b\n\nc"), (Parts{"a b", "c"}));
  EXPECT_TRUE(words_of("").empty());
  EXPECT_TRUE(words_of(" \n").empty());
}

TEST(PlainText, is_read_whole_or_not_at_all) {
  const auto status = read_text_file("/proc/self/status");
  ASSERT_TRUE(status);
  EXPECT_NE(status->find("\nPid:"), std::string::npos);
  EXPECT_EQ(read_text_file("/dev/null"), "");
  EXPECT_FALSE(read_text_file("/proc/self/there is no such file"));
  EXPECT_FALSE(read_text_file("/proc/self")) << "a directory";
}

}  // namespace
}  // namespace utnt::os_linux
