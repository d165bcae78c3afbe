// SPDX-License-Identifier: BSD-2-Clause
// The agent: joins its decisions (fleet/model/agent.hpp) with a socket, a spool, an image cache and runs. One loop, one
// thread; it waits in one place.
#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/model/agent.hpp"
#include "fleet/model/budget.hpp"
#include "fleet/node/agent_log.hpp"
#include "fleet/node/check_order.hpp"
#include "fleet/node/controller_key.hpp"
#include "fleet/node/durable_file.hpp"
#include "fleet/node/forbidden.hpp"
#include "fleet/node/image_cache.hpp"
#include "fleet/node/image_fetch.hpp"
#include "fleet/node/node_config.hpp"
#include "fleet/node/node_key.hpp"
#include "fleet/node/run.hpp"
#include "fleet/node/spool.hpp"
#include "fleet/transport/frame_stream.hpp"
#include "fleet/transport/link.hpp"
#include "os_linux/signals.hpp"
#include "os_linux/unique_fd.hpp"

namespace utnt::fleet {

struct AgentSetting {
  AgentLimits limits{};   ///< but for the slots, which the configuration names
  std::string program{};  ///< digest of this build; empty: it hands over to no other
  /// A link on which the controller, who speaks every 10 s, was not heard for so long has no other end any more.
  Duration silence_max{link_silence_max};
  FetchLimits fetch{};  ///< of an image that has a URL
  NodeFault fault{};    ///< at every step of the spool, every message and every action
};

class AgentLoop {
 public:
  /// Takes the spool for itself. Throws os_linux::Failure: another agent has it, or it cannot be used.
  AgentLoop(const NodeConfig& config, Variants& variants, AgentSetting setting = {});
  ~AgentLoop();
  AgentLoop(const AgentLoop&) = delete;
  AgentLoop& operator=(const AgentLoop&) = delete;

  /// Until a signal, or until turn() says so. Runs that are left are ended and spooled.
  void run(os_linux::StopSignals& signals);
  /// Waits for the next thing, `patience` at the most, or for `wake` to be readable; then does what there is to do. No
  /// message and no error of the disk ends it. False: there has been no controller, no run and an empty spool for
  /// config.idle_seconds, or another build takes over; nobody is let in any more.
  bool turn(Duration patience, int wake = -1);

 private:
  /// From its entry in the journal to its result in the spool.
  struct Taken {
    Order order;
    std::uint32_t attempt{1};
    Instant received;
    bool is_over{false};  ///< its result is only not in the spool yet
  };
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
  /// What a controller says about itself.
  struct Served {
    std::string key, place;
    std::string instance;  ///< the program that runs; it understands taken_over. Empty: an older one
    Instant since;
  };
  struct Fetching {
    std::string signature;
    Instant asked;
    std::unique_ptr<ImageFetch> by_url{};
    std::string url_complaint{};  ///< why it comes over the connection although there is a URL
    bool has_older_bytes{false};  ///< from before, or by URL: if it is spoilt, that may be why, and it is got anew
  };

  void restore_spool();
  void restore_budget();
  void save_budget();
  void wait_for_something(Duration patience, int wake);
  void accept_controller();
  void hear_newcomer();
  void serve_newcomer();
  void let_leave();
  [[nodiscard]] static Served controller_of(const Message& welcome);
  void name_controllers(nlohmann::ordered_json& hello) const;
  void close_link(const std::string& why, bool has_last_words = false);
  void receive_messages();
  void take(const Message& message);
  void take_welcome(const Message& message);
  void take_job(const Message& message);
  void take_image_part(const Message& message);
  void take_image_url(const Message& message);
  void step_fetches();
  void decline_url(const std::string& digest, const std::string& why);
  [[nodiscard]] bool is_wanted(const std::string& image) const;
  void take_block_list(const Message& message);
  void take_successor(const Message& message);
  [[nodiscard]] OrderRefusal refusal_of(const Message& message);
  [[nodiscard]] OrderRefusal reserve(const Order& order, const BudgetLimits& granted);
  void forbid();
  void step_runs();
  void end_run(std::map<std::string, Active>::iterator active);
  void act();
  void remember(const RememberJob& job, std::vector<AgentAction>& later);
  void start_run(const StartRun& action);
  void stop_run(const EndRun& action);
  void keep(std::string bundle);
  bool keep_now(const std::string& bundle);
  void keep_again();
  void spool_failure(const Order& order, std::uint32_t attempt, const std::string& reason, const std::string& detail);
  void ask_for_image(const std::string& digest);
  void ask_for_images(const std::vector<std::string>& digests);
  void send_pieces();
  void send(const Message& message);
  /// Does it; what it throws is logged, for nothing that one message or file does may end the agent.
  template <class Work>
  void guarded(const char* what, const Work& work);
  void point(std::string_view name) const {
    if (setting_.fault) setting_.fault(name);
  }
  [[nodiscard]] RunSetting setting_of(const std::string& image, Instant received) const;
  [[nodiscard]] bool has_work() const { return !active_.empty() || !taken_.empty() || !unspooled_.empty(); }
  [[nodiscard]] std::string hello_text();
  [[nodiscard]] bool is_idle() const;

  static constexpr Duration fetch_patience{3'000'000'000};  ///< an image that does not come is asked for again
  static constexpr Duration spool_again{1'000'000'000};     ///< a result that the disk did not take
  static constexpr Duration budget_pause{10'000'000'000};   ///< between two writes of what was sent

  NodeConfig config_;   ///< what the owner allows
  NodeConfig granted_;  ///< less where the controller asks for less
  Variants& variants_;
  AgentSetting setting_;
  os_linux::UniqueFd lock_;
  Spool spool_;
  NodeKey key_;
  ControllerKey controller_;
  ImageCache images_;
  Agent agent_;
  os_linux::UniqueFd listener_;
  std::unique_ptr<Link> link_;
  Served served_;                   ///< at its other end
  std::unique_ptr<Link> newcomer_;  ///< has not said welcome yet; until then the link is another's
  std::unique_ptr<Link> leaver_;    ///< was told that its place is taken
  std::map<std::string, Active> active_;
  std::map<std::string, Sending> sending_;
  std::map<std::string, Fetching> fetching_;
  std::map<std::string, Taken> taken_;
  std::vector<std::string> unspooled_;  ///< bundles that the disk has not taken yet
  Instant keep_again_at_;
  NodeNetwork network_;
  std::string name_{"unnamed"};  ///< as the controller calls this node
  std::string block_list_digest_;
  std::vector<std::string> block_list_;
  std::string successor_;  ///< digest of the build that waits for this one's end
  Forbidden forbidden_;
  ProbeBudget budget_;
  Instant budget_saved_;
  Instant idle_since_;
};

template <class Work>
void AgentLoop::guarded(const char* what, const Work& work) {
  try {
    work();
  } catch (const std::exception& error) {
    agent_log("error: {}: {}", what, error.what());
  }
}

}  // namespace utnt::fleet
