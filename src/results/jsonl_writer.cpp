// SPDX-License-Identifier: BSD-2-Clause
// The five line types. Every line begins with its type and the schema version, so that a file cut or filtered by any
// line tool stays readable.
#include "results/jsonl_writer.hpp"

#include "results/jsonl_fields.hpp"
#include "results/vendor.hpp"

namespace utnt::results {
namespace {

void begin_line(JsonText& json, std::string_view type) {
  json.open_object();
  json.field_word("type", type);
  json.field("schema", jsonl_schema_version);
}

void write_probes(JsonText& json, const ProbesByUse& probes) {
  json.key("probes");
  json.open_object();
  for (const auto& entry : names(report::ProbeUse{})) {
    field_if(json, entry.name, probes[static_cast<std::size_t>(entry.value)]);
  }
  json.close_object();
}

void write_counters(JsonText& json, const report::Counters& c) {
  json.key("counters");
  json.open_object();
  json.field("probes_sent", c.probes_sent);
  json.key("probes_by_use");
  json.open_object();
  for (const auto& entry : names(report::ProbeUse{})) {
    json.field(entry.name, c.probes_by_use[static_cast<std::size_t>(entry.value)]);
  }
  json.close_object();
  json.field("replies", c.replies);
  json.field("replies_late", c.replies_late);
  json.field("replies_duplicate", c.replies_duplicate);
  json.field("replies_nat", c.replies_nat);
  json.field("packets_received", c.packets_received);
  json.field("packets_unparsed", c.packets_unparsed);
  json.field("packets_forged", c.packets_forged);
  json.field("packets_stray", c.packets_stray);
  json.field("traces_started", c.traces_started);
  json.field("traces_ended", c.traces_ended);
  json.field("pings_sent", c.pings_sent);
  json.field("pings_answered", c.pings_answered);
  json.field("revelations", c.revelations);
  json.field("revelations_reused", c.revelations_reused);
  json.field("tunnels_found", c.tunnels_found);
  json.field("retries", c.retries);
  json.field("ceiling_delays", c.ceiling_delays);
  json.field("table_full", c.table_full);
  json.close_object();
}

}  // namespace

JsonlWriter::JsonlWriter(WriteBytes write, report::RuleSet rules) : write_{std::move(write)}, rules_{rules} {}

void JsonlWriter::end_line() {
  line_ += '\n';
  write_(line_);
  line_.clear();
}

void JsonlWriter::run(const RunInfo& r) {
  rules_ = r.rules;
  JsonText json{line_};
  begin_line(json, "run");
  json.field_text("version", r.version);
  json.field_text("commit", r.commit);
  json.field_text("host", r.host);
  json.field_text("list", r.list_name);
  json.field("cycle", r.cycle);
  json.field_word("rules", name_of(r.rules));
  json.field_word("method", name_of(r.method));
  json.field_address("source", r.source);
  json.field_hex("seed", r.seed);
  json.field("start_ns", r.start);
  json.field_word("clock", r.has_wall_clock ? "utc" : "run");
  json.field("rate_pps", r.rate_pps);
  json.field("window_traces", r.window_traces);
  json.field("window_ttls", r.window_ttls);
  json.field("first_ttl", r.first_ttl);
  json.field("max_ttl", r.max_ttl);
  json.field("attempts", r.attempts);
  json.field("gap_limit", r.gap_limit);
  json.field("wait_ms", r.wait_ms);
  json.field("pings", r.pings);
  json.field("frpla_min", r.frpla_min);
  json.field("rtla_min", r.rtla_min);
  json.field("flow", r.flow);
  json.field("brute_force", r.brute_force);
  json.field("doubletree", r.doubletree);
  json.key("destinations");
  r.destinations == 0 ? json.null() : json.number(r.destinations);
  json.key("attribution");
  r.attribution.empty() ? json.null() : json.text(r.attribution);
  json.field_word("vendor_table", vendor_table_date);
  json.field_word("reserved_table", wire::reserved_table_date);
  json.close_object();
  end_line();
}

void JsonlWriter::trace(const TraceResult& t) {
  JsonText json{line_};
  begin_line(json, "trace");
  json.field("id", t.id);
  json.field("user_id", t.user_id);
  json.field_address("source", t.initial.source);
  json.field_address("destination", t.destination);
  json.field("start_ns", t.start);
  json.field("end_ns", t.end);
  json.field_word("stop", name_of(t.stop));
  field_if(json, "stop_data", t.stop_data);
  json.key("hops");
  json.open_array();
  for (const auto& hop : t.hops) write_hop(json, hop, rules_);
  json.close_array();
  json.key("tunnels");
  json.open_array();
  for (const auto& tunnel : t.tunnels) {
    json.open_object();
    tunnel_members(json, tunnel, rules_);
    json.close_object();
  }
  json.close_array();
  write_probes(json, t.probes);
  json.key("path");
  json.open_object();
  path_members(json, t.initial, !t.initial.replies.empty());
  json.close_object();
  if (!t.paths.empty()) {
    json.key("paths");
    json.open_array();
    for (const auto& path : t.paths) {
      json.open_object();
      path_members(json, path, true);
      json.close_object();
    }
    json.close_array();
  }
  json.close_object();
  end_line();
}

void JsonlWriter::ping(const PingResult& p) {
  JsonText json{line_};
  begin_line(json, "ping");
  json.field("trace", p.trace);
  json.field("user_id", p.user_id);
  json.field_address("source", p.source);
  json.field_address("address", p.address);
  json.field("start_ns", p.start);
  json.field("sent", p.sent);
  json.key("echo_reply_ttl");
  p.er_ttl == 0 ? json.null() : json.number(p.er_ttl);
  json.field("icmp_id", p.icmp_id);
  json.field("first_sequence", p.first_sequence);
  json.field("probe_bytes", p.probe_bytes);
  json.field("wait_ms", p.wait_ms);
  json.key("replies");
  json.open_array();
  for (const auto& r : p.replies) {
    json.open_object();
    json.field("sequence", r.sequence);
    json.field_address("address", r.from);
    json.field("reply_ttl", r.ttl);
    json.field("rtt_ns", r.rtt);
    json.field("sent_ns", r.sent);
    json.field("ip_id", r.ip_id);
    json.field("bytes", r.bytes);
    json.close_object();
  }
  json.close_array();
  json.close_object();
  end_line();
}

void JsonlWriter::tunnel(const TunnelResult& t) {
  JsonText json{line_};
  begin_line(json, "tunnel");
  json.field("trace", t.trace);
  json.field("user_id", t.user_id);
  json.field_address("source", t.source);
  json.field_address("destination", t.destination);
  json.field("start_ns", t.start);
  tunnel_members(json, t.tunnel, rules_);
  json.close_object();
  end_line();
}

void JsonlWriter::summary(const Summary& s) {
  JsonText json{line_};
  begin_line(json, "summary");
  json.field("end_ns", s.end);
  json.field("interrupted", s.interrupted);
  json.field("traces", s.traces);
  json.field("traces_incomplete", s.traces_incomplete);
  json.field("pings", s.pings);
  json.field("tunnels", s.tunnels);
  json.field("records_orphaned", s.records_orphaned);
  json.field("records_unknown", s.records_unknown);
  write_counters(json, s.counters);
  json.close_object();
  end_line();
}

}  // namespace utnt::results
