// SPDX-License-Identifier: BSD-2-Clause
// What is shown is what was observed, and what nodes write stays text.
#include "fleet/controller/live_pages.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fleet/model/bundle.hpp"
#include "results/jsonl_writer.hpp"
#include "results/names.hpp"

namespace utnt::fleet {
namespace {

constexpr const char* script = "<script>alert('x')</script>";

/// What a node sends for one trace through a hidden tunnel of three.
std::string bundle_text(const std::string& list) {
  std::string payload;
  results::JsonlWriter writer{[&](std::string_view line) { payload += line; }};
  results::RunInfo info;
  info.list_name = list;
  writer.run(info);
  results::TraceResult trace;
  trace.destination = *wire::parse_address("20.0.8.2");
  for (const auto* address : {"20.0.1.2", "20.0.2.2", "20.0.3.2", "20.0.4.2", "20.0.5.2", "20.0.6.2", "20.0.8.2"}) {
    results::Hop hop;
    hop.address = *wire::parse_address(address);
    hop.probe_ttl = static_cast<std::uint8_t>(trace.hops.size() + 1);
    trace.hops.push_back(hop);
  }
  results::Tunnel tunnel;
  tunnel.tunnel_class = *results::value_of<report::TunnelClass>("invisible_php");
  tunnel.first_index = 1;
  tunnel.last_index = 5;
  tunnel.ingress = trace.hops[1].address;
  tunnel.egress = trace.hops[5].address;
  for (std::size_t i = 2; i < 5; ++i) tunnel.lsrs.push_back({.address = trace.hops[i].address});
  trace.tunnels.push_back(tunnel);
  writer.trace(trace);
  BundleHeader header{.job = std::string(32, 'a'), .attempt = 1, .node = "n"};
  header.variant = "unikernel";
  header.is_complete = true;
  header.probes = 77;
  return write_bundle(header, payload);
}

NewResult result_of(const std::string& bundle) {
  NewResult result;
  result.job = std::string(32, 'a');
  result.payload = std::as_bytes(std::span{bundle});
  return result;
}

class Pages : public testing::Test {
 protected:
  void show(const std::string& list) {
    bundle_ = bundle_text(list);
    state_.keep_traces();
    state_.add_node("paris", 2, "Paris");
    state_.node_up("paris", "{}");
    state_.result_stored("paris", result_of(bundle_), StoredAs::result);
  }
  [[nodiscard]] LivePage page() const {
    return {.state = state_, .balance = balance_, .campaign = "c1", .policy = "wait", .now = Instant{1}};
  }
  LiveState state_;
  Balance balance_;
  std::string bundle_;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(Pages, draw_the_last_traces_with_their_tunnels) {
  show("list");
  const auto html = page_html(page());
  EXPECT_TRUE(has(html, "20.0.8.2 from paris"));
  EXPECT_TRUE(has(html, "<title>invisible_php 20.0.2.2 to 20.0.6.2</title>"));
  EXPECT_TRUE(has(html, ">invisible_php (3)</text>"));
  EXPECT_TRUE(has(html, "invisible tunnel (PHP) 20.0.2.2 -&gt; 20.0.6.2"));
  const auto json = nlohmann::json::parse(state_json(page()));
  const auto& tunnel = json["last_traces"][0]["tunnels"][0];
  EXPECT_EQ(tunnel["class"], "invisible_php");
  EXPECT_EQ(tunnel["lsrs"], (std::vector<std::string>{"20.0.3.2", "20.0.4.2", "20.0.5.2"}));
  EXPECT_EQ(json["nodes"][0]["probes"], 77);
}

TEST_F(Pages, escape_every_text_of_a_node) {
  show(script);
  state_.node_down("paris", script);
  state_.alert("paris", script);
  state_.add_node(script, 1, script);
  JobRecord job;
  job.state = JobState::failed;
  job.order.id = job.node = job.reason = job.detail = script;
  state_.job_changed(job);
  auto shown = page();
  shown.campaign = script;
  const auto html = page_html(shown);
  EXPECT_FALSE(has(html, "<script"));
  EXPECT_TRUE(has(html, "<span class=list>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</span>"));
  EXPECT_TRUE(has(html, "<li>paris: &lt;script&gt;"));
  EXPECT_EQ(html_text("\"><img src=x>\x1b\n\xff&"), "&quot;&gt;&lt;img src=x&gt;???&amp;");
  EXPECT_TRUE(nlohmann::json::parse(state_json(shown)).is_object());
}

TEST_F(Pages, give_metrics_that_a_collector_can_read) {
  show("list");
  state_.node_down("odd\"name\\\n", "gone");
  Dispatcher::Counts counts;
  counts.accepted = 5;
  counts.in_state[static_cast<std::size_t>(JobState::queued)] = 2;
  counts.in_state[static_cast<std::size_t>(JobState::done)] = 3;
  state_.count(counts);
  balance_.accepted = 5;
  balance_.results = 4;
  const auto text = metrics_text(page());
  EXPECT_TRUE(has(text, "# TYPE utnt_fleet_jobs gauge\nutnt_fleet_jobs{state=\"queued\"} 2\n"));
  EXPECT_TRUE(has(text, "utnt_fleet_jobs{state=\"done\"} 3\n"));
  EXPECT_TRUE(has(text, "utnt_fleet_jobs_accepted_total 5\n"));
  EXPECT_TRUE(has(text, "utnt_fleet_queue 2\n"));
  EXPECT_TRUE(has(text, "utnt_fleet_node_up{node=\"paris\"} 1\n"));
  EXPECT_TRUE(has(text, "utnt_fleet_node_up{node=\"odd\\\"name\\\\\\n\"} 0\n"));
  EXPECT_TRUE(has(text, "utnt_fleet_node_slots{node=\"paris\"} 2\n"));
  EXPECT_TRUE(has(text, "utnt_fleet_node_results_total{node=\"paris\"} 1\n"));
  EXPECT_TRUE(has(text, "utnt_fleet_node_probes_total{node=\"paris\"} 77\n"));
  EXPECT_TRUE(has(text, "utnt_fleet_store_results 4\n"));
  EXPECT_TRUE(has(text, "utnt_fleet_ledger_balanced 1\n"));
  balance_.alert = "one row is missing";
  EXPECT_TRUE(has(metrics_text(page()), "utnt_fleet_ledger_balanced 0\n"));
}

TEST_F(Pages, take_a_payload_that_is_no_result_for_none) {
  state_.keep_traces();
  const std::string bad = "{\"type\":\"trace\",\"hops\":[{}],\"tunnels\":[{\"first_index\":9}]}";
  state_.result_stored("n", result_of(bad), StoredAs::late);
  state_.result_stored("n", result_of({}), StoredAs::result);
  EXPECT_TRUE(state_.traces().empty());
  EXPECT_EQ(state_.results(), 2U);
  EXPECT_TRUE(has(page_html(page()), "None yet."));
}

TEST_F(Pages, hold_a_bounded_number_of_everything) {
  show("list");
  for (int i = 0; i < 100; ++i) {
    state_.result_stored("paris", result_of(bundle_), StoredAs::result);
    state_.alert("paris", "again");
    JobRecord job;
    job.state = JobState::done;
    state_.job_changed(job);
  }
  EXPECT_EQ(state_.traces().size(), LiveState::traces_max);
  EXPECT_EQ(state_.alerts().size(), LiveState::alerts_max);
  EXPECT_EQ(state_.jobs().size(), LiveState::jobs_max);
  EXPECT_EQ(state_.alerts_seen(), 100U);
}

TEST(TraceSvg, copes_with_a_trace_of_any_shape) {
  results::TraceResult trace;
  EXPECT_EQ(trace_svg(trace), "");
  trace.hops.resize(255);
  results::Tunnel tunnel;
  tunnel.first_index = 200;
  tunnel.last_index = 3;
  trace.tunnels.push_back(tunnel);
  const auto svg = trace_svg(trace);
  EXPECT_FALSE(has(svg, "width=\"-"));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

}  // namespace
}  // namespace utnt::fleet
