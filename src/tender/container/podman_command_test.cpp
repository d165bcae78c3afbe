// SPDX-License-Identifier: BSD-2-Clause
// The words of podman's commands, where a missing one would take away a protection or a limit, and what its exit
// statuses mean: podman-run(1), "Exit Status".
#include "tender/container/podman_command.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace utnt::tender {
namespace {

const Podman podman{.program = "/usr/bin/podman", .runtime = "/usr/sbin/runc", .directory = "/spool/containers"};

ContainerPlan some_plan() {
  return {.name = "utnt-7-1",
          .image = "localhost/utnt:abc",
          .network = "/proc/7/ns/net",
          .interface = "utnt0",
          .command_line = "rules=utnt pps=100",
          .memory_bytes = 64 << 20,
          .processors = 0.5,
          .seconds = 130};
}

bool follows(const std::vector<std::string>& words, const std::string& option, const std::string& value) {
  for (auto at = words.begin(); at != words.end() && at + 1 != words.end(); ++at)
    if (*at == option && *(at + 1) == value) return true;
  return false;
}

TEST(PodmanCommand, gives_the_program_one_capability_and_nothing_to_write_to) {
  const auto words = podman_run(podman, some_plan());
  EXPECT_TRUE(follows(words, "--cap-drop", "all"));
  EXPECT_TRUE(follows(words, "--cap-add", "NET_RAW"));
  EXPECT_EQ(std::count(words.begin(), words.end(), "--cap-add"), 1);
  EXPECT_TRUE(follows(words, "--security-opt", "no-new-privileges"));
  EXPECT_TRUE(follows(words, "--user", "65534:65534"));
  for (const auto* const word : {"--read-only", "--read-only-tmpfs=false", "--rm"})
    EXPECT_NE(std::find(words.begin(), words.end(), word), words.end()) << word;
  EXPECT_EQ(std::find(words.begin(), words.end(), "--privileged"), words.end());
}

TEST(PodmanCommand, limits_memory_processes_processor_and_time) {
  const auto words = podman_run(podman, some_plan());
  EXPECT_TRUE(follows(words, "--memory", "67108864"));
  EXPECT_TRUE(follows(words, "--memory-swap", "67108864")) << "no swap beyond the memory";
  EXPECT_TRUE(follows(words, "--pids-limit", "16"));
  EXPECT_TRUE(follows(words, "--cpus", "0.50"));
  EXPECT_TRUE(follows(words, "--timeout", "130"));
  EXPECT_TRUE(follows(words, "--ulimit", "nofile=1024:1024"));
  auto plan = some_plan();
  plan.processors = 0;
  plan.seconds = 0;
  const auto unlimited = podman_run(podman, plan);
  EXPECT_EQ(std::find(unlimited.begin(), unlimited.end(), "--cpus"), unlimited.end());
  EXPECT_EQ(std::find(unlimited.begin(), unlimited.end(), "--timeout"), unlimited.end());
}

TEST(PodmanCommand, names_the_namespace_the_runtime_and_a_storage_of_its_own) {
  const auto words = podman_run(podman, some_plan());
  EXPECT_TRUE(follows(words, "--network", "ns:/proc/7/ns/net"));
  EXPECT_TRUE(follows(words, "--runtime", "/usr/sbin/runc"));
  EXPECT_TRUE(follows(words, "--root", "/spool/containers/root"));
  EXPECT_TRUE(follows(words, "--pull", "never"));
  EXPECT_TRUE(follows(words, "--preserve-fds", "2"));
  const auto program = std::find(words.begin(), words.end(), "/utnt-prober");
  ASSERT_NE(program, words.end());
  EXPECT_EQ(*(program - 1), "localhost/utnt:abc");
  EXPECT_EQ(words.back(), "rules=utnt pps=100");
  EXPECT_EQ(*(words.end() - 2), "--");
  EXPECT_TRUE(follows({program, words.end()}, "--interface", "utnt0"));
}

TEST(PodmanCommand, keeps_podmans_run_directory_as_short_as_podman_wants_it) {
  Podman deep = podman;
  deep.directory = "/" + std::string(200, 'x');
  EXPECT_LE(deep.run_directory().size(), 50U);
  EXPECT_NE(deep.run_directory(), podman.run_directory());
  EXPECT_EQ(podman.run_directory(), Podman{podman}.run_directory());
}

TEST(PodmanCommand, takes_only_file_names_that_can_name_an_image) {
  EXPECT_EQ(container_image_name("/cache/0a1b"), "localhost/utnt:0a1b");
  EXPECT_EQ(container_image_name("utnt-container.tar"), "localhost/utnt:utnt-container.tar");
  for (const auto* const path : {"/cache/", "", "/a/.hidden", "/a/b c", "/a/b:c", "/a/-x"})
    EXPECT_EQ(container_image_name(path), "") << path;
  EXPECT_EQ(container_image_name(std::string(129, 'a')), "");
}

TEST(PodmanStatus, tells_podmans_failures_from_the_programs) {
  for (const int own : {0, 1, 2, 3, 4, 5, 130}) {
    EXPECT_EQ(meaning_of_podman_status(own).exit_code, own);
    EXPECT_STREQ(meaning_of_podman_status(own).explanation, "");
  }
  EXPECT_EQ(meaning_of_podman_status(125).exit_code, 4) << "podman itself";
  EXPECT_EQ(meaning_of_podman_status(126).exit_code, 4) << "the runtime";
  EXPECT_EQ(meaning_of_podman_status(127).exit_code, 2) << "no such program in the image";
  EXPECT_EQ(meaning_of_podman_status(137).exit_code, 124) << "killed";
  EXPECT_EQ(meaning_of_podman_status(139).exit_code, 125) << "a memory fault";
  for (const int status : {125, 126, 127, 137, 139}) EXPECT_STRNE(meaning_of_podman_status(status).explanation, "");
}

}  // namespace
}  // namespace utnt::tender
