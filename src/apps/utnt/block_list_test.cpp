// SPDX-License-Identifier: BSD-2-Clause
// Block lists: what they contain, and that no unreadable line passes.
#include "apps/utnt/block_list.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "apps/utnt/command.hpp"

namespace utnt::apps {
namespace {

BlockList list_of(const std::string& text) {
  std::istringstream input{text};
  BlockList list;
  list.read(input, "list");
  return list;
}

wire::IpAddress address(std::string_view text) { return *wire::parse_address(text); }

std::string error_of(const std::string& text) {
  try {
    list_of(text);
  } catch (const Failure& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_input);
    return error.what();
  }
  return "";
}

TEST(BlockList, contains_the_first_and_the_last_address_of_a_prefix_and_not_their_neighbours) {
  const auto list = list_of("20.1.2.0/23\n");
  EXPECT_FALSE(list.contains(address("20.1.1.255")));
  EXPECT_TRUE(list.contains(address("20.1.2.0")));
  EXPECT_TRUE(list.contains(address("20.1.3.255")));
  EXPECT_FALSE(list.contains(address("20.1.4.0")));
}

TEST(BlockList, takes_both_families_comments_blank_lines_and_bare_addresses) {
  const auto list = list_of("# asked by mail\r\n\n 20.0.0.7  # one host\n2001:db8::/32\n0.0.0.0/8");
  EXPECT_TRUE(list.contains(address("20.0.0.7")));
  EXPECT_FALSE(list.contains(address("20.0.0.8")));
  EXPECT_TRUE(list.contains(address("2001:db8:ffff::1")));
  EXPECT_FALSE(list.contains(address("2001:db9::1")));
  EXPECT_TRUE(list.contains(address("0.255.255.255")));
}

TEST(BlockList, merges_overlapping_prefixes) {
  const auto list = list_of("20.0.0.0/8\n20.1.0.0/16\n20.1.2.3\n21.0.0.0/8\n20.255.0.0/16\n");
  EXPECT_EQ(list.size(), 2U);
  EXPECT_TRUE(list.contains(address("20.255.255.255")));
  EXPECT_TRUE(list.contains(address("21.255.255.255")));
  EXPECT_FALSE(list.contains(address("22.0.0.0")));
}

TEST(BlockList, covers_whole_families_with_length_zero) {
  const auto list = list_of("0.0.0.0/0\n");
  EXPECT_TRUE(list.contains(address("255.255.255.255")));
  EXPECT_FALSE(list.contains(address("2600::1")));
  EXPECT_TRUE(list_of("::/0\n").contains(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")));
}

TEST(BlockList, names_file_and_line_of_the_first_line_it_cannot_read) {
  EXPECT_EQ(error_of("20.0.0.0/8\n\nbogus\n").rfind("list:3: \"bogus\"", 0), 0U);
  EXPECT_EQ(error_of("20.0.0.1/8\n").rfind("list:1:", 0), 0U) << "host bits are set";
  EXPECT_EQ(error_of("20.0.0.0/33\n").rfind("list:1:", 0), 0U);
  EXPECT_EQ(error_of("20.0.0.0-20.0.0.9\n").rfind("list:1:", 0), 0U);
  EXPECT_EQ(error_of("20.0.0.1 20.0.0.2\n").rfind("list:1:", 0), 0U);
}

TEST(BlockList, refuses_an_endless_line_whatever_it_begins_with) {
  EXPECT_NE(error_of("20.0.0.0/8" + std::string(5000, ' ') + "x\n"), "");
}

TEST(BlockList, shows_no_control_byte_of_a_bad_line) {
  EXPECT_EQ(error_of("\x1b[31mred\n").find('\x1b'), std::string::npos);
}

TEST(BlockList, that_is_missing_or_a_directory_is_an_error) {
  BlockList list;
  EXPECT_THROW(list.read_file("/nonexistent/list"), Failure);
  EXPECT_THROW(list.read_file("/"), Failure);
}

}  // namespace
}  // namespace utnt::apps
