// SPDX-License-Identifier: BSD-2-Clause
// Staging through the shells of this machine, each as the login shell of a node whose home is a temporary directory.
#include "fleet/transport/stage.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "fleet/transport/transport_test_support.hpp"
#include "fleet/trust/digest.hpp"

namespace utnt::fleet {
namespace {

using test::contains;
using test::failure_of;
using test::TemporaryDirectory;

std::string this_machine() {
  auto text = run_command({.words = {"uname", "-m"}}, {}).output;
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

AgentProgram program(std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text});
  return {.content = {bytes.begin(), bytes.end()}, .digest = sha256_hex(text), .machine = this_machine()};
}

/// The node: a login shell, what its start-up files print, its home.
RemoteShell node_with(const std::string& home, const std::string& login_shell = "sh",
                      const std::string& greeting = "") {
  return [=](const std::string& command, ConstBytes input) {
    Command local{.words = {login_shell, "-c", greeting + command}, .environment = {{"HOME", home}}};
    return run_command(local, input);
  };
}

std::size_t files_in_cache(const std::string& home) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{home + "/.cache/utnt"}, {}));
}

const std::string script = "#!/bin/sh\necho agent \"$@\"\n" + std::string(500'000, '#') + "\n";

TEST(Stage, the_agent_arrives_whole_and_executable_and_is_found_the_next_time) {
  const TemporaryDirectory home;
  const AgentProgram agent = program(script);
  const auto first = stage_agent("n", agent, node_with(home.path()));
  EXPECT_EQ(first.outcome, Staged::now) << first.detail;
  EXPECT_EQ(first.machine, this_machine());
  const std::string path = home / (".cache/utnt/agent-" + agent.digest);
  EXPECT_EQ(test::file_text(path), script);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  EXPECT_EQ(files_in_cache(home.path()), 1U) << "nothing temporary is left";
  EXPECT_EQ(stage_agent("n", agent, node_with(home.path())).outcome, Staged::was_there);
  EXPECT_EQ(node_with(home.path())(remote_relay_command(agent.digest), {}).output, "agent relay\n");
}

TEST(Stage, every_login_shell_hands_the_scripts_on) {
  for (const std::string shell : {"sh", "bash", "dash", "zsh", "fish", "csh", "tcsh"}) {
    if (!test::has_program(shell)) continue;
    const TemporaryDirectory home;
    const AgentProgram agent = program(script);
    EXPECT_EQ(stage_agent("n", agent, node_with(home.path(), shell)).outcome, Staged::now) << shell;
    EXPECT_EQ(stage_agent("n", agent, node_with(home.path(), shell)).outcome, Staged::was_there) << shell;
    EXPECT_EQ(node_with(home.path(), shell)(remote_relay_command(agent.digest), {}).output, "agent relay\n") << shell;
  }
}

TEST(Stage, a_file_that_was_altered_is_replaced) {
  const TemporaryDirectory home;
  const AgentProgram agent = program(script);
  stage_agent("n", agent, node_with(home.path()));
  test::write_file(home / (".cache/utnt/agent-" + agent.digest), "#!/bin/sh\nevil\n");
  EXPECT_EQ(stage_agent("n", agent, node_with(home.path())).outcome, Staged::now);
  EXPECT_EQ(test::file_text(home / (".cache/utnt/agent-" + agent.digest)), script);
}

TEST(Stage, what_arrives_cut_never_gets_the_name) {
  const TemporaryDirectory home;
  const AgentProgram agent = program(script);
  AgentProgram cut = agent;
  cut.content.resize(cut.content.size() / 2);
  const auto result = stage_agent("n", cut, node_with(home.path()));
  EXPECT_EQ(result.outcome, Staged::no_connection);
  EXPECT_TRUE(contains(result.detail, "did not arrive whole")) << result.detail;
  EXPECT_EQ(files_in_cache(home.path()), 0U);
}

TEST(Stage, text_of_login_scripts_does_no_harm) {
  const TemporaryDirectory home;
  const AgentProgram agent = program(script);
  const auto shell = node_with(home.path(), "sh", "echo 'Welcome! utnt-agent nonsense'; ");
  EXPECT_EQ(stage_agent("n", agent, shell).outcome, Staged::now);
  EXPECT_EQ(stage_agent("n", agent, shell).outcome, Staged::was_there);
}

TEST(Stage, another_machine_is_told_before_anything_is_sent) {
  const TemporaryDirectory home;
  AgentProgram agent = program(script);
  agent.machine = "pdp11";
  const auto result = stage_agent("lyon-1", agent, node_with(home.path()));
  EXPECT_EQ(result.outcome, Staged::other_machine);
  EXPECT_EQ(result.detail, "lyon-1: is a " + this_machine() + " machine, the agent is for pdp11; build one for it");
  EXPECT_FALSE(std::filesystem::exists(home / ".cache"));
}

TEST(Stage, a_home_that_takes_nothing_is_told) {
  const TemporaryDirectory home;
  test::write_file(home / ".cache", "a file where a directory should be");
  const auto result = stage_agent("n", program(script), node_with(home.path()));
  EXPECT_EQ(result.outcome, Staged::no_space);
  EXPECT_TRUE(contains(result.detail, "n: ~/.cache/utnt cannot be made")) << result.detail;
}

TEST(Stage, a_disk_without_space_leaves_nothing_behind) {
  const TemporaryDirectory home;
  // A limit on the size of files stands for the full disk: the shell ignores the signal, so that writing fails.
  const auto shell = node_with(home.path(), "sh", "trap '' XFSZ; ulimit -f 100; ");
  const auto result = stage_agent("n", program(script), shell);
  EXPECT_EQ(result.outcome, Staged::no_space) << result.detail;
  EXPECT_TRUE(contains(result.detail, "is there space?"));
  EXPECT_EQ(files_in_cache(home.path()), 0U);
}

TEST(Stage, a_forced_command_of_ours_is_an_agent_that_is_there_already) {
  const CommandResult refusal{.exit_status = 3, .errors = "utnt-node: " + std::string{forced_command_refusal} + "\n"};
  const CommandResult greeting{.exit_status = 0, .output = "UTFR\x01"};
  for (const auto& answer : {refusal, greeting}) {
    int commands = 0;
    const auto forced = [&](const std::string&, ConstBytes) {
      ++commands;
      return answer;
    };
    EXPECT_EQ(stage_agent("n", program(script), forced).outcome, Staged::installed);
    EXPECT_EQ(commands, 1) << "nothing is uploaded";
  }
}

TEST(Stage, a_forced_command_of_others_is_no_shell) {
  const auto git = [](const std::string&, ConstBytes) {
    return CommandResult{.exit_status = 128, .errors = "fatal: unrecognized command\n"};
  };
  const auto result = stage_agent("n", program(script), git);
  EXPECT_EQ(result.outcome, Staged::no_shell);
  EXPECT_FALSE(can_heal(result));
  EXPECT_TRUE(contains(result.detail, "forced command") && contains(result.detail, "unrecognized")) << result.detail;
}

TEST(Stage, a_connection_that_fails_is_explained) {
  const auto broken = [](const std::string&, ConstBytes) {
    return CommandResult{.exit_status = 255, .output = "", .errors = "u@h: Permission denied (publickey).\n"};
  };
  const auto result = stage_agent("n", program(script), broken);
  EXPECT_EQ(result.outcome, Staged::no_connection);
  EXPECT_TRUE(contains(result.detail, "authorized_keys")) << result.detail;
}

TEST(Stage, only_a_digest_gets_into_a_script) {
  EXPECT_NE(failure_of([] { stage_look_command("'; evil; '"); }), "");
  EXPECT_NE(failure_of([] { stage_upload_command(""); }), "");
  const auto look = stage_look_command(std::string(64, '0'));
  const auto upload = stage_upload_command(std::string(64, '0'));
  for (const std::string& text : {look, upload}) {
    EXPECT_EQ(std::ranges::count(text, '\''), 2) << text;
    EXPECT_EQ(text.find_first_of("\\!\n`"), std::string::npos) << text;
  }
}

TEST(Stage, the_agent_to_be_staged_is_a_program) {
  const TemporaryDirectory directory;
  test::write_file(directory / "text", "no program");
  EXPECT_TRUE(contains(failure_of([&] { load_agent(directory / "text"); }), "is no program"));
  EXPECT_TRUE(contains(failure_of([&] { load_agent(directory / "none"); }), "No such file"));
  const AgentProgram own = load_agent("/bin/sh");
  EXPECT_EQ(own.machine, this_machine());
  EXPECT_EQ(own.digest, sha256_hex_of_file("/bin/sh"));
}

}  // namespace
}  // namespace utnt::fleet
