// SPDX-License-Identifier: BSD-2-Clause
// Version 2 of control groups, against a tree that keeps the kernel's rules. Expected file contents: the kernel's
// documentation of cgroup-v2.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "os_linux/failure.hpp"
#include "support/temporary_directory.hpp"
#include "tender/limits/cgroup.hpp"
#include "tender/limits/group_home.hpp"
#include "tender/limits/kernel_tree_test.hpp"

namespace utnt::tender {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
const std::string scope = "/sys/fs/cgroup/user/scope";

class GroupVersion2 : public ::testing::Test {
 protected:
  GroupVersion2() : tree{root_.path(), "/user/scope"} {}

  std::shared_ptr<GroupHome> home() { return std::make_shared<GroupHome>(tree, self); }

 private:
  const test::TemporaryDirectory root_;

 protected:
  KernelTree tree;
  Owner self{Owner::self()};
};

TEST_F(GroupVersion2, bounds_memory_without_swap_and_processor_time) {
  std::string directory;
  {
    InstanceGroup group{home(), {.memory_bytes = 8 * mebibyte, .processors = 0.5}};
    ASSERT_EQ(group.directories().size(), 1U);
    directory = group.directories().front();
    EXPECT_EQ(tree.text(directory + "/memory.max"), "8388608\n");
    EXPECT_EQ(tree.text(directory + "/memory.swap.max"), "0\n");
    EXPECT_EQ(tree.text(directory + "/cpu.max"), "50000 100000\n");
    EXPECT_EQ(tree.text(scope + "/cgroup.subtree_control"), "cpu memory");
  }
  EXPECT_FALSE(tree.exists(directory));
}

TEST_F(GroupVersion2, leaves_what_is_not_limited_alone) {
  const InstanceGroup group{home(), {.memory_bytes = mebibyte, .processors = 0}};
  EXPECT_EQ(tree.text(group.directories().front() + "/cpu.max"), "max 100000\n");
}

TEST_F(GroupVersion2, tells_what_was_used) {
  const InstanceGroup group{home(), {.memory_bytes = mebibyte, .processors = 0}};
  const auto at = group.directories().front();
  tree.put(at + "/cpu.stat", "usage_usec 1234\nuser_usec 1000\nsystem_usec 234\n");
  tree.put(at + "/memory.peak", "524288\n");
  tree.put(at + "/memory.events", "low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\n");
  const auto use = group.use();
  EXPECT_EQ(use.processor_time, Duration{1'234'000});
  EXPECT_EQ(use.memory_peak_bytes, 524'288U);
  EXPECT_EQ(use.out_of_memory_kills, 2U);
}

TEST_F(GroupVersion2, says_nothing_of_what_an_old_kernel_does_not_count) {
  const InstanceGroup group{home(), {.memory_bytes = mebibyte, .processors = 0}};
  std::filesystem::remove(tree.path_of(group.directories().front() + "/memory.peak"));
  EXPECT_FALSE(group.use().memory_peak_bytes.has_value());
}

TEST_F(GroupVersion2, takes_a_process_by_its_number) {
  InstanceGroup group{home(), {.memory_bytes = mebibyte, .processors = 0}};
  const auto processes = group.directories().front() + "/cgroup.procs";
  group.add(4'000'000);  // beyond any process here
  EXPECT_EQ(tree.text(processes), "4000000");
  EXPECT_EQ(group.join_descriptors().size(), 1U);
  tree.put(processes, "");
}

TEST_F(GroupVersion2, lets_a_lonely_launcher_step_aside_and_come_back) {
  const auto own = std::to_string(self.process_id) + "\n";
  tree.put(scope + "/cgroup.procs", own);
  {
    const InstanceGroup group{home(), {.memory_bytes = mebibyte, .processors = 0}};
    EXPECT_EQ(tree.text(scope + "/cgroup.procs"), "");
    EXPECT_EQ(tree.text(scope + "/utnt-" + self.text() + "-launcher/cgroup.procs"), own);
    EXPECT_EQ(tree.text(group.directories().front() + "/memory.max"), "1048576\n");
  }
  EXPECT_EQ(tree.text(scope + "/cgroup.procs"), own);
  EXPECT_EQ(tree.text(scope + "/cgroup.subtree_control"), "");
  EXPECT_TRUE(tree.directories(scope).empty());
}

TEST_F(GroupVersion2, is_refused_beside_other_processes_with_the_command_that_helps) {
  tree.put(scope + "/cgroup.procs", std::to_string(self.process_id) + "\n4000000\n");
  try {
    const InstanceGroup group{home(), {.memory_bytes = mebibyte, .processors = 0}};
    FAIL() << "limited";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::not_permitted);
    EXPECT_NE(std::string{failure.what()}.find("cannot limit the image's memory: other processes are in"),
              std::string::npos);
    EXPECT_NE(std::string{failure.what()}.find("systemd-run --scope -p Delegate=yes"), std::string::npos);
  }
  EXPECT_TRUE(tree.directories(scope).empty());
}

TEST_F(GroupVersion2, is_refused_where_the_user_may_not_divide_the_group) {
  tree.forbid(scope);
  try {
    const InstanceGroup group{home(), {.memory_bytes = 0, .processors = 1}};
    FAIL() << "limited";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::not_permitted);
    EXPECT_NE(std::string{failure.what()}.find("cannot limit the image's processor time: this user may not divide"),
              std::string::npos);
  }
}

TEST_F(GroupVersion2, is_refused_where_a_controller_is_missing) {
  tree.put(scope + "/cgroup.controllers", "cpu\n");
  EXPECT_THROW(InstanceGroup(home(), {.memory_bytes = mebibyte, .processors = 0}), Failure);
  EXPECT_NO_THROW(InstanceGroup(home(), {.memory_bytes = 0, .processors = 1}));
}

TEST_F(GroupVersion2, removes_what_a_killed_launcher_left_and_nothing_else) {
  tree.put(scope + "/cgroup.subtree_control", "cpu memory");
  auto dead = self, elsewhere = self;
  dead.start_ticks += 1;  // the same number, another process
  elsewhere.pid_namespace += 1;
  elsewhere.process_id = 4'000'000;
  const auto group_of = [](const Owner& owner) { return scope + "/utnt-" + owner.text() + "-0"; };
  for (const auto& path : {group_of(dead), group_of(self), group_of(elsewhere), scope + "/utnt-notes"})
    ASSERT_EQ(tree.make_directory(path), 0);
  const auto kept = home();
  EXPECT_FALSE(tree.exists(group_of(dead)));
  EXPECT_TRUE(tree.exists(group_of(self)));
  EXPECT_TRUE(tree.exists(group_of(elsewhere)));
  EXPECT_TRUE(tree.exists(scope + "/utnt-notes"));
}

TEST_F(GroupVersion2, refuses_limits_that_make_no_sense) {
  for (const ResourceLimits limits : {ResourceLimits{1, 0}, ResourceLimits{0, -1}, ResourceLimits{0, 0.001},
                                      ResourceLimits{0, 1e9}, ResourceLimits{0, std::strtod("nan", nullptr)}}) {
    try {
      const InstanceGroup group{home(), limits};
      FAIL() << limits.memory_bytes << " " << limits.processors;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), ExitCode::bad_input);
    }
  }
}

}  // namespace
}  // namespace utnt::tender
