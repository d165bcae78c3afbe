// SPDX-License-Identifier: BSD-2-Clause
// Every process of a fleet is killed at every place where that may matter: controller, agent, relay, guest, whatever
// carries the link. After each kill the fleet is started again; then no result is lost, none counts twice, every
// accepted job has one final state, and nothing is left behind. Source: the fleet specification, section 3.6, cases F1,
// F3, F4.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "kill_walk.hpp"
#include "support/sealed_child.hpp"
#include "support/ssh_server.hpp"

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

/// Behind an sshd of its own, whose sessions are victims too. One world after the other: they share the user's home.
class NodeBehindSsh {
 public:
  NodeBehindSsh(const KillLab& lab, unsigned number)
      : lab_{lab},
        server_{{.port = static_cast<std::uint16_t>(test_support::SshServer::default_port + number),
                 .environment = "UTNT_FAULT_BOARD=" + world() + "/board XDG_RUNTIME_DIR=" + world() + "/run"}} {}

  KillOutcome kill(const KillPlan& plan) {
    for (const auto& old : {world(), server_.home() + "/.cache", server_.home() + "/.local"})
      std::filesystem::remove_all(old);
    std::filesystem::create_directories(world() + "/home");
    auto node = server_.target();
    node.name = "node-1";
    const SshPlaces places{.runtime_dir = world() + "/run/utnt-fleet-" + std::to_string(::geteuid()),
                           .known_hosts = world() + "/home/known_hosts"};
    pin_keys(places.known_hosts, node.name, {server_.host_key("host_key")});
    KillWorld killed{lab_, world(), plan};
    killed.use_node("host = \"" + node.host + "\"\nuser = \"" + node.user +
                        "\"\nport = " + std::to_string(node.port.value_or(0)) + "\nkey = \"" + node.key + "\"\n",
                    server_.home() + "/.local/state/utnt-node");
    auto outcome = killed.run();
    run_command(ssh_control_command(node, places, SshControl::exit), {});
    return outcome;
  }

 private:
  [[nodiscard]] std::string world() const { return directory_ / "w"; }

  const KillLab& lab_;
  utnt::test::TemporaryDirectory directory_{"/tmp"};
  test_support::SshServer server_;
};

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
    constexpr unsigned workers = 3;
    for (unsigned i = 0; i < workers; ++i) nodes.push_back(std::make_unique<NodeBehindSsh>(lab, i));
    walk_kills(targets, workers, [&nodes](const KillPlan& plan, unsigned worker) { return nodes[worker]->kill(plan); });
  });
}

}  // namespace
}  // namespace utnt::fleet::test
