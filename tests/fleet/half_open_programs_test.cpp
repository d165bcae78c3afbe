// SPDX-License-Identifier: BSD-2-Clause
// Half-open links of the real programs: a relay that stands still with all its sockets open, and a network that drops
// every packet of an ssh connection. Runs go on meanwhile; both ends find out in the time that is documented, and in
// the end every job has been run once and has one result. Source: the fleet specification, section 3.6, case F5.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "node_behind_ssh.hpp"
#include "os_linux/clock.hpp"
#include "support/sealed_child.hpp"

namespace utnt::fleet::test {
namespace {

using os_linux::monotonic_now;
using utnt::test::contains;

constexpr Duration second{1'000'000'000};
constexpr std::uint32_t slow{1};  ///< probes a second: a run outlasts the silence

/// Waits for the controller to say it, behind `from`; npos: it did not.
std::size_t hear(ChildProcess& controller, const std::string& words, Duration patience, std::size_t from = 0) {
  constexpr useconds_t look_again_us = 50'000;
  for (const auto end = monotonic_now() + patience; monotonic_now() < end; ::usleep(look_again_us)) {
    controller.read_errors();
    if (const auto at = controller.error_text().find(words, from); at != std::string::npos) return at;
    if (controller.has_ended()) break;
  }
  ADD_FAILURE() << "it did not say '" << words << "' but\n" << controller.error_text();
  return std::string::npos;
}

void expect_right(const KillOutcome& outcome, const std::string& log) {
  EXPECT_TRUE(outcome.is_right()) << outcome.imbalance << outcome.left_over << outcome.trouble;
  EXPECT_EQ(outcome.done, KillWorld::jobs) << outcome.trouble;
  EXPECT_FALSE(contains(outcome.trouble, "attempt 2")) << outcome.trouble;
  EXPECT_TRUE(contains(log, "disconnected: ")) << log;
}

void stop_the_relay(const KillLab& lab) {
  const utnt::test::TemporaryDirectory directory{utnt::test::memory_directory()};
  KillWorld* world = nullptr;
  const auto meddle = [&world](ChildProcess& controller) {
    if (hear(controller, "running on node-1", second * 20) == std::string::npos) return;
    const auto processes = world->processes();
    const auto relay = std::ranges::find_if(processes, [](const auto& words) { return contains(words, " relay "); });
    ASSERT_NE(relay, processes.end());
    ::kill(std::atoi(relay->c_str()), SIGSTOP);
    const auto begin = monotonic_now();
    const auto lost = hear(controller, "not connected: nothing was heard for 35000 ms", second * 45);
    const auto after = monotonic_now() - begin;
    EXPECT_GT(after, second * 24) << "35 s after the last word, and a word comes every 10 s";
    EXPECT_LT(after, second * 44);
    hear(controller, "node-1: connected", second * 5, lost);
  };
  KillWorld here{lab, directory.path(), {.pps = slow, .meddle = meddle}};
  world = &here;
  const auto outcome = here.run();
  expect_right(outcome, here.agent_log_text());
}

void drop_all_packets(const KillLab& lab) {
  NodeBehindSsh node{lab, 0};
  const auto nft = [](const std::string& rules) {
    const auto result = run_command({.words = {"nft", rules}}, {});
    EXPECT_EQ(result.exit_status, 0) << rules << ": " << result.errors;
  };
  const auto port = std::to_string(node.target().port.value_or(0));
  const auto meddle = [&](ChildProcess& controller) {
    if (hear(controller, "running on node-1", second * 30) == std::string::npos) return;
    nft("add table inet silence; add chain inet silence packets { type filter hook output priority 0; };"
        " add rule inet silence packets tcp dport " +
        port + " drop; add rule inet silence packets tcp sport " + port + " drop");
    const auto begin = monotonic_now();
    const auto lost = hear(controller, "node-1: not connected", second * 35);
    EXPECT_GT(monotonic_now() - begin, second * 5);
    EXPECT_LT(monotonic_now() - begin, second * 32) << "ssh asks every 5 s, three times";
    nft("delete table inet silence");
    hear(controller, "node-1: connected", second * 30, lost);
  };
  auto& world = node.start({.pps = slow, .meddle = meddle});
  const auto outcome = world.run();
  expect_right(outcome, world.agent_log_text());
}

TEST(HalfOpenPrograms, find_out_and_go_on) {
  if (const auto why = test_support::why_no_ssh_server(); !why.empty()) GTEST_SKIP() << why;
  if (!has_program("nft")) GTEST_SKIP() << "nft is not installed (Debian package nftables)";
  test_support::run_in_sealed_child([] {
    const KillLab lab;
    std::jthread aside{[&lab] { stop_the_relay(lab); }};
    drop_all_packets(lab);
  });
}

}  // namespace
}  // namespace utnt::fleet::test
