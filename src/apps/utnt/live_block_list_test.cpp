// SPDX-License-Identifier: BSD-2-Clause
// Block lists that change while they are in use: the new one as a whole, or the old one.
#include "apps/utnt/live_block_list.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "apps/utnt/command.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::apps {
namespace {

wire::IpAddress address(std::string_view text) { return *wire::parse_address(text); }

class LiveBlockListTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const auto path = directory_ / name;
    std::ofstream{path, std::ios::trunc} << text;
    return path;
  }
  test::TemporaryDirectory directory_;
};

TEST_F(LiveBlockListTest, takes_the_new_content_of_all_files) {
  const auto first = write("first", "20.0.0.0/24\n");
  const auto second = write("second", "21.0.0.0/24\n");
  LiveBlockList list{{first, second}};
  list.read();
  EXPECT_TRUE(list.now().contains(address("21.0.0.1")));
  write("second", "22.0.0.0/24\n23.0.0.0/24\n");
  const auto line = list.read_again();
  EXPECT_TRUE(list.now().contains(address("20.0.0.1")));
  EXPECT_TRUE(list.now().contains(address("23.0.0.1")));
  EXPECT_FALSE(list.now().contains(address("21.0.0.1")));
  EXPECT_NE(line.find("3 ranges of addresses, 2 before"), std::string::npos) << line;
}

TEST_F(LiveBlockListTest, keeps_the_old_list_when_any_line_of_any_file_is_wrong_or_a_file_is_gone) {
  const auto first = write("first", "20.0.0.0/24\n");
  const auto second = write("second", "21.0.0.0/24\n");
  LiveBlockList list{{first, second}};
  list.read();
  write("first", "30.0.0.0/24\n");
  write("second", "31.0.0.0/24\nnonsense\n");
  const auto line = list.read_again();
  EXPECT_NE(line.find("second:2: \"nonsense\""), std::string::npos) << line;
  EXPECT_NE(line.find("stays as it was"), std::string::npos) << line;
  std::filesystem::remove(second);
  EXPECT_NE(list.read_again().find("No such file"), std::string::npos);
  EXPECT_TRUE(list.now().contains(address("20.0.0.1")));
  EXPECT_TRUE(list.now().contains(address("21.0.0.1")));
  EXPECT_FALSE(list.now().contains(address("30.0.0.1")));
}

TEST_F(LiveBlockListTest, never_reads_a_pipe_twice) {
  const auto path = directory_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  LiveBlockList list{{path}};
  EXPECT_NE(list.read_again().find("no regular file"), std::string::npos);
}

TEST_F(LiveBlockListTest, is_strict_when_it_is_first_read) {
  LiveBlockList list{{write("first", "20.0.0.1/8\n")}};
  EXPECT_THROW(list.read(), Failure);
}

}  // namespace
}  // namespace utnt::apps
