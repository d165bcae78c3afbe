// SPDX-License-Identifier: BSD-2-Clause
#include "os_linux/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "os_linux/failure.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::os_linux {
namespace {

TEST(ScratchDirectory, is_private_and_goes_with_all_that_is_in_it) {
  const test::TemporaryDirectory parent;
  std::string path;
  {
    const ScratchDirectory scratch{parent.path(), "task"};
    path = scratch.path();
    EXPECT_TRUE(path.starts_with(parent / "task."));
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
    std::filesystem::create_directories(scratch / "deeper/still");
    std::ofstream{scratch / "deeper/file"} << "content";
    EXPECT_TRUE(std::filesystem::exists(path + "/deeper/file"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(std::filesystem::exists(parent.path()));
}

TEST(ScratchDirectory, two_of_one_name_are_two_directories) {
  const test::TemporaryDirectory parent;
  const ScratchDirectory one{parent.path(), "task"}, other{parent.path(), "task"};
  EXPECT_NE(one.path(), other.path());
}

TEST(ScratchDirectory, fails_where_there_is_no_parent) {
  const test::TemporaryDirectory parent;
  EXPECT_THROW((ScratchDirectory{parent / "nowhere", "task"}), Failure);
}

}  // namespace
}  // namespace utnt::os_linux
