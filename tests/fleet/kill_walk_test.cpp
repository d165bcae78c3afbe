// SPDX-License-Identifier: BSD-2-Clause
// Every process of a fleet is killed at every place where that may matter: controller, agent, relay, guest, whatever
// carries the link. After each kill the fleet is started again; then no result is lost, none counts twice, every
// accepted job has one final state, and nothing is left behind. Source: the fleet specification, section 3.6, cases F1,
// F3, F4.
#include <gtest/gtest.h>

#include <memory>

#include "kill_walk.hpp"
#include "node_behind_ssh.hpp"
#include "support/sealed_child.hpp"

namespace utnt::fleet::test {
namespace {

TEST(KillWalk, on_this_machine_loses_nothing_and_counts_nothing_twice) {
  const KillLab lab;
  const std::vector<KillTarget> targets{
      {Victim::controller}, {Victim::agent}, {Victim::relay}, {Victim::guest}, {Victim::link}};
  constexpr unsigned workers = 6;
  walk_kills(targets, workers, [&lab](const KillPlan& plan, unsigned) {
    const utnt::test::TemporaryDirectory directory{utnt::test::memory_directory()};
    return KillWorld{lab, directory.path(), plan}.run();
  });
}

TEST(KillWalk, over_ssh_loses_nothing_and_counts_nothing_twice) {
  if (const auto why = test_support::why_no_ssh_server(); !why.empty()) GTEST_SKIP() << why;
  test_support::run_in_sealed_child([] {
    const KillLab lab;
    // Controller and agent come to the same places as without ssh, but for staging.
    const std::vector<KillTarget> targets{{Victim::controller, 100},
                                          {Victim::agent, 100},
                                          {Victim::relay, 20},
                                          {Victim::link, 20},
                                          {Victim::session, 20}};
    std::vector<std::unique_ptr<NodeBehindSsh>> nodes;
    constexpr unsigned workers = 4;
    for (unsigned i = 0; i < workers; ++i) nodes.push_back(std::make_unique<NodeBehindSsh>(lab, i));
    walk_kills(targets, workers, [&nodes](const KillPlan& plan, unsigned worker) { return nodes[worker]->kill(plan); });
  });
}

}  // namespace
}  // namespace utnt::fleet::test
