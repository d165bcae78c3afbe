// SPDX-License-Identifier: BSD-2-Clause
// A node agent's decisions: which job it takes, when a run is ended, which spooled result is sent and when it may be
// deleted. Sans-I/O: messages, ends of runs and time come in, actions come out, to be carried out in their order. The
// caller keeps the promise of the journal: what an action says is to be remembered is on disk before the next action.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "fleet/model/ending.hpp"
#include "fleet/model/order.hpp"
#include "fleet/transport/message.hpp"

namespace utnt::fleet {

/// A result in the spool. Its content names job and attempt, so no two have one digest.
struct SpooledResult {
  std::string digest;
  std::string job;
  std::uint32_t attempt{0};
  std::uint64_t bytes{0};
  std::string how;  ///< text of the finish message: ending_text()
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
/// End it and spool what it has as failed for that reason; of a run that was not started yet: spool a failed result
/// without content. run_ended() follows in either case.
struct EndRun {
  std::string job;
  std::uint32_t attempt{1};
  std::string reason;
  std::string detail;
};
/// The journal's entry of a job is not needed any more.
struct ForgetJob {
  std::string job;
};
/// The store has it: delete it from the spool.
struct DropResult {
  std::string digest;
};
/// A run waits for this image: call image_ready() at once when the cache holds it; else fetch it and call image_ready()
/// or image_failed().
struct FetchImage {
  std::string digest;
};
/// Send the spooled result: finish, then its pieces. To be ignored while that result is being sent.
struct SendResult {
  SpooledResult result;
};
using AgentAction = std::variant<RememberJob, StartRun, EndRun, ForgetJob, DropResult, FetchImage, SendResult, Message>;

struct AgentLimits {
  std::uint32_t slots{1};
  Duration beat{10'000'000'000};  ///< of each run, and of the standing fetch
  /// A result without a receipt is offered again (have), first after this, then doubling up to the longest.
  Duration ask_again{2'000'000'000};
  Duration ask_again_max{60'000'000'000};
};

class Agent {
 public:
  explicit Agent(const AgentLimits& limits) : limits_{limits} {}

  /// What disk held at the start: spooled results. Before, the caller has spooled a failed result (crashed) for each
  /// remembered job of which the spool holds no result of that attempt, and forgotten those jobs.
  void restore(std::vector<SpooledResult> spooled, Instant now);

  /// After the hello was sent.
  void link_up(Instant now);
  void link_down(Instant now);
  /// Every message. A job is for here when the caller has nothing against it (space, image, ability): else refuse().
  void receive(const Message& message, Instant now);
  /// Instead of receive() for a job message that this node cannot or may not run. Not for one that jobs() names.
  void refuse(const std::string& job, std::uint32_t attempt, const std::string& reason, const std::string& detail,
              Instant now);
  /// RememberJob could not be carried out (no space): the job is refused, and nothing of it remains. What came out
  /// after that action for the same job is not to be carried out.
  void not_remembered(const std::string& job, const std::string& detail, Instant now);
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
  /// No job is taken until the next welcome.
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }

 private:
  struct Run {
    Order order;
    std::uint32_t attempt{1};
    bool is_started{false};
    bool is_ending{false};
    std::string phase;
    std::uint64_t probes{0};
    Instant next_beat;
  };
  struct Waiting {
    SpooledResult result;
    Instant ask_at;
    Duration patience;
    bool is_asked{false};
  };
  /// An attempt that is over here, so that a repeated offer is not taken for a new one.
  struct Answer {
    std::uint32_t attempt{0};
    std::string refusal;  ///< text; empty: its result has a receipt
  };

  void take_job(const Message& message, Instant now);
  void take_cancel(const Message& message);
  void take_held(const Message& message, Instant now);
  bool has_answer(const std::string& job, std::uint32_t attempt, Instant now);
  void remember_answer(const std::string& job, Answer answer);
  void end(Run& run, std::string_view reason, std::string_view detail);
  void drop(const std::string& digest);
  void send_result(Waiting& waiting, Instant now);
  void ask_for_held(Instant now);
  void claim(Run& run, Instant now);
  void beat(Run& run, Instant now);
  void fetch(Instant now);
  void send(Message message);

  AgentLimits limits_;
  std::map<std::string, Run> runs_;
  std::map<std::string, Waiting> spool_;   ///< by digest
  std::map<std::string, Answer> answers_;  ///< by job
  std::deque<std::string> answered_;       ///< jobs in the order of their answers, for forgetting
  std::vector<AgentAction> actions_;
  bool is_linked_{false};
  bool is_stopped_{false};
  bool is_draining_{false};
  Instant heard_;  ///< the last message of the controller
  Instant next_fetch_;
};

}  // namespace utnt::fleet
