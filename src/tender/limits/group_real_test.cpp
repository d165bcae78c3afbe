// SPDX-License-Identifier: BSD-2-Clause
// Groups of the running kernel: that its limits hold, its counters are read, and nothing stays behind. Runs with
// whichever version this user may use; the other one is skipped.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "os_linux/clock.hpp"
#include "tender/limits/cgroup.hpp"
#include "tender/limits/group_home.hpp"

namespace utnt::tender {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

/// Starts `body` as a process of the group, born outside and moved by itself.
template <class Body>
pid_t start_in(const InstanceGroup& group, Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int descriptor : group.join_descriptors()) {
      if (::write(descriptor, "0", 1) != 1) ::_exit(99);
    }
    body();
    ::_exit(0);
  }
  return child;
}

int end_of(pid_t child) {
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

/// Until the process is in the group, or ten seconds have passed.
void wait_until_inside(const InstanceGroup& group, pid_t process) {
  for (int i = 0; i < 5000; ++i) {
    std::ifstream processes{group.directories().back() + "/cgroup.procs"};
    for (pid_t inside = 0; processes >> inside;) {
      if (inside == process) return;
    }
    ::usleep(2000);
  }
  ADD_FAILURE() << "the process does not join";
}

void touch(std::uint64_t bytes) {
  auto* const memory = static_cast<volatile char*>(
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
  if (memory == MAP_FAILED) ::_exit(98);
  for (std::uint64_t i = 0; i < bytes; i += 4096) memory[i] = 1;
}

void use_processor(Duration duration) {
  const auto end = os_linux::monotonic_now() + duration;
  while (os_linux::monotonic_now() < end) {
  }
}

bool exists(const std::string& directory) { return std::filesystem::exists(directory); }

/// The version (1 or 2) that has the memory controller for this user; 0: none.
int usable_version() {
  if (!group_problem().empty()) return 0;
  const auto home = GroupHome::shared();
  for (const auto& place : home->places()) {
    if (place.limits_memory) return place.is_v2 ? 2 : 1;
  }
  return 0;
}

void memory_limit_holds() {
  const InstanceGroup group{{.memory_bytes = 48 * mebibyte, .processors = 0}};
  EXPECT_EQ(end_of(start_in(group, [] { touch(4 * mebibyte); })), 0);
  const auto modest = group.use();
  ASSERT_TRUE(modest.memory_peak_bytes.has_value());
  EXPECT_GE(*modest.memory_peak_bytes, 4 * mebibyte);
  EXPECT_LE(*modest.memory_peak_bytes, 48 * mebibyte);
  EXPECT_EQ(modest.out_of_memory_kills, 0U);
  const int greedy = end_of(start_in(group, [] { touch(160 * mebibyte); }));
  EXPECT_TRUE(WIFSIGNALED(greedy) && WTERMSIG(greedy) == SIGKILL) << greedy;
  EXPECT_GE(group.use().out_of_memory_kills, 1U);
}

void processor_limit_holds() {
  constexpr Duration wall{600'000'000};
  const InstanceGroup group{{.memory_bytes = 0, .processors = 0.2}};
  EXPECT_EQ(end_of(start_in(group, [] { use_processor(wall); })), 0);
  const auto used = group.use().processor_time;
  ASSERT_TRUE(used.has_value());
  // A fifth of 0.6 s, and at most one more quota at either end of a period.
  EXPECT_LE(used->ns(), 200'000'000);
  EXPECT_GT(used->ns(), 0);
}

void nothing_stays() {
  std::vector<std::string> directories;
  pid_t child = -1;
  {
    const InstanceGroup group{{.memory_bytes = 48 * mebibyte, .processors = 1}};
    directories = group.directories();
    child = start_in(group, [] { ::sleep(30); });
    wait_until_inside(group, child);
    EXPECT_TRUE(std::ranges::all_of(directories, exists));
  }
  const int status = end_of(child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_TRUE(std::ranges::none_of(directories, exists));
}

/// A launcher killed in mid-run: the next one removes its groups and the process in them.
void killed_launcher_is_cleaned_up_after() {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t launcher = ::fork();
  if (launcher == 0) {
    const InstanceGroup group{{.memory_bytes = 48 * mebibyte, .processors = 1}};
    const pid_t image = start_in(group, [] { ::sleep(30); });
    wait_until_inside(group, image);
    std::string said = std::to_string(image);
    for (const auto& directory : group.directories()) said += "\n" + directory;
    if (::write(ends[1], said.data(), said.size()) < 0) ::_exit(1);
    ::raise(SIGKILL);
  }
  ::close(ends[1]);
  std::string said(4096, '\0');
  const auto got = ::read(ends[0], said.data(), said.size());
  ::close(ends[0]);
  ASSERT_GT(got, 0);
  said.resize(static_cast<std::size_t>(got));
  end_of(launcher);
  const int image = std::stoi(said);
  std::vector<std::string> directories;
  for (auto at = said.find('\n'); at != std::string::npos; at = said.find('\n', at + 1))
    directories.push_back(said.substr(at + 1, said.find('\n', at + 1) - at - 1));
  ASSERT_FALSE(directories.empty());
  EXPECT_TRUE(std::ranges::all_of(directories, exists));
  const InstanceGroup next{{.memory_bytes = mebibyte, .processors = 0}};
  EXPECT_TRUE(std::ranges::none_of(directories, exists));
  const auto program = "/proc/" + std::to_string(image) + "/exe";  // even a process that nobody waits for has none
  for (int i = 0; i < 5000 && exists(program); ++i) ::usleep(2000);
  EXPECT_FALSE(exists(program));
}

void all_of_it() {
  memory_limit_holds();
  processor_limit_holds();
  nothing_stays();
  killed_launcher_is_cleaned_up_after();
}

TEST(KernelGroups, of_version_1_keep_their_limits_and_leave_nothing) {
  if (usable_version() != 1) GTEST_SKIP() << "control groups of version 1 cannot be used here: " << group_problem();
  all_of_it();
}

TEST(KernelGroups, of_version_2_keep_their_limits_and_leave_nothing) {
  if (usable_version() != 2) GTEST_SKIP() << "control groups of version 2 cannot be used here";
  all_of_it();
}

}  // namespace
}  // namespace utnt::tender
