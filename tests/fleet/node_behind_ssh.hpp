// SPDX-License-Identifier: BSD-2-Clause
// A node behind an sshd of its own, for worlds one after the other: they share the user's home there. For use in a
// sealed namespace.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "kill_world.hpp"
#include "support/ssh_server.hpp"

namespace utnt::fleet::test {

class NodeBehindSsh {
 public:
  NodeBehindSsh(const KillLab& lab, unsigned number)
      : lab_{lab},
        server_{{.port = static_cast<std::uint16_t>(test_support::SshServer::default_port + number),
                 .environment = "UTNT_FAULT_BOARD=" + world() + "/board XDG_RUNTIME_DIR=" + world() + "/run"}} {}

  /// A new world on it; the one before is gone.
  KillWorld& start(const KillPlan& plan) {
    world_.reset();
    for (const auto& old : {world(), server_.home() + "/.cache", server_.home() + "/.local"})
      std::filesystem::remove_all(old);
    std::filesystem::create_directories(world() + "/fleet");
    const auto node = target();
    pin_keys(places().known_hosts, node.name, {server_.host_key("host_key")});
    world_ = std::make_unique<KillWorld>(lab_, world(), plan);
    world_->use_node("host = \"" + node.host + "\"\nuser = \"" + node.user +
                         "\"\nport = " + std::to_string(node.port.value_or(0)) + "\nkey = \"" + node.key + "\"\n",
                     server_.home() + "/.local/state/utnt-node");
    return *world_;
  }
  KillOutcome kill(const KillPlan& plan) {
    auto outcome = start(plan).run();
    run_command(ssh_control_command(target(), places(), SshControl::exit), {});
    return outcome;
  }
  [[nodiscard]] SshTarget target() const {
    auto node = server_.target();
    node.name = "node-1";
    return node;
  }

 private:
  [[nodiscard]] std::string world() const { return directory_ / "w"; }
  [[nodiscard]] SshPlaces places() const {
    return {.runtime_dir = world() + "/run/utnt-fleet-" + std::to_string(::geteuid()),
            .known_hosts = world() + "/fleet/known_hosts"};
  }

  const KillLab& lab_;
  utnt::test::TemporaryDirectory directory_{"/tmp"};
  test_support::SshServer server_;
  std::unique_ptr<KillWorld> world_;
};

}  // namespace utnt::fleet::test
