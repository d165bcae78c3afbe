// SPDX-License-Identifier: BSD-2-Clause
// Texts as cgroups(7) and proc(5) describe them, from machines of several kinds.
#include "tender/limits/hierarchy.hpp"

#include <gtest/gtest.h>

namespace utnt::tender {
namespace {

TEST(Hierarchies, of_version_1_are_one_for_each_controller) {
  const auto found = find_hierarchies(
      "33 32 0:27 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
      "34 32 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
      "35 32 0:29 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n",
      "9:memory:/jobs/7\n8:cpu,cpuacct:/\n7:pids:/jobs/7\n1:name=systemd:/\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].own_group, "/sys/fs/cgroup/memory/jobs/7");
  EXPECT_TRUE(found[0].has_memory);
  EXPECT_FALSE(found[0].has_cpu);
  EXPECT_EQ(found[1].own_group, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_TRUE(found[1].has_cpu && found[1].has_accounting);
}

TEST(Hierarchies, of_version_2_are_one) {
  const auto found = find_hierarchies("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/user.slice/a\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].is_v2);
  EXPECT_EQ(found[0].own_group, "/sys/fs/cgroup/user.slice/a");
}

TEST(Hierarchies, are_seen_through_a_mount_of_a_part) {
  const auto found =
      find_hierarchies("30 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/docker/x/job\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].own_group, "/sys/fs/cgroup/job");
  EXPECT_TRUE(find_hierarchies("30 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 c rw\n", "0::/docker/xy\n").empty());
}

TEST(Hierarchies, of_paths_with_blanks_are_found) {
  const auto found = find_hierarchies("30 23 0:26 / /mnt/my\\040groups rw - cgroup2 cgroup2 rw\n", "0::/a b\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].own_group, "/mnt/my groups/a b");
}

TEST(Hierarchies, that_are_not_mounted_or_not_readable_are_none) {
  EXPECT_TRUE(find_hierarchies("", "0::/\n").empty());
  EXPECT_TRUE(find_hierarchies("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "").empty());
  EXPECT_TRUE(find_hierarchies("30 23\n- - -\ncgroup\n", "::\n0\n0:\n").empty());
}

}  // namespace
}  // namespace utnt::tender
