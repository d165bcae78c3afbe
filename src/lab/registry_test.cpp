// SPDX-License-Identifier: BSD-2-Clause
// The registry of labs: what is up, what is stale, who may read it.
#include "lab/registry.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>

#include "os_linux/failure.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::lab {
namespace {

using os_linux::ExitCode;
using os_linux::Failure;

class RegistryTest : public ::testing::Test {
 protected:
  /// A process that holds the lab `name` until it is told to end.
  pid_t start_holder(const std::string& name, void (*on_term)(int) = SIG_DFL) {
    std::array<int, 2> ready{};
    EXPECT_EQ(::pipe(ready.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::signal(SIGTERM, on_term);
      Registry registry{directory_};
      const auto claim = registry.claim(name);
      LabRecord record;
      record.name = name;
      record.title = "a title";
      record.pid = ::getpid();
      record.seed = 18446744073709551615U;
      record.destinations = {"20.0.8.2"};
      registry.publish(record);
      (void)!::write(ready[1], "", 1);
      for (;;) ::pause();
    }
    char mark = 0;
    EXPECT_EQ(::read(ready[0], &mark, 1), 1);
    ::close(ready[0]);
    ::close(ready[1]);
    return child;
  }
  static void reap(pid_t child) { ::waitpid(child, nullptr, 0); }

  const test::TemporaryDirectory scratch_;
  const std::string& directory_{scratch_.path()};
};

ExitCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return ExitCode::done;
}

TEST_F(RegistryTest, a_running_lab_is_found_with_everything_that_was_recorded) {
  const auto child = start_holder("one");
  Registry registry{directory_};
  const auto lab = registry.find("one");
  EXPECT_EQ(lab.pid, child);
  EXPECT_EQ(lab.title, "a title");
  EXPECT_EQ(lab.seed, 18446744073709551615U);
  EXPECT_EQ(lab.destinations, std::vector<std::string>{"20.0.8.2"});
  EXPECT_EQ(registry.find("").name, "one") << "the only lab needs no name";
  ::kill(child, SIGKILL);
  reap(child);
}

TEST_F(RegistryTest, a_lab_whose_server_died_is_gone_with_its_files) {
  const auto child = start_holder("one");
  ::kill(child, SIGKILL);
  reap(child);
  Registry registry{directory_};
  EXPECT_TRUE(registry.running().empty());
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/labs/one"));
  EXPECT_EQ(code_of([&] { registry.find("one"); }), ExitCode::environment);
}

TEST_F(RegistryTest, a_name_is_taken_only_once) {
  const auto child = start_holder("one");
  Registry registry{directory_};
  EXPECT_EQ(code_of([&] { registry.claim("one"); }), ExitCode::bad_input);
  EXPECT_EQ(code_of([&] { registry.claim("two"); }), ExitCode::done);
  ::kill(child, SIGKILL);
  reap(child);
  EXPECT_EQ(code_of([&] { registry.claim("one"); }), ExitCode::done);
}

TEST_F(RegistryTest, labs_that_come_and_go_at_the_same_time_do_not_disturb_each_other) {
  constexpr int programs = 6, rounds = 500;
  std::vector<pid_t> children;
  for (int i = 0; i < programs; ++i) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    try {
      Registry registry{directory_};
      const auto name = "lab" + std::to_string(i);
      for (int round = 0; round < rounds; ++round) {
        const auto claim = registry.claim(name);
        static_cast<void>(registry.running());
        if (!std::filesystem::exists(claim.directory + "/lock")) ::_exit(2);
      }
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  for (const auto child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
}

TEST_F(RegistryTest, several_labs_without_a_name_given_are_an_error_that_lists_them) {
  const auto one = start_holder("one");
  const auto two = start_holder("two");
  Registry registry{directory_};
  try {
    registry.find("");
    FAIL() << "one of the two was chosen";
  } catch (const Failure& failure) {
    EXPECT_NE(std::string{failure.what()}.find("one, two"), std::string::npos) << failure.what();
  }
  for (const auto child : {one, two}) {
    ::kill(child, SIGKILL);
    reap(child);
  }
}

TEST_F(RegistryTest, names_that_could_leave_the_directory_are_refused) {
  Registry registry{directory_};
  for (const auto* name : {"", ".", "..", "a/b", "../x", ".hidden", "with space", "new\nline"}) {
    EXPECT_EQ(code_of([&] { registry.claim(name); }), ExitCode::bad_input) << name;
  }
  EXPECT_EQ(code_of([&] { registry.claim(std::string(41, 'x')); }), ExitCode::bad_input);
}

TEST_F(RegistryTest, stopping_ends_the_server_and_removes_its_files) {
  const auto child = start_holder("one");
  Registry registry{directory_};
  // The child is ours, so it stays as a zombie; its lock is free all the same.
  registry.stop(registry.find("one"), 1000);
  reap(child);
  EXPECT_TRUE(registry.running().empty());
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/labs/one"));
}

TEST_F(RegistryTest, a_server_that_ignores_the_request_is_killed) {
  const auto child = start_holder("one", SIG_IGN);
  Registry registry{directory_};
  registry.stop(registry.find("one"), 50);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST_F(RegistryTest, files_are_for_their_owner_alone) {
  const auto child = start_holder("one");
  struct stat status {};
  ASSERT_EQ(::stat((directory_ + "/labs/one").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  ASSERT_EQ(::stat((directory_ + "/labs/one/record.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ::kill(child, SIGKILL);
  reap(child);
}

TEST_F(RegistryTest, a_directory_that_others_can_write_is_not_used) {
  std::filesystem::create_directory(directory_ + "/labs");
  ::chmod((directory_ + "/labs").c_str(), 0777);
  EXPECT_EQ(code_of([&] { Registry registry{directory_}; }), ExitCode::not_permitted);
}

TEST_F(RegistryTest, a_damaged_record_is_passed_over) {
  const auto child = start_holder("one");
  std::ofstream{directory_ + "/labs/one/record.json"} << R"({"name": "one", "pid": "seven"})";
  EXPECT_TRUE(Registry{directory_}.running().empty());
  std::ofstream{directory_ + "/labs/one/record.json"} << "{";
  EXPECT_TRUE(Registry{directory_}.running().empty());
  ::kill(child, SIGKILL);
  reap(child);
}

}  // namespace
}  // namespace utnt::lab
