// SPDX-License-Identifier: BSD-2-Clause
// A fleet in virtual time: the dispatcher with a store, agents with spools, and links that lose, repeat, reorder and
// break. Processes die at fault points (before and after each write, before each action) and start again from what is
// on their disks. Everything follows from one seed; after every step the world checks what must always hold.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/prng.hpp"
#include "fleet/model/agent.hpp"
#include "fleet/model/dispatcher.hpp"
#include "fleet/model/ending.hpp"
#include "fleet/model/model_test_support.hpp"

namespace utnt::fleet::test {

constexpr Duration seconds(std::int64_t count) { return Duration{count * 1'000'000'000}; }
constexpr Duration milliseconds(std::int64_t count) { return Duration{count * 1'000'000}; }

/// Shares are of 1,000; faults happen only before `until`.
struct Faults {
  Duration until{0};
  std::uint64_t lose{0}, repeat{0}, reorder{0};  ///< of messages
  std::uint64_t cut{0};                          ///< chance of each message to break its link
  std::uint64_t crash{0};                        ///< of 100,000 fault points
  std::uint64_t crash_at{0};                     ///< the process dies at the fault point of this number; 0: none
  std::uint64_t bad_images{0};
  std::uint64_t poison{0};            ///< jobs whose every run crashes
  std::optional<std::size_t> gone{};  ///< this node goes at half of `until` and never comes back
};

struct Setting {
  std::uint64_t seed{1};
  std::size_t nodes{3};
  std::uint32_t slots{1};
  Policy policy{};
  Faults faults{};
  Duration run_max{20'000'000'000};
};

class FleetWorld {
 public:
  explicit FleetWorld(const Setting& setting);

  /// The controller is asked at that time; while it is away, again when it is back.
  void accept_at(Duration when, JobRecord job);
  void cancel_at(Duration when, const std::string& job);
  void stop_at(Duration when);
  /// Until every job has its final state and no spool holds anything, or until the limit. Then the final checks.
  void run(Duration limit);

  struct Tally {
    std::uint64_t runs{0}, crashes{0}, cuts{0}, lost{0}, repeated{0}, points{0}, drops{0};
  };
  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] const JobRecord* row(const std::string& job) const;
  [[nodiscard]] std::uint64_t count(JobState state) const;
  [[nodiscard]] std::uint64_t rows() const { return rows_.size(); }
  [[nodiscard]] std::uint64_t runs_of(const std::string& job) const;
  [[nodiscard]] std::uint64_t results() const { return results_.size(); }
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] std::string node_name(std::size_t index) const { return "n" + std::to_string(index); }
  [[nodiscard]] std::vector<std::string> node_names() const;

 private:
  struct Crash {
    std::optional<std::size_t> node;  ///< none: the controller
  };
  struct Result {
    SpooledResult spooled;
    Ending ending;
  };
  struct Run {
    std::uint32_t attempt{0};
  };
  struct Node {
    // on disk
    std::map<std::string, std::pair<Order, std::uint32_t>> journal;
    std::map<std::string, Result> spool;
    // in memory
    std::optional<Agent> agent;
    std::map<std::string, Run> runs;
    std::uint64_t boot{0};
    bool is_gone{false};
    bool is_welcome{false};
    // the link: connection numbers as each end believes, 0 for none; and up to which number all are broken
    std::uint64_t controller_end{0}, agent_end{0}, broken{0};
  };
  struct StoredResult {
    std::string job;
    std::uint32_t attempt{0};
    bool is_complete{false};
  };
  using Thing = std::function<void()>;

  // time and faults
  void later(Duration wait, Thing thing);
  bool step();
  void guarded(const Thing& thing);
  void point(std::optional<std::size_t> node);
  [[nodiscard]] bool are_faults_on() const { return now_ - Instant{} < setting_.faults.until; }
  bool happens(std::uint64_t of_thousand) { return are_faults_on() && prng_.chance(of_thousand, 1'000); }
  Duration between(Duration least, Duration most);
  // links
  void connect(std::size_t node);
  void cut(std::size_t node);
  void say_hello(std::size_t node, std::uint64_t connection);
  void to_node(std::size_t node, const Message& message);
  void to_controller(std::size_t node, const Message& message);
  void deliver(std::size_t node, std::uint64_t connection, bool is_to_node, const Message& message);
  void transfer(std::size_t node, std::uint64_t connection, bool is_to_node, const Message& message);
  // controller
  void start_controller();
  void kill_controller();
  void controller_hears(std::size_t node, const Message& message);
  void take_whole_result(std::size_t node, const Message& last);
  void drain_controller();
  void commit(const std::vector<JobRecord>& changes);
  std::size_t index_of(const std::string& name) const { return std::stoul(name.substr(1)); }
  // nodes
  void start_agent(std::size_t node);
  void kill_agent(std::size_t node);
  void agent_hears(std::size_t node, const Message& message);
  void drain_agent(std::size_t node);
  void act(std::size_t node, const AgentAction& action);
  void start_run(std::size_t node, const Order& order, std::uint32_t attempt);
  Result spool(std::size_t node, const std::string& job, std::uint32_t attempt, const Ending& ending);
  void end_run(std::size_t node, const std::string& job, std::uint32_t attempt, const Ending& ending);
  // checks
  void check_always() const;
  void check_end();
  [[nodiscard]] bool is_settled() const;

  Setting setting_;
  Prng prng_;
  Instant now_;
  std::uint64_t sequence_{0};
  std::map<std::pair<Instant, std::uint64_t>, Thing> events_;
  std::vector<Node> nodes_;
  std::optional<Dispatcher> dispatcher_;
  std::uint64_t pending_requests_{0};
  std::map<std::string, std::set<std::uint64_t>> pieces_;                   ///< by digest: offsets that have come
  std::vector<std::pair<std::string, StoredResult>> uncommitted_;           ///< results to go with the next commit
  std::map<std::string, JobRecord> rows_;                                   ///< the store
  std::map<std::string, StoredResult> results_;                             ///< the store
  std::map<std::string, std::pair<std::size_t, std::string>> complete_;     ///< every complete result: node, job
  std::map<std::pair<std::string, std::uint32_t>, std::uint64_t> started_;  ///< runs of each attempt
  Tally tally_;
};

}  // namespace utnt::fleet::test
