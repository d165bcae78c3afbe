// SPDX-License-Identifier: BSD-2-Clause
#include "fleet/controller/live_state.hpp"

#include <algorithm>
#include <exception>
#include <sstream>

#include "fleet/model/bundle.hpp"
#include "os_linux/clock.hpp"
#include "results/jsonl_reader.hpp"

namespace utnt::fleet {
namespace {

using os_linux::monotonic_now;

/// The traces of one result, with the name of the list that they belong to.
class TraceSink final : public results::ResultSink {
 public:
  explicit TraceSink(std::vector<LiveTrace>& traces) : traces_{traces} {}
  void run(const results::RunInfo& info) override { list_ = info.list_name; }
  void trace(const results::TraceResult& trace) override {
    if (traces_.size() < LiveState::traces_max) traces_.push_back({.list = list_, .trace = trace});
  }
  void ping(const results::PingResult& /*ping*/) override {}
  void tunnel(const results::TunnelResult& /*tunnel*/) override {}
  void summary(const results::Summary& /*summary*/) override {}

 private:
  std::vector<LiveTrace>& traces_;
  std::string list_;
};

template <class Entry>
void put_first(std::deque<Entry>& entries, Entry entry, std::size_t most) {
  entries.push_front(std::move(entry));
  if (entries.size() > most) entries.pop_back();
}

}  // namespace

void LiveState::add_node(const std::string& name, std::uint32_t slots, const std::string& location) {
  auto& node = nodes_[name];
  node.slots = slots;
  node.location = location;
}

void LiveState::node_up(const std::string& node, const std::string& /*hello*/) {
  ++version_;
  nodes_[node].is_up = true;
}

void LiveState::node_down(const std::string& node, const std::string& why) {
  ++version_;
  nodes_[node].is_up = false;
  nodes_[node].why = why;
}

void LiveState::job_changed(const JobRecord& job) {
  ++version_;
  const auto& id = job.order.id;
  for (auto& [name, node] : nodes_) {
    if (name != job.node || !occupies_slot(job.state)) node.running.erase(id);
  }
  if (occupies_slot(job.state)) nodes_[job.node].running.try_emplace(id, 0);
  if (!is_final(job.state)) return;
  if (const auto node = nodes_.find(job.node); node != nodes_.end())
    ++(job.state == JobState::done ? node->second.done : node->second.not_done);
  put_first(jobs_,
            {.id = id,
             .campaign = job.order.campaign,
             .node = job.node,
             .reason = job.reason,
             .detail = job.detail,
             .event = job.order.event,
             .state = job.state},
            jobs_max);
}

void LiveState::progress(const std::string& node, const std::string& job, const std::string& /*phase*/,
                         std::uint64_t probes) {
  ++version_;
  auto& running = nodes_[node].running;
  if (const auto found = running.find(job); found != running.end()) found->second = probes;
}

void LiveState::result_stored(const std::string& name, const NewResult& result, StoredAs how) {
  ++version_;
  if (how == StoredAs::held) return;
  auto& node = nodes_[name];
  ++node.results;
  node.bytes += result.payload.size();
  const auto now = monotonic_now();
  node.arrivals.push_back(now);
  constexpr std::size_t arrivals_max = 10'000;
  while (node.arrivals.front() + rate_window < now || node.arrivals.size() > arrivals_max) node.arrivals.pop_front();
  read_traces(name, result);
}

void LiveState::read_traces(const std::string& name, const NewResult& result) {
  const std::string_view bytes{reinterpret_cast<const char*>(result.payload.data()), result.payload.size()};
  std::vector<LiveTrace> traces;
  try {
    const auto bundle = parse_bundle(bytes);
    nodes_[name].probes += bundle.header.probes;
    if (!keeps_traces_ || bundle.header.format != "jsonl") return;
    // Of a long result the beginning is enough; a line that is cut there is dropped by the reader.
    std::istringstream text{std::string{bundle.payload.substr(0, read_max)}};
    TraceSink sink{traces};
    results::read_jsonl(text, "result", sink, [](const std::string&) {});
  } catch (const std::exception&) {
    return;  // the controller has complained about it already
  }
  for (auto& trace : traces) {
    trace.node = name;
    trace.job = result.job;
    trace.at_ns = os_linux::wall_clock_ns();
    put_first(traces_, std::move(trace), traces_max);
  }
}

void LiveState::alert(const std::string& node, const std::string& text) {
  ++version_;
  ++alerts_seen_;
  put_first(alerts_, node + ": " + text, alerts_max);
}

std::uint64_t LiveState::results() const {
  std::uint64_t sum = 0;
  for (const auto& [name, node] : nodes_) sum += node.results;
  return sum;
}

std::size_t LiveState::rate(const LiveNode& node, Instant now) {
  const auto is_recent = [&](Instant at) { return at + rate_window >= now; };
  return static_cast<std::size_t>(std::count_if(node.arrivals.begin(), node.arrivals.end(), is_recent));
}

}  // namespace utnt::fleet
