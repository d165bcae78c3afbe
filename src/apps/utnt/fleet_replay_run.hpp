// SPDX-License-Identifier: BSD-2-Clause
// Runs of one event list on one fleet: a controller of its own with an empty store, the same destination and options
// for every event.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apps/utnt/fleet_home.hpp"
#include "apps/utnt/fleet_nodes.hpp"
#include "apps/utnt/fleet_replay.hpp"
#include "apps/utnt/fleet_replay_record.hpp"
#include "fleet/controller/controller.hpp"
#include "fleet/controller/selection.hpp"
#include "fleet/model/event_list.hpp"

namespace utnt::apps {

class ReplayFleet {
 public:
  /// `directory`: of the controller, empty.
  ReplayFleet(const ReplayOptions& options, const std::string& directory, fleet::Inventory inventory,
              const std::function<void(const std::string& known_hosts)>& pin);

  /// Puts the agent on every node, connects, and waits until all are there.
  void connect();
  /// One deployment on each node, so that image and program are where they will be wanted. Throws Failure when one
  /// does not succeed.
  void warm_up();
  /// Plays the list once; events that were due before `connect()` came back are taken then. `start`: the time 0 of the
  /// list.
  std::vector<Deployment> play(std::uint32_t run, const fleet::EventList& list, Instant start);
  /// What nobody expects, and the ledger's balance.
  [[nodiscard]] std::vector<std::string> complaints() const;

 private:
  void accept(std::uint32_t run, std::uint64_t event, std::vector<std::string> nodes, Instant due);
  void settle();

  const ReplayOptions& options_;
  FleetHome home_;
  fleet::Inventory inventory_;
  fleet::SecretKey key_;
  fleet::Store store_;
  NodeConnections connections_;
  ReplayRecorder recorder_;
  std::string image_;
  std::vector<fleet::Selectable> selectable_;
  std::unique_ptr<fleet::Controller> controller_;
};

}  // namespace utnt::apps
