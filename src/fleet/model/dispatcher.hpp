// SPDX-License-Identifier: BSD-2-Clause
// The controller's decisions: which job goes to which node, when it is given up, what its final state is. Sans-I/O:
// time and messages are arguments; rows to commit and messages to send come out, and nothing may be sent before the
// rows that came out with it are committed (then a controller that dies at any moment resumes from its store).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "fleet/model/ending.hpp"
#include "fleet/model/job_queue.hpp"
#include "fleet/model/order.hpp"
#include "fleet/model/outcome.hpp"
#include "fleet/transport/message.hpp"

namespace utnt::fleet {

enum class WhenBusy : std::uint8_t { wait, discard };

struct Policy {
  WhenBusy when_busy{WhenBusy::wait};
  std::size_t queue_max{100'000};        ///< wait: one more is refused
  std::uint32_t attempts_max{3};         ///< runs of a job under wait; discard never runs a job twice
  Duration lease{30'000'000'000};        ///< without a sign of the job, its node is taken for gone
  Duration offer_again{1'000'000'000};   ///< an offer without an answer is repeated
  Duration gone_after{120'000'000'000};  ///< a last attempt whose node is silent for so long ends as unknown
  Duration alive{10'000'000'000};        ///< each node hears from us at least so often: its dead-man timers
};

/// A job as the ledger keeps it. The next attempt has the number tried.size() + 1.
struct JobRecord {
  Order order;
  std::vector<std::string> nodes;  ///< that may run it, best first
  int priority{0};                 ///< higher goes first; equal: in order of acceptance
  std::uint64_t sequence{0};       ///< of acceptance
  std::optional<Instant> start_by;
  std::optional<Instant> finish_by;
  bool runs_once{false};  ///< accepted under discard: stays so, whatever policy the next controller has
  JobState state{JobState::queued};
  std::string node;                ///< that has it, or had it last
  std::uint32_t attempt{0};        ///< of that node
  std::vector<std::string> tried;  ///< the node of each attempt, refused ones too; the first is attempt 1
  std::uint32_t runs{0};           ///< attempts that were not refused: each may have run
  std::string reason;              ///< see fleet::reason
  std::string detail;              ///< for people
  std::string result;              ///< digest, once it is known
  Instant since;                   ///< in this state
};

struct Outgoing {
  std::string node;
  Message message;
};

enum class Acceptance : std::uint8_t { queued, refused, expired, duplicate };

/// What a result is for the ledger. All but a stranger are to be stored.
enum class Arrival : std::uint8_t {
  of_job,    ///< the job has ended by it
  beside,    ///< kept beside the job: it had ended before, another attempt goes on, or it is tried again
  repeated,  ///< it is stored already
  stranger,  ///< of no job of this ledger, or of one that this node was never given; no receipt goes out
};

class Dispatcher {
 public:
  explicit Dispatcher(const Policy& policy) : policy_{policy} {}

  /// What the store held when the controller started, final states too (their identities are remembered). Leases begin
  /// anew: nobody knows for how long the controller was away.
  void restore(std::vector<JobRecord> records, Instant now);

  /// Of the request order, nodes, priority and deadlines count. duplicate: the identity is known, nothing changes.
  Acceptance accept(JobRecord request, Instant now);
  void cancel(const std::string& job, Instant now);
  /// Ends all probing: what waits is cancelled (stopped), what runs is ended by its node. Nothing is accepted any more.
  void stop_all(Instant now);

  /// A hello came: so many slots, and the jobs that its agent still has (running or spooled).
  void node_up(const std::string& node, std::uint32_t slots, const std::set<std::string>& has, Instant now);
  void node_lost(const std::string& node, Instant now);
  /// It will not be there for now, for a reason that people are told. Jobs that no other node may run end, and so do
  /// new ones, until node_up().
  void node_given_up(const std::string& node, std::string why, Instant now);
  /// Every message of a node after its hello: all are signs of life; fetch, claim, refuse, beat, finish, result and
  /// stopped are signs of a job too. What does not fit (another node's job, an attempt that never was) is ignored.
  void receive(const std::string& node, const Message& message, Instant now);
  /// All pieces of a result have come and its digest is right. Unless it is a stranger's, its row and the changes that
  /// come out are to be committed in one transaction; the receipt is among the messages that come out. A job that is
  /// not final becomes done, or failed, or queued again when the result is not complete.
  Arrival result_arrived(const std::string& node, const std::string& job, std::uint32_t attempt,
                         const std::string& digest, const Ending& ending, Instant now);
  /// Deadlines, leases, repeated offers, signs of life.
  void tick(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  /// Jobs that have changed since the last call, as they are now, in order of acceptance: to be committed.
  std::vector<JobRecord> take_changes();
  /// To be sent after that commit.
  std::vector<Outgoing> take_messages();

  /// Of a job whose final state has been taken, targets and options are not kept.
  [[nodiscard]] const JobRecord* find(const std::string& job) const;
  struct Counts {
    std::uint64_t accepted{0}, duplicates{0}, results_beside{0}, strangers{0};
    std::array<std::uint64_t, job_states> in_state{};
  };
  /// accepted == sum of in_state, always.
  [[nodiscard]] const Counts& counts() const { return counts_; }
  /// Slots that this node has and that no job occupies; 0 while it is away.
  [[nodiscard]] std::uint32_t free_slots(const std::string& node, Instant now) const;

 private:
  struct Node {
    std::uint32_t slots{0};
    std::uint32_t wanted{0};     ///< of its standing fetch, less the offers since
    std::uint32_t occupied{0};   ///< by jobs that are offered or running
    std::set<std::string> jobs;  ///< that are offered, running or finished there
    bool is_up{false};
    bool has_stopped{false};
    std::string given_up;  ///< why; empty: it is waited for
    Instant seen;
    Instant speak_at;  ///< alive, or stop once more
  };
  /// What is only known of jobs that are not final, and not kept on disk.
  struct Live {
    Instant heard;      ///< the last sign of its current attempt
    Instant repeat_at;  ///< its offer
    std::optional<Instant> timer;
    std::set<std::uint32_t> over;  ///< attempts that were refused or whose result has come
  };

  // Changes of one job
  void move(JobRecord& record, JobState state, Instant now);
  void end(JobRecord& record, JobState state, std::string_view reason, std::string detail, Instant now);
  void offer(JobRecord& record, const std::string& node, Instant now);
  void queue_again(JobRecord& record, std::string_view reason, std::string detail, Instant now);
  bool place(JobRecord& record, Instant now);
  void fill(const std::string& node, Instant now);
  void adopt(JobRecord& record, const std::string& node, std::uint32_t attempt, JobState state, Instant now);
  // Messages and times
  void take_sign(const std::string& node, const Message& message, Instant now);
  void take_refusal(const std::string& node, const Message& message, Instant now);
  void take_finish(const std::string& node, const Message& message, Instant now);
  Arrival take_failure(JobRecord& record, std::uint32_t attempt, const std::string& digest, const Ending& ending,
                       Instant now);
  void refuse_or_queue(JobRecord& record, const std::string& node, const Ending& ending, Instant now);
  void job_due(JobRecord& record, Instant now);
  void node_due(const std::string& name, Node& node, Instant now);
  void set_timer(const JobRecord& record);
  void clear_timer(const std::string& job);
  [[nodiscard]] Instant next_moment(const JobRecord& record) const;
  [[nodiscard]] Instant give_up_at(const JobRecord& record) const;
  /// Why no node that may run it is waited for; empty: one is.
  [[nodiscard]] std::string why_hopeless(const JobRecord& record) const;
  void end_hopeless(JobRecord& record, Instant now);
  [[nodiscard]] bool may_retry(const JobRecord& record, Instant now) const;
  void send_order(const JobRecord& record);
  void send(const std::string& node, MessageKind kind, const std::string& job = {}, std::uint32_t attempt = 0);

  Policy policy_;
  Counts counts_;
  bool is_stopped_{false};
  std::uint64_t sequence_{0};
  std::map<std::string, JobRecord> jobs_;
  std::map<std::string, Live> live_;
  std::map<std::string, Node> nodes_;
  JobQueue queue_;
  std::set<std::pair<Instant, std::string>> timers_;
  std::set<std::pair<std::uint64_t, std::string>> changed_;  ///< sequence, job
  std::vector<Outgoing> outgoing_;
};

}  // namespace utnt::fleet
