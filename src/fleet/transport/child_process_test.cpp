// SPDX-License-Identifier: BSD-2-Clause
// Child programs: what they say, how they end, that none is left behind.
#include "fleet/transport/child_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "os_linux/clock.hpp"
#include "os_linux/failure.hpp"

namespace utnt::fleet {
namespace {

using namespace utnt::literals;

Command shell(const std::string& script) { return {.words = {"sh", "-c", script}}; }

TEST(ChildProcess, a_command_gets_its_input_and_gives_output_errors_and_status) {
  const std::string_view input = "three\nlines\nhere\n";
  const auto result = run_command(shell("wc -l; echo trouble >&2; exit 3"), std::as_bytes(std::span{input}));
  EXPECT_EQ(result.exit_status, 3);
  EXPECT_EQ(result.output, "3\n");
  EXPECT_EQ(result.errors, "trouble\n");
  EXPECT_FALSE(result.is_out_of_time);
}

TEST(ChildProcess, megabytes_pass_through_a_command_in_both_directions) {
  const std::string input(3'000'000, 'x');
  const auto result = run_command({.words = {"cat"}}, std::as_bytes(std::span{input}), {.output_bytes_max = 4'000'000});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.output, input);
}

TEST(ChildProcess, a_command_that_reads_nothing_still_ends) {
  const std::string input(3'000'000, 'x');
  EXPECT_EQ(run_command(shell("exit 4"), std::as_bytes(std::span{input})).exit_status, 4);
}

TEST(ChildProcess, a_command_that_never_ends_is_ended_at_its_limit) {
  const Instant begin = os_linux::monotonic_now();
  const auto result = run_command(shell("exec sleep 100"), {}, {.time_max = 50_ms});
  EXPECT_TRUE(result.is_out_of_time);
  EXPECT_EQ(result.exit_status, -1);
  EXPECT_LT(os_linux::monotonic_now() - begin, 5_s);
}

TEST(ChildProcess, a_command_that_floods_is_ended) {
  const auto result = run_command({.words = {"yes"}}, {}, {.output_bytes_max = 100'000});
  EXPECT_LT(result.output.size(), 200'000U);
  EXPECT_NE(result.exit_status, 0);
}

TEST(ChildProcess, a_program_that_is_not_there_is_named) {
  try {
    run_command({.words = {"/no/such/program"}}, {});
    FAIL() << "nothing was thrown";
  } catch (const os_linux::Failure& failure) {
    EXPECT_NE(std::string{failure.what()}.find("/no/such/program"), std::string::npos);
  }
}

TEST(ChildProcess, the_environment_is_ours_with_what_the_command_sets) {
  ASSERT_EQ(::setenv("UTNT_TEST_KEPT", "kept", 1), 0);
  ASSERT_EQ(::setenv("UTNT_TEST_SET", "old", 1), 0);
  auto command = shell("echo $UTNT_TEST_KEPT $UTNT_TEST_SET");
  command.environment = {{"UTNT_TEST_SET", "new"}};
  EXPECT_EQ(run_command(command, {}).output, "kept new\n");
}

TEST(ChildProcess, a_child_has_no_terminal_and_ordinary_signals) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  const auto result = run_command(shell("(: </dev/tty) 2>/dev/null && echo terminal; kill -PIPE $$; echo ignored"), {});
  ::signal(SIGPIPE, before);
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(result.exit_status, -1);
}

TEST(ChildProcess, the_destructor_leaves_no_process_behind) {
  int id = 0;
  {
    const ChildProcess unyielding{shell("trap '' TERM; while :; do sleep 0.05; done")};
    id = unyielding.id();
    EXPECT_EQ(::kill(id, 0), 0);
  }
  EXPECT_EQ(::kill(id, 0), -1);
}

TEST(ChildProcess, only_the_end_of_a_long_complaint_is_kept) {
  const auto result = run_command(shell("yes complaint | head -c 100000 >&2; echo last words >&2"), {});
  EXPECT_LE(result.errors.size(), 4096U);
  EXPECT_TRUE(result.errors.ends_with("last words\n"));
}

TEST(ChildProcess, a_command_is_shown_as_a_shell_would_take_it) {
  EXPECT_EQ(shown({.words = {"ssh", "-p", "22", "a b", "it's", ""}}), R"(ssh -p 22 'a b' 'it'\''s' '')");
}

}  // namespace
}  // namespace utnt::fleet
