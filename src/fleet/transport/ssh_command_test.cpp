// SPDX-License-Identifier: BSD-2-Clause
// The words for ssh, and what `ssh -G` (which connects to nothing) makes of them over a user's own ssh_config.
#include "fleet/transport/ssh_command.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "fleet/transport/ssh_failure.hpp"
#include "fleet/transport/transport_test_support.hpp"

namespace utnt::fleet {
namespace {

using test::contains;
using test::failure_of;
using test::TemporaryDirectory;

const SshPlaces places{.runtime_dir = "/run/u", .known_hosts = "/etc/utnt/known_hosts"};
const std::string digest(64, 'a');

bool has_option(const Command& command, const std::string& option) {
  const auto& words = command.words;
  for (std::size_t i = 1; i < words.size(); ++i)
    if (words[i - 1] == "-o" && words[i] == option) return true;
  return false;
}

std::string option_named(const Command& command, const std::string& name) {
  for (const std::string& word : command.words)
    if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
  return {};
}

TEST(SshCommand, the_whole_command_for_a_node_with_everything) {
  const SshTarget target{
      .name = "lyon-1", .host = "192.0.2.7", .user = "utnt", .port = 2222, .key = "/k/id", .jump = "me@gate:22"};
  const Command command = ssh_command(target, places, remote_relay_command(digest));
  EXPECT_EQ(command.words.front(), "ssh");
  const std::vector<std::string> end(command.words.end() - 3, command.words.end());
  EXPECT_EQ(end,
            (std::vector<std::string>{"--", "192.0.2.7", "exec \"$HOME\"/.cache/utnt/agent-" + digest + " relay"}));
  for (const char* option :
       {"BatchMode=yes", "StrictHostKeyChecking=yes", "UserKnownHostsFile=\"/etc/utnt/known_hosts\"",
        "GlobalKnownHostsFile=/dev/null", "HostKeyAlias=lyon-1", "ServerAliveInterval=5", "ServerAliveCountMax=3",
        "ControlMaster=auto", "ControlPersist=60", "ClearAllForwardings=yes", "IdentityFile=\"/k/id\"",
        "IdentitiesOnly=yes", "ProxyJump=me@gate:22", "Port=2222", "User=utnt", "UpdateHostKeys=no"})
    EXPECT_TRUE(has_option(command, option)) << option;
  for (const char* flag : {"-T", "-a", "-x"}) EXPECT_EQ(std::ranges::count(command.words, flag), 1) << flag;
  EXPECT_EQ(std::ranges::count(command.words, "-F"), 0) << "the user's ssh_config counts";
}

TEST(SshCommand, what_is_not_given_is_left_to_the_users_configuration) {
  const Command command = ssh_command({.name = "a", .host = "alias"}, places, "true");
  for (const char* name : {"User", "Port", "ProxyJump", "IdentityFile", "IdentitiesOnly"})
    EXPECT_EQ(option_named(command, name), "") << name;
}

TEST(SshCommand, each_way_to_reach_a_node_has_a_connection_of_its_own) {
  const SshTarget target{.name = "a", .host = "h"};
  const auto path_for = [](const SshTarget& of, const SshPlaces& at) {
    return option_named(ssh_command(of, at, "true"), "ControlPath");
  };
  const std::string path = path_for(target, places);
  EXPECT_TRUE(path.starts_with("\"/run/u/c-")) << path;
  EXPECT_EQ(path_for(target, places), path);
  SshTarget other_key = target;
  other_key.key = "/k/new";
  EXPECT_NE(path_for(other_key, places), path);
  SshPlaces other_pins = places;
  other_pins.known_hosts = "/etc/other";
  EXPECT_NE(path_for(target, other_pins), path);
  EXPECT_EQ(option_named(ssh_control_command(target, places, SshControl::check), "ControlPath"), path);
}

TEST(SshCommand, a_field_that_could_be_an_option_or_a_command_is_refused) {
  const auto refused = [](const SshTarget& target) { return failure_of([&] { ssh_command(target, places, "true"); }); };
  EXPECT_TRUE(contains(refused({.name = "a", .host = "-oProxyCommand=evil"}), "node a: the host"));
  EXPECT_TRUE(contains(refused({.name = "a", .host = ""}), "node a: the host"));
  EXPECT_TRUE(contains(refused({.name = "a", .host = "h;evil"}), "the host"));
  EXPECT_TRUE(contains(refused({.name = "-a", .host = "h"}), "the name"));
  EXPECT_TRUE(contains(refused({.name = "a b", .host = "h"}), "the name"));
  EXPECT_TRUE(contains(refused({.name = "a", .host = "h", .user = "u$(evil)"}), "the user"));
  EXPECT_TRUE(contains(refused({.name = "a", .host = "h", .jump = "-W"}), "the jump host"));
  EXPECT_TRUE(contains(refused({.name = "a", .host = "h", .jump = "g`evil`"}), "the jump host"));
  EXPECT_TRUE(contains(refused({.name = "a", .host = "h", .port = 0}), "the port is 0"));
  EXPECT_TRUE(contains(refused({.name = "a", .host = "h", .key = "/k/\"x"}), "the key"));
  EXPECT_EQ(refused({.name = "a", .host = "fe80::1%eth0", .user = "u@realm", .jump = "me@[::1]:22,other"}), "");
}

TEST(SshCommand, a_runtime_directory_too_deep_for_sockets_is_refused) {
  SshPlaces deep = places;
  deep.runtime_dir = "/" + std::string(80, 'd');
  EXPECT_TRUE(contains(failure_of([&] { ssh_command({.name = "a", .host = "h"}, deep, "true"); }), "too long"));
}

TEST(SshCommand, only_a_digest_gets_into_the_remote_command) {
  EXPECT_NE(failure_of([] { remote_relay_command("$(evil)"); }), "");
  EXPECT_NE(failure_of([] { remote_relay_command(""); }), "");
  EXPECT_NE(failure_of([] { remote_agent_command("$(evil)", "probe"); }), "");
  EXPECT_EQ(remote_agent_command(digest, "probe"), "exec \"$HOME\"/.cache/utnt/agent-" + digest + " probe");
}

TEST(SshCommand, the_scan_accepts_any_key_into_its_own_file_and_shares_no_connection) {
  const Command command = ssh_scan_command({.name = "a", .host = "h"}, places, "/tmp/scan");
  for (const char* option : {"StrictHostKeyChecking=accept-new", "UserKnownHostsFile=\"/tmp/scan\"", "ControlPath=none",
                             "HashKnownHosts=no", "BatchMode=yes"})
    EXPECT_TRUE(has_option(command, option)) << option;
}

TEST(SshCommand, a_runtime_directory_is_ours_alone) {
  const TemporaryDirectory directory;
  prepare_runtime_dir(directory / "run");
  prepare_runtime_dir(directory / "run");
  struct stat status {};
  ASSERT_EQ(::stat((directory / "run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  ASSERT_EQ(::chmod((directory / "run").c_str(), 0755), 0);
  EXPECT_TRUE(contains(failure_of([&] { prepare_runtime_dir(directory / "run"); }), "nobody else"));
  EXPECT_NE(failure_of([&] { prepare_runtime_dir(directory / "no/run"); }), "");
}

/// What ssh itself says it would do: `ssh -G`.
std::string resolved(Command command) {
  command.words.insert(command.words.begin() + 1, "-G");
  const auto result = run_command(command, {});
  EXPECT_EQ(result.exit_status, 0) << result.errors << shown(command);
  return "\n" + result.output;
}

TEST(SshCommand, ssh_keeps_the_users_way_to_the_host_and_our_safety) {
  if (!test::has_program("ssh")) GTEST_SKIP() << "ssh is not installed";
  const TemporaryDirectory directory;
  test::write_file(directory / "config",
                   "Host node\n HostName 192.0.2.9\n User someone\n Port 2200\n ProxyJump gate.example\n"
                   " ForwardAgent yes\n ForwardX11 yes\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n"
                   " RemoteCommand evil\n LocalCommand local\n StdinNull yes\n SessionType none\n "
                   "ForkAfterAuthentication yes\n PermitLocalCommand yes\n RequestTTY force\n"
                   " BatchMode no\n ControlMaster no\n ControlPath none\n LogLevel QUIET\n Tunnel yes\n"
                   " VerifyHostKeyDNS yes\n");
  const SshPlaces with_config{
      .runtime_dir = directory.path(), .known_hosts = directory / "known %hosts", .config = directory / "config"};
  const std::string all = resolved(ssh_command({.name = "lyon-1", .host = "node"}, with_config, "true"));
  for (const char* line : {"\nhostname 192.0.2.9\n",
                           "\nuser someone\n",
                           "\nport 2200\n",
                           "\nproxyjump gate.example\n",
                           "\nforwardagent no\n",
                           "\nforwardx11 no\n",
                           "\nstricthostkeychecking true\n",
                           "\nhostkeyalias lyon-1\n",
                           "\npermitlocalcommand no\n",
                           "\nrequesttty false\n",
                           "\nbatchmode yes\n",
                           "\ncontrolmaster auto\n",
                           "\ncontrolpersist 60\n",
                           "\nloglevel ERROR\n",
                           "\ntunnel false\n",
                           "\nclearallforwardings yes\n",
                           "\nserveraliveinterval 5\n",
                           "\nserveralivecountmax 3\n",
                           "\nverifyhostkeydns false\n",
                           "\nglobalknownhostsfile /dev/null\n",
                           "\nupdatehostkeys false\n",
                           "\nsessiontype default\n",
                           "\nstdinnull no\n",
                           "\nforkafterauthentication no\n"})
    EXPECT_TRUE(contains(all, line)) << line << all;
  EXPECT_TRUE(contains(all, "\nuserknownhostsfile " + directory.path() + "/known %hosts\n") ||
              contains(all, "\nuserknownhostsfile " + directory.path() + "/known %%hosts\n") ||
              contains(all, "\nuserknownhostsfile \"" + directory.path() + "/known %%hosts\"\n"))
      << all;
  EXPECT_FALSE(contains(all, "evil"));
}

TEST(SshCommand, ssh_takes_every_option_of_every_command) {
  if (!test::has_program("ssh")) GTEST_SKIP() << "ssh is not installed";
  const TemporaryDirectory directory;
  test::write_file(directory / "config", "");
  const SshPlaces at{.runtime_dir = directory.path(), .known_hosts = "/k/h", .config = directory / "config"};
  const SshTarget target{
      .name = "a", .host = "192.0.2.7", .user = "u", .port = 22, .key = directory / "id", .jump = "gate"};
  const std::string all = resolved(ssh_command(target, at, "true"));
  EXPECT_TRUE(contains(all, "\nidentityfile " + directory.path() + "/id\n")) << all;
  EXPECT_TRUE(contains(all, "\nidentitiesonly yes\n"));
  EXPECT_TRUE(contains(resolved(ssh_scan_command(target, at, "/k/scan")), "\nstricthostkeychecking accept-new\n"));
}

TEST(SshFailure, the_words_of_ssh_are_understood) {
  EXPECT_EQ(ssh_failure_of("@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed."),
            SshFailure::changed_host_key);
  EXPECT_EQ(ssh_failure_of("No ED25519 host key is known for a and you have requested strict checking."),
            SshFailure::unknown_host_key);
  EXPECT_EQ(ssh_failure_of("u@h: Permission denied (publickey,password)."), SshFailure::not_let_in);
  EXPECT_EQ(ssh_failure_of("ssh: connect to host h port 22: Connection refused"), SshFailure::unreachable);
  EXPECT_EQ(ssh_failure_of("ssh: Could not resolve hostname h: Name or service not known"), SshFailure::unreachable);
  EXPECT_EQ(ssh_failure_of("sh: 1: exec: /users/u/.cache/utnt/agent-aa: not found"), SshFailure::no_agent);
  for (const auto* const words : {"bash: line 1: utnt-node: command not found", "sh: 1: utnt-node: not found",
                                  "zsh:1: command not found: utnt-node", "fish: Unknown command: utnt-node"}) {
    EXPECT_EQ(ssh_failure_of(words), SshFailure::not_installed) << words;
    EXPECT_FALSE(can_heal(ssh_failure_of(words)));
  }
  EXPECT_EQ(ssh_failure_of("something else"), SshFailure::other);
  EXPECT_EQ(explain_ssh_failure(
                "lyon-1", "@@@@\r\n@  WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!  @\n\nIT IS POSSIBLE\nbye\n")
                .find('\n'),
            std::string::npos);
  const auto text = explain_ssh_failure("lyon-1", "u@h: Permission denied (publickey).\r\n");
  EXPECT_TRUE(text.starts_with("lyon-1: ") && contains(text, "authorized_keys") && text.ends_with("(publickey).)"));
}

}  // namespace
}  // namespace utnt::fleet
