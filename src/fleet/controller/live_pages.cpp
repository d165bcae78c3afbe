// SPDX-License-Identifier: BSD-2-Clause
// Metrics and JSON; the page stands in live_html.cpp.
#include "fleet/controller/live_pages.hpp"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "os_linux/clock.hpp"
#include "results/address_text.hpp"
#include "results/names.hpp"

namespace utnt::fleet {
namespace {

using Json = nlohmann::ordered_json;
using results::address_text;

/// A label's value: backslash, quote and line feed are escaped, other control characters left out.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\\' || c == '"')
      out += std::string{'\\'} + c;
    else if (c >= ' ' && c <= '~')
      out += c;
    else
      out += '?';
  }
  return out;
}

class Metrics {
 public:
  void head(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP utnt_fleet_{0} {2}\n# TYPE utnt_fleet_{0} {1}\n", name, type,
                   help);
  }
  void value(std::uint64_t number, std::string_view key = {}, std::string_view word = {}) {
    if (key.empty())
      fmt::format_to(std::back_inserter(text_), "utnt_fleet_{} {}\n", name_, number);
    else
      fmt::format_to(std::back_inserter(text_), "utnt_fleet_{}{{{}=\"{}\"}} {}\n", name_, key, label(word), number);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string_view name_;
};

Json trace_json(const LiveTrace& live) {
  const auto& trace = live.trace;
  Json hops = Json::array(), tunnels = Json::array();
  for (const auto& hop : trace.hops)
    hops.push_back({{"ttl", hop.probe_ttl}, {"address", address_text(hop.address)}, {"revealed", hop.is_revealed()}});
  for (const auto& tunnel : trace.tunnels) {
    Json lsrs = Json::array();
    for (const auto& lsr : tunnel.lsrs) lsrs.push_back(address_text(lsr.address));
    tunnels.push_back({{"class", results::name_of(tunnel.tunnel_class)},
                       {"ingress", address_text(tunnel.ingress)},
                       {"egress", address_text(tunnel.egress)},
                       {"lsrs", lsrs}});
  }
  return {{"node", live.node},
          {"job", live.job},
          {"list", live.list},
          {"at", os_linux::utc_text(live.at_ns)},
          {"destination", address_text(trace.destination)},
          {"stop", results::name_of(trace.stop)},
          {"hops", hops},
          {"tunnels", tunnels}};
}

}  // namespace

std::string metrics_text(const LivePage& page) {
  const auto& state = page.state;
  const auto& balance = page.balance;
  Metrics out;
  const auto per_node = [&](std::string_view name, std::string_view type, std::string_view help, auto number) {
    out.head(name, type, help);
    for (const auto& [node, live] : state.nodes()) out.value(number(live), "node", node);
  };
  out.head("jobs", "gauge", "Jobs of the ledger by state.");
  for (std::size_t i = 0; i < job_states; ++i) out.value(state.counts().in_state[i], "state", job_state_names[i]);
  out.head("jobs_accepted_total", "counter", "Jobs accepted, those before this start among them.");
  out.value(state.counts().accepted);
  out.head("duplicates_total", "counter", "Requests for a job that was known already, since the start.");
  out.value(state.counts().duplicates);
  out.head("queue", "gauge", "Jobs that wait for a slot.");
  out.value(state.jobs_in(JobState::queued));
  per_node("node_up", "gauge", "Whether the node is connected and welcome.",
           [](const LiveNode& node) { return node.is_up ? 1U : 0U; });
  per_node("node_slots", "gauge", "Slots of the node.", [](const LiveNode& node) { return node.slots; });
  per_node("node_slots_used", "gauge", "Slots with a job.", [](const LiveNode& node) { return node.running.size(); });
  per_node("node_results_total", "counter", "Results received since the start.",
           [](const LiveNode& node) { return node.results; });
  per_node("node_result_bytes_total", "counter", "Bytes of these results.",
           [](const LiveNode& node) { return node.bytes; });
  per_node("node_probes_total", "counter", "Probes that these results took.",
           [](const LiveNode& node) { return node.probes; });
  out.head("alerts_total", "counter", "Alerts since the start.");
  out.value(state.alerts_seen());
  out.head("store_results", "gauge", "Results in the store, late ones among them.");
  out.value(balance.results);
  out.head("store_late_results", "gauge", "Results kept beside a job that had ended otherwise.");
  out.value(balance.late_results);
  out.head("ledger_accepted", "gauge", "Jobs that the store has accepted.");
  out.value(balance.accepted);
  out.head("ledger_balanced", "gauge", "1: every accepted job has exactly one state.");
  out.value(balance.alert.empty() ? 1 : 0);
  return out.take();
}

std::string state_json(const LivePage& page) {
  const auto& state = page.state;
  Json nodes = Json::array(), states = Json::object(), jobs = Json::array(), traces = Json::array();
  for (const auto& [name, node] : state.nodes()) {
    nodes.push_back({{"node", name},
                     {"location", node.location},
                     {"up", node.is_up},
                     {"state", node.state()},
                     {"why", node.why},
                     {"slots", node.slots},
                     {"used", node.running.size()},
                     {"done", node.done},
                     {"not_done", node.not_done},
                     {"results", node.results},
                     {"results_a_minute", LiveState::rate(node, page.now)},
                     {"bytes", node.bytes},
                     {"probes", node.probes}});
  }
  for (std::size_t i = 0; i < job_states; ++i) states[std::string{job_state_names[i]}] = state.counts().in_state[i];
  for (const auto& job : state.jobs()) {
    jobs.push_back({{"job", job.id},
                    {"campaign", job.campaign},
                    {"event", job.event},
                    {"state", name_of(job.state)},
                    {"node", job.node},
                    {"reason", job.reason},
                    {"detail", job.detail}});
  }
  for (const auto& trace : state.traces()) traces.push_back(trace_json(trace));
  const Json json{{"type", "state"},
                  {"schema", 1},
                  {"at", os_linux::utc_text(page.wall_ns)},
                  {"campaign", page.campaign},
                  {"policy", page.policy},
                  {"accepted", state.counts().accepted},
                  {"jobs", states},
                  {"ledger",
                   {{"accepted", page.balance.accepted},
                    {"results", page.balance.results},
                    {"balanced", page.balance.alert.empty()}}},
                  {"nodes", nodes},
                  {"last_jobs", jobs},
                  {"last_traces", traces},
                  {"alerts", state.alerts()}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace utnt::fleet
