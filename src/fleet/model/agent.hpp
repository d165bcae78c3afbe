// SPDX-License-Identifier: BSD-2-Clause
// A node agent's decisions: which job it takes, when a run is ended, which spooled result is sent and when it may be
// deleted. Sans-I/O: messages, ends of runs and time come in, actions come out, to be carried out in their order. The
// caller keeps the promise of the journal: what an action says is to be remembered is on disk before the next action.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "fleet/model/order.hpp"
#include "fleet/transport/message.hpp"

namespace utnt::fleet {

/// A result in the spool.
struct SpooledResult {
  std::string digest;
  std::string job;
  std::uint32_t attempt{0};
  std::uint64_t bytes{0};
  std::string how;  ///< text of the finish message
};

/// Remember on disk (fsynced) that this job was taken.
struct RememberJob {
  Order order;
  std::uint32_t attempt{1};
};
struct StartRun {
  Order order;
  std::uint32_t attempt{1};
};
/// End it and spool what it has as failed for that reason.
struct EndRun {
  std::string job;
  std::string reason;
};
/// The journal's entry of a job is not needed any more.
struct ForgetJob {
  std::string job;
};
/// The store has it: delete it from the spool.
struct DropResult {
  std::string digest;
};
/// Ask for an image that the cache lacks (fetching is the caller's, who then calls image_ready or image_failed).
struct FetchImage {
  std::string digest;
};
/// Send the spooled result: finish, then its pieces.
struct SendResult {
  SpooledResult result;
};
using AgentAction = std::variant<RememberJob, StartRun, EndRun, ForgetJob, DropResult, FetchImage, SendResult, Message>;

struct AgentLimits {
  std::uint32_t slots{1};
  Duration beat{10'000'000'000};
  Duration ask_again{
      2'000'000'000};  ///< a result without a receipt is offered again (have), first after this, then doubling
};

class Agent {
 public:
  explicit Agent(const AgentLimits& limits) : limits_{limits} {}

  /// What disk held at the start: spooled results, and jobs taken by an agent that died. The caller has spooled a
  /// failed result for each of the latter before.
  void restore(std::vector<SpooledResult> spooled, Instant now);

  void link_up(Instant now);
  void link_down(Instant now);
  void receive(const Message& message, Instant now);
  /// Whether the caller can take a job at all (space, image, ability): asked before a claim; a refusal's reason, or
  /// empty.
  void refuse(const std::string& job, const std::string& reason, const std::string& detail, Instant now);
  void image_ready(const std::string& digest, Instant now);
  void image_failed(const std::string& digest, const std::string& detail, Instant now);
  /// Signs of a running job.
  void run_progress(const std::string& job, const std::string& phase, std::uint64_t probes, Instant now);
  /// Its result is in the spool, fsynced.
  void run_ended(const SpooledResult& result, Instant now);
  /// Beats, dead-man timers, unanswered results.
  void tick(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  std::vector<AgentAction> take_actions();

  /// For hello: jobs that run here or lie in the spool.
  [[nodiscard]] std::set<std::string> jobs() const;
  [[nodiscard]] std::uint32_t free_slots() const;
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }

 private:
  struct Run {
    Order order;
    std::uint32_t attempt{1};
    bool is_started{false};
    std::string phase;
    std::uint64_t probes{0};
    Instant next_beat;
  };
  struct Waiting {
    SpooledResult result;
    Instant ask_at;
    Duration patience;
  };

  AgentLimits limits_;
  std::map<std::string, Run> runs_;
  std::map<std::string, Waiting> spool_;  ///< by digest
  std::vector<AgentAction> actions_;
  bool is_linked_{false};
  bool is_stopped_{false};
  bool is_draining_{false};
  Instant heard_;  ///< the last message of the controller
};

}  // namespace utnt::fleet
