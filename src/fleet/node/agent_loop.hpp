// SPDX-License-Identifier: BSD-2-Clause
// The agent: joins its decisions (fleet/model/agent.hpp) with a socket, a spool, an image cache and runs. One loop, one
// thread; it waits in one place.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "fleet/model/agent.hpp"
#include "fleet/node/controller_key.hpp"
#include "fleet/node/forbidden.hpp"
#include "fleet/node/image_cache.hpp"
#include "fleet/node/node_config.hpp"
#include "fleet/node/run.hpp"
#include "fleet/node/spool.hpp"
#include "fleet/transport/link.hpp"
#include "os_linux/signals.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

class AgentLoop {
 public:
  /// Takes the spool for itself. Throws os_linux::Failure: another agent has it, or it cannot be used.
  AgentLoop(const NodeConfig& config, Variants& variants);
  ~AgentLoop();
  AgentLoop(const AgentLoop&) = delete;
  AgentLoop& operator=(const AgentLoop&) = delete;

  /// Until a signal, or until there has been no controller, no run and an empty spool for config.idle_seconds. Runs
  /// that are left are ended and spooled.
  void run(os_linux::StopSignals& signals);

 private:
  struct Active {
    std::unique_ptr<Run> run;
    Order order;
    std::uint32_t attempt{1};
    std::uint64_t probes_told{0};
  };
  struct Sending {
    SpooledResult result;
    std::string bundle;
    std::uint64_t offset{0};
    bool is_announced{false};
  };
  struct Fetching {
    std::string signature;
    Instant asked;
  };

  void wait_for_something(const os_linux::StopSignals& signals);
  void accept_controller();
  void close_link(const std::string& why);
  void receive_messages();
  void take(const Message& message);
  void take_welcome(const Message& message);
  void take_job(const Message& message);
  void take_image_part(const Message& message);
  void take_block_list(const Message& message);
  void step_runs();
  void end_run(std::map<std::string, Active>::iterator active);
  void act();
  void start_run(const StartRun& action);
  void spool_failure(const Order& order, std::uint32_t attempt, const std::string& reason, const std::string& detail);
  void ask_for_image(const std::string& digest);
  void send_pieces();
  void send(const Message& message);
  [[nodiscard]] RunSetting setting_of(const std::string& image, Instant received) const;
  [[nodiscard]] std::string hello_text() const;
  [[nodiscard]] bool is_idle() const;

  static constexpr Duration fetch_patience{3'000'000'000};  ///< an image that does not come is asked for again

  NodeConfig config_;   ///< what the owner allows
  NodeConfig granted_;  ///< less where the controller asks for less
  Variants& variants_;
  os_linux::UniqueFd lock_;
  Spool spool_;
  SecretKey key_;
  ControllerKey controller_;
  ImageCache images_;
  Agent agent_;
  os_linux::UniqueFd listener_;
  std::unique_ptr<Link> link_;
  std::map<std::string, Active> active_;
  std::map<std::string, Sending> sending_;
  std::map<std::string, Fetching> fetching_;
  std::map<std::string, Instant> received_;  ///< when the job's message came
  NodeNetwork network_;
  std::string name_{"unnamed"};  ///< as the controller calls this node
  std::string block_list_digest_;
  Forbidden forbidden_;
  Instant idle_since_;
};

}  // namespace utnt::fleet
