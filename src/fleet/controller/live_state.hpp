// SPDX-License-Identifier: BSD-2-Clause
// What a running controller shows at this moment: nodes, jobs, the last traces with their tunnels. Filled by what it
// observes; the terminal's table, the page, the metrics and /api/state are views of it. Bounded, whatever comes.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "fleet/controller/observer.hpp"
#include "results/trace_model.hpp"

namespace utnt::fleet {

struct LiveNode {
  std::uint32_t slots{0};  ///< that the inventory grants
  std::string location{};
  bool is_up{false};
  std::string why{};                               ///< it is not up, or was not before
  std::map<std::string, std::uint64_t> running{};  ///< job, and its probes so far
  std::uint64_t done{0}, not_done{0};              ///< jobs that ended here
  std::uint64_t results{0}, bytes{0}, probes{0};   ///< of the results that came
  std::deque<Instant> arrivals{};                  ///< of results, within rate_window
  /// up, down; connecting: nothing is known of it yet.
  [[nodiscard]] std::string_view state() const { return is_up ? "up" : why.empty() ? "connecting" : "down"; }
};

struct LiveTrace {
  std::string node{};
  std::string job{};
  std::string list{};  ///< name of the list, as the node's result says
  std::int64_t at_ns{0};
  results::TraceResult trace{};
};

struct LiveJob {
  std::string id{}, campaign{}, node{}, reason{}, detail{};
  std::uint64_t event{0};
  JobState state{JobState::queued};
};

class LiveState final : public Observer {
 public:
  static constexpr std::size_t traces_max = 12, jobs_max = 20, alerts_max = 20;
  static constexpr std::size_t read_max = 256U << 10;  ///< of one result, when traces are looked for in it
  static constexpr Duration rate_window{60'000'000'000};

  void add_node(const std::string& name, std::uint32_t slots, const std::string& location);
  /// Without, results are counted only.
  void keep_traces() { keeps_traces_ = true; }

  void node_up(const std::string& node, const std::string& hello) override;
  void node_down(const std::string& node, const std::string& why) override;
  void job_changed(const JobRecord& job) override;
  void progress(const std::string& node, const std::string& job, const std::string& phase,
                std::uint64_t probes) override;
  void result_stored(const std::string& node, const NewResult& result, StoredAs how) override;
  void alert(const std::string& node, const std::string& text) override;
  /// Jobs by state are the dispatcher's: it knows those from before too.
  void count(const Dispatcher::Counts& counts) { counts_ = counts; }

  [[nodiscard]] const std::map<std::string, LiveNode>& nodes() const { return nodes_; }
  [[nodiscard]] const std::deque<LiveTrace>& traces() const { return traces_; }  ///< newest first, so with the next two
  [[nodiscard]] const std::deque<LiveJob>& jobs() const { return jobs_; }
  [[nodiscard]] const std::deque<std::string>& alerts() const { return alerts_; }
  [[nodiscard]] const Dispatcher::Counts& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t jobs_in(JobState state) const {
    return counts_.in_state[static_cast<std::size_t>(state)];
  }
  [[nodiscard]] std::uint64_t results() const;
  [[nodiscard]] std::uint64_t alerts_seen() const { return alerts_seen_; }
  /// Results of the node a minute, over the last one.
  [[nodiscard]] static std::size_t rate(const LiveNode& node, Instant now);
  /// Counts up with every change.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  void read_traces(const std::string& node, const NewResult& result);
  std::map<std::string, LiveNode> nodes_;
  std::deque<LiveTrace> traces_;
  std::deque<LiveJob> jobs_;
  std::deque<std::string> alerts_;
  Dispatcher::Counts counts_;
  std::uint64_t alerts_seen_{0};
  std::uint64_t version_{0};
  bool keeps_traces_{false};
};

/// Passes everything on to two.
class BothObservers final : public Observer {
 public:
  BothObservers(Observer& first, Observer& second) : first_{first}, second_{second} {}
  void node_up(const std::string& node, const std::string& hello) override {
    first_.node_up(node, hello), second_.node_up(node, hello);
  }
  void node_down(const std::string& node, const std::string& why) override {
    first_.node_down(node, why), second_.node_down(node, why);
  }
  void node_trouble(const std::string& node, const NodeTrouble& trouble) override {
    first_.node_trouble(node, trouble), second_.node_trouble(node, trouble);
  }
  void job_changed(const JobRecord& job) override { first_.job_changed(job), second_.job_changed(job); }
  void progress(const std::string& node, const std::string& job, const std::string& phase,
                std::uint64_t probes) override {
    first_.progress(node, job, phase, probes), second_.progress(node, job, phase, probes);
  }
  void result_stored(const std::string& node, const NewResult& result, StoredAs how) override {
    first_.result_stored(node, result, how), second_.result_stored(node, result, how);
  }
  void alert(const std::string& node, const std::string& text) override {
    first_.alert(node, text), second_.alert(node, text);
  }

 private:
  Observer& first_;
  Observer& second_;
};

}  // namespace utnt::fleet
