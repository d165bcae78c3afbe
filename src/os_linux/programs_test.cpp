// SPDX-License-Identifier: BSD-2-Clause
// A program is found in the first of the places that has it, and only when it may be executed.
#include "os_linux/programs.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/temporary_directory.hpp"

namespace utnt::os_linux {
namespace {

TEST(Programs, are_found_in_the_first_place_where_they_may_be_executed) {
  const test::TemporaryDirectory directory;
  for (const auto* const folder : {"a", "b", "c"}) {
    std::filesystem::create_directory(directory / folder);
    std::ofstream{directory / folder + "/program"} << "#!/bin/sh\n";
  }
  for (const auto* const folder : {"b", "c"}) ASSERT_EQ(::chmod((directory / folder + "/program").c_str(), 0700), 0);
  const std::string before = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
  ::setenv("PATH",
           (directory / "none" + ":" + directory / "a" + "::" + directory / "b" + ":" + directory / "c").c_str(), 1);
  EXPECT_EQ(find_program("program"), directory / "b" + "/program");
  EXPECT_EQ(find_program("another"), std::nullopt);
  ::unsetenv("PATH");
  EXPECT_EQ(find_program("program"), std::nullopt);
  EXPECT_TRUE(find_program("sh").has_value());
  ::setenv("PATH", before.c_str(), 1);
}

TEST(Programs, get_their_words_as_they_are_and_a_null_behind) {
  const std::vector<std::string> words{"program", "", "two words"};
  const auto pointers = pointers_to(words);
  ASSERT_EQ(pointers.size(), words.size() + 1);
  for (std::size_t i = 0; i < words.size(); ++i) EXPECT_STREQ(pointers[i], words[i].c_str());
  EXPECT_EQ(pointers.back(), nullptr);
}

}  // namespace
}  // namespace utnt::os_linux
