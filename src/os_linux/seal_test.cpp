// SPDX-License-Identifier: BSD-2-Clause
// The seal, proven on the namespaces of this machine: what is refused, what is accepted, and what cannot be known.
// Each case that changes namespaces runs in a child process of its own.
#include "os_linux/seal.hpp"

#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "os_linux/namespaces.hpp"
#include "os_linux/netlink.hpp"
#include "support/sealed_child.hpp"

namespace utnt::os_linux {
namespace {

using test_support::run_in_sealed_child;

Interface loopback(std::string alias = "") {
  Interface lo;
  lo.name = "lo";
  lo.alias = std::move(alias);
  lo.is_loopback = true;
  return lo;
}

Interface device(std::string kind, std::string alias = "") {
  Interface found;
  found.name = "x0";
  found.kind = std::move(kind);
  found.alias = std::move(alias);
  return found;
}

const std::string alias{seal_alias};

TEST(Seal, the_namespace_of_process_1_is_never_sealed) {
  EXPECT_FALSE(judge_seal(NamespaceOrigin::first_process, {loopback(alias)}).is_sealed);
}

TEST(Seal, another_namespace_with_nothing_but_loopback_is_sealed) {
  EXPECT_TRUE(judge_seal(NamespaceOrigin::other, {loopback()}).is_sealed);
}

TEST(Seal, an_incomparable_namespace_needs_the_alias_on_loopback) {
  EXPECT_FALSE(judge_seal(NamespaceOrigin::unknown, {loopback()}).is_sealed);
  EXPECT_FALSE(judge_seal(NamespaceOrigin::unknown, {device("tun")}).is_sealed);
  EXPECT_TRUE(judge_seal(NamespaceOrigin::unknown, {loopback(alias)}).is_sealed);
}

TEST(Seal, the_first_process_of_a_machine_whose_launcher_judged_its_frames_asks_no_more) {
  EXPECT_TRUE(judge_seal(NamespaceOrigin::enclosed, {loopback(), device("")}).is_sealed);
}

TEST(Seal, taps_are_ends_and_paired_interfaces_need_the_alias) {
  const auto sealed_with = [](const Interface& other) {
    return judge_seal(NamespaceOrigin::other, {loopback(), other}).is_sealed;
  };
  EXPECT_TRUE(sealed_with(device("tun")));
  for (const auto* kind : {"veth", "bridge", "vlan"}) {
    EXPECT_TRUE(sealed_with(device(kind, alias))) << kind;
    EXPECT_FALSE(sealed_with(device(kind))) << kind;
    EXPECT_FALSE(sealed_with(device(kind, "utnt-sealed-not"))) << kind;
  }
}

TEST(Seal, hardware_and_every_other_kind_break_it_whatever_their_alias) {
  for (const auto* kind : {"", "dummy", "macvlan", "ipvlan", "wireguard", "sit", "ifb"}) {
    EXPECT_FALSE(judge_seal(NamespaceOrigin::other, {loopback(alias), device(kind, alias)}).is_sealed) << kind;
  }
}

TEST(Seal, an_interface_that_only_calls_itself_lo_breaks_it) {
  auto fake = device("dummy", alias);
  fake.name = "lo";
  EXPECT_FALSE(judge_seal(NamespaceOrigin::other, {fake}).is_sealed);
}

TEST(Seal, the_namespace_that_this_test_started_in_is_refused_with_exit_code_5) {
  if (!sealed_only) GTEST_SKIP() << "this build may probe anywhere";
  if (check_seal().is_sealed) GTEST_SKIP() << "the tests themselves run inside a sealed namespace";
  try {
    require_permission_to_probe("a raw socket");
    FAIL() << "permission was given";
  } catch (const SealRefusal& refusal) {
    EXPECT_EQ(refusal.code(), ExitCode::refused);
    EXPECT_NE(std::string{refusal.what()}.find("a raw socket"), std::string::npos);
  }
}

TEST(Seal, a_namespace_made_by_us_is_sealed) {
  run_in_sealed_child([] {
    const auto verdict = check_seal();
    EXPECT_TRUE(verdict.is_sealed) << verdict.reason;
    EXPECT_NO_THROW(require_permission_to_probe("a raw socket"));
  });
}

/// Asked by the first process of a new PID namespace, as in a container: 1 sealed, 0 not, 2 there can be none.
int verdict_of_first_process() {
  const auto child =
      static_cast<pid_t>(::syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (child < 0) return 2;
  if (child == 0) ::_exit(check_seal().is_sealed ? 1 : 0);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

TEST(Seal, the_first_process_of_a_container_needs_the_alias_on_loopback) {
  run_in_sealed_child([] {
    if (verdict_of_first_process() == 2) throw system_failure("no PID namespace", EPERM);
    EXPECT_EQ(verdict_of_first_process(), 1);
    set_alias("lo", "");
    EXPECT_EQ(verdict_of_first_process(), 0);
  });
}

TEST(Seal, the_first_process_of_a_container_in_the_network_of_the_machine_is_not_sealed) {
  EXPECT_NE(verdict_of_first_process(), 1);
}

TEST(Seal, two_namespaces_joined_by_our_own_pair_are_both_sealed) {
  run_in_sealed_child([] {
    const auto first = current_namespace();
    enter_new_sealed_namespace();
    const auto second = current_namespace();
    join_by_veth("right", "left", first.get());
    EXPECT_TRUE(check_seal().is_sealed) << check_seal().reason;
    enter_namespace(first.get());
    EXPECT_TRUE(check_seal().is_sealed) << check_seal().reason;
  });
}

TEST(Seal, a_pair_without_the_alias_breaks_it) {
  run_in_sealed_child([] {
    const auto here = current_namespace();
    add_veth_pair("left", "right", here.get());
    EXPECT_FALSE(check_seal().is_sealed);
    set_alias("left", alias);
    EXPECT_FALSE(check_seal().is_sealed);
    set_alias("right", alias);
    EXPECT_TRUE(check_seal().is_sealed) << check_seal().reason;
  });
}

TEST(Seal, a_foreign_interface_breaks_it) {
  run_in_sealed_child([] {
    NetlinkRequest request{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, bytes_of(ifinfomsg{})};
    request.put_text(IFLA_IFNAME, "foreign0");
    const auto info = request.begin_nested(IFLA_LINKINFO);
    request.put_text(IFLA_INFO_KIND, "bridge");
    request.end_nested(info);
    NetlinkSocket socket;
    ASSERT_EQ(socket.request(request), 0);
    EXPECT_FALSE(check_seal().is_sealed);
    if (sealed_only) {
      EXPECT_THROW(require_permission_to_probe("a raw socket"), SealRefusal);
    }
    EXPECT_NE(check_seal().reason.find("foreign0"), std::string::npos);
  });
}

TEST(Seal, a_namespace_of_unknown_origin_without_our_mark_is_not_trusted) {
  run_in_sealed_child([] {
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
    const bool comparable = ::access("/proc/1/ns/net", R_OK) == 0;
    EXPECT_EQ(check_seal().is_sealed, comparable) << check_seal().reason;
  });
}

}  // namespace
}  // namespace utnt::os_linux
