// SPDX-License-Identifier: BSD-2-Clause
// On a tree of plain directories, which rmdir(2) treats as the kernel treats control groups.
#include "tender/container/left_groups.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temporary_directory.hpp"

namespace utnt::tender {
namespace {

TEST(LeftGroups, of_the_storages_containers_go_and_others_stay) {
  const test::TemporaryDirectory place;
  const auto make = [&](const std::string& path) { std::filesystem::create_directories(place / path); };
  make("storage/root/overlay-containers/0a1b");
  for (const auto* const tree : {"memory", "pids"})
    for (const auto* const group : {"libpod-0a1b", "libpod-conmon-0a1b", "libpod-ffff"})
      make(std::string{"groups/"} + tree + "/libpod_parent/" + group);
  make("groups/libpod_parent/libpod-0a1b");
  make("groups/cpu/libpod_parent/libpod-0a1b/busy");
  remove_left_groups(place / "storage", place / "groups");
  const auto exists = [&](const std::string& path) { return std::filesystem::exists(place / ("groups/" + path)); };
  EXPECT_FALSE(exists("memory/libpod_parent/libpod-0a1b"));
  EXPECT_FALSE(exists("pids/libpod_parent/libpod-conmon-0a1b"));
  EXPECT_FALSE(exists("libpod_parent/libpod-0a1b")) << "version 2";
  EXPECT_TRUE(exists("memory/libpod_parent/libpod-ffff")) << "somebody else's";
  EXPECT_TRUE(exists("cpu/libpod_parent/libpod-0a1b/busy")) << "in use";
  remove_left_groups(place / "nowhere", place / "groups");
}

}  // namespace
}  // namespace utnt::tender
