// SPDX-License-Identifier: BSD-2-Clause
// Member by member reading of result lines. Derived members (vendor_guess, interface, IMP, INF) are not read back.
#include "results/jsonl_parse.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "results/extension.hpp"
#include "results/json_fields.hpp"

namespace utnt::results {
namespace {

using Json = nlohmann::json;
using report::Discovery;

void append_be32(std::vector<std::byte>& out, std::uint32_t word) {
  out.resize(out.size() + 4);
  store_be32(MutableBytes{out}.last(4), 0, word);
}

ExtensionObject parse_extension(const Json& json) {
  const JsonFields f{json};
  ExtensionObject object;
  f.number("class", object.object_class);
  f.number("ctype", object.c_type);
  f.hex("hex", object.payload);
  f.each("mpls", [&object](const Json& entry) {
    const JsonFields e{entry};
    std::uint32_t label = 0;
    std::uint8_t traffic_class = 0;
    std::uint8_t bottom = 0;
    std::uint8_t ttl = 0;
    e.number("label", label);
    e.number("tc", traffic_class);
    e.number("s", bottom);
    e.number("ttl", ttl);
    if (label > wire::label::last.value()) JsonFields::fail("label", "number too large");
    if (traffic_class > 7) JsonFields::fail("tc", "number too large");
    append_be32(object.payload, wire::LabelStackEntry{MplsLabel{label}, traffic_class, bottom != 0, Ttl{ttl}}.word());
  });
  return object;
}

void parse_reply_details(const JsonFields& f, Reply& r) {
  f.number("sent_ns", r.sent);
  f.number("attempt", r.attempt);
  f.number("tos", r.reply_tos);
  f.number("ip_id", r.reply_ip_id);
  f.number("bytes", r.reply_bytes);
  f.number("icmp_type", r.icmp_type);
  f.number("icmp_code", r.icmp_code);
  f.number("quoted_tos", r.quoted_tos);
  f.number("quoted_bytes", r.quoted_bytes);
  f.number("probe_bytes", r.probe_bytes);
  f.each("extensions", [&r](const Json& e) { r.extensions.push_back(parse_extension(e)); });
  f.flags("flags", r.flags);
}

Reply parse_reply(const Json& json) {
  const JsonFields f{json};
  Reply r;
  f.number("ttl", r.probe_ttl);
  f.address("address", r.from);
  f.word("kind", r.kind);
  f.number("reply_ttl", r.reply_ttl);
  f.number("quoted_ttl", r.quoted_ttl);
  f.number("rtt_ns", r.rtt);
  parse_reply_details(f, r);
  return r;
}

Path parse_path(const Json& json) {
  const JsonFields f{json};
  Path p;
  f.number("id", p.id);
  f.word("kind", p.kind);
  f.word("method", p.method);
  f.address("source", p.source);
  f.address("destination", p.destination);
  f.number("flow", p.flow);
  f.number("source_port", p.source_port);
  f.number("destination_port", p.destination_port);
  f.number("first_ttl", p.first_ttl);
  f.number("last_ttl", p.last_ttl);
  f.number("attempts", p.attempts_max);
  f.number("gap_limit", p.gap_limit);
  f.number("wait_ms", p.wait_ms);
  f.number("probe_bytes", p.probe_bytes);
  f.number("tunnel", p.tunnel);
  f.number("step", p.step);
  f.number("start_ns", p.start);
  f.number("end_ns", p.end);
  f.word("stop", p.stop);
  f.number("stop_data", p.stop_data);
  f.number("probes_sent", p.probes_sent);
  f.each("replies", [&p](const Json& r) { p.replies.push_back(parse_reply(r)); });
  return p;
}

void parse_hop_labels(const JsonFields& f, Hop& hop) {
  const auto labels = label_summary(hop);
  hop.labels = labels.depth;
  hop.top_lse = labels.top_word;
  f.number("label_depth", hop.labels);
  f.number("label_top_word", hop.top_lse);
}

Hop parse_hop(const Json& json) {
  const JsonFields f{json};
  Hop h;
  f.number("ttl", h.probe_ttl);
  f.address("address", h.address);
  f.word("kind", h.kind);
  f.number("reply_ttl", h.te_ttl);
  f.number("echo_reply_ttl", h.er_ttl);
  f.number("unreachable_ttl", h.unreachable_ttl);
  f.number("quoted_ttl", h.quoted_ttl);
  f.number("rtt_ns", h.rtt);
  f.number("frpla", h.frpla);
  f.number("rtla", h.rtla);
  f.number("uturn", h.uturn);
  f.boolean("reserved", h.reserved);
  f.flags("marks", h.marks);
  f.flags("discovery", h.discoveries);
  f.each("discovery", [&h](const Json& word) {
    if (JsonFields::text_of(word, "discovery") != name_of(Technique::unknown)) return;
    h.discoveries.set(Discovery::dpr);
    h.discoveries.set(Discovery::brpr);
  });
  f.flags("attempt_failed", h.attempts);
  f.number("step", h.step);
  f.boolean("egress_ambiguous", h.egress_ambiguous);
  f.number("icmp_code", h.icmp_code);
  if (f.find("sent_ns") != nullptr) {
    Reply used;
    used.probe_ttl = h.probe_ttl;
    used.from = h.address;
    used.kind = h.kind;
    used.reply_ttl = h.te_ttl;
    used.quoted_ttl = h.quoted_ttl;
    used.rtt = h.rtt;
    parse_reply_details(f, used);
    h.replies.push_back(std::move(used));
  }
  f.each("other_replies", [&h](const Json& r) { h.replies.push_back(parse_reply(r)); });
  parse_hop_labels(f, h);
  return h;
}

Tunnel parse_tunnel_members(const JsonFields& f) {
  Tunnel t;
  f.number("id", t.id);
  f.word("class", t.tunnel_class);
  f.word("trigger", t.trigger);
  f.address("ingress", t.ingress);
  f.address("egress", t.egress);
  f.number("ingress_hop", t.first_index);
  f.number("egress_hop", t.last_index);
  f.each("lsrs", [&t](const Json& json) {
    const JsonFields l{json};
    TunnelLsr lsr;
    l.address("address", lsr.address);
    l.word("technique", lsr.technique);
    l.number("step", lsr.step);
    t.lsrs.push_back(lsr);
  });
  f.number("estimated_lsrs", t.estimated_lsrs);
  f.number("revealed_lsrs", t.revealed_lsrs);
  f.word("completeness", t.completeness);
  f.flags("stop", t.stop);
  f.boolean("reused", t.reused);
  f.number("steps", t.steps);
  f.number("flow", t.flow);
  f.number("rtla", t.rtla);
  f.number("frpla", t.frpla);
  f.number("mttl", t.mttl);
  f.flags("evidence", t.evidence);
  f.number("samples", t.samples);
  f.word("confidence", t.confidence);
  return t;
}

/// Counts by use, in an object whose members are the words of ProbeUse.
template <class Counts>
void parse_uses(const JsonFields& f, const char* key, Counts& counts) {
  const auto* object = f.find(key);
  if (object == nullptr) return;
  const JsonFields uses{*object};
  for (const auto& entry : names(report::ProbeUse{})) {
    uses.number(std::string{entry.name}.c_str(), counts[static_cast<std::size_t>(entry.value)]);
  }
}

report::Counters parse_counters(const Json& json) {
  const JsonFields f{json};
  report::Counters c;
  f.number("probes_sent", c.probes_sent);
  parse_uses(f, "probes_by_use", c.probes_by_use);
  f.number("replies", c.replies);
  f.number("replies_late", c.replies_late);
  f.number("replies_duplicate", c.replies_duplicate);
  f.number("replies_nat", c.replies_nat);
  f.number("packets_received", c.packets_received);
  f.number("packets_unparsed", c.packets_unparsed);
  f.number("packets_forged", c.packets_forged);
  f.number("packets_stray", c.packets_stray);
  f.number("traces_started", c.traces_started);
  f.number("traces_ended", c.traces_ended);
  f.number("pings_sent", c.pings_sent);
  f.number("pings_answered", c.pings_answered);
  f.number("revelations", c.revelations);
  f.number("revelations_reused", c.revelations_reused);
  f.number("tunnels_found", c.tunnels_found);
  f.number("retries", c.retries);
  f.number("ceiling_delays", c.ceiling_delays);
  f.number("table_full", c.table_full);
  return c;
}

}  // namespace

RunInfo parse_run(const Json& line) {
  const JsonFields f{line};
  RunInfo r;
  f.text("version", r.version);
  f.text("commit", r.commit);
  f.text("host", r.host);
  f.text("list", r.list_name);
  f.number("cycle", r.cycle);
  f.word("rules", r.rules);
  f.word("method", r.method);
  f.address("source", r.source);
  std::vector<std::byte> seed;
  f.hex("seed", seed);
  std::copy_n(seed.begin(), std::min(seed.size(), r.seed.size()), r.seed.begin());
  f.number("start_ns", r.start);
  std::string clock{"utc"};
  f.text("clock", clock);
  r.has_wall_clock = clock == "utc";
  f.number("rate_pps", r.rate_pps);
  f.number("window_traces", r.window_traces);
  f.number("window_ttls", r.window_ttls);
  f.number("first_ttl", r.first_ttl);
  f.number("max_ttl", r.max_ttl);
  f.number("attempts", r.attempts);
  f.number("gap_limit", r.gap_limit);
  f.number("wait_ms", r.wait_ms);
  f.number("pings", r.pings);
  f.number("frpla_min", r.frpla_min);
  f.number("rtla_min", r.rtla_min);
  f.number("flow", r.flow);
  f.boolean("brute_force", r.brute_force);
  f.boolean("doubletree", r.doubletree);
  f.number("destinations", r.destinations);
  f.text("attribution", r.attribution);
  return r;
}

TraceResult parse_trace(const Json& line) {
  const JsonFields f{line};
  TraceResult t;
  if (const auto* path = f.find("path")) t.initial = parse_path(*path);
  f.number("id", t.id);
  f.number("user_id", t.user_id);
  f.address("source", t.initial.source);
  f.address("destination", t.destination);
  f.number("start_ns", t.start);
  f.number("end_ns", t.end);
  f.word("stop", t.stop);
  f.number("stop_data", t.stop_data);
  f.each("hops", [&t](const Json& hop) { t.hops.push_back(parse_hop(hop)); });
  f.each("tunnels", [&t](const Json& tunnel) { t.tunnels.push_back(parse_tunnel_members(JsonFields{tunnel})); });
  parse_uses(f, "probes", t.probes);
  f.each("paths", [&t](const Json& path) { t.paths.push_back(parse_path(path)); });
  return t;
}

PingResult parse_ping(const Json& line) {
  const JsonFields f{line};
  PingResult p;
  f.number("trace", p.trace);
  f.number("user_id", p.user_id);
  f.address("source", p.source);
  f.address("address", p.address);
  f.number("start_ns", p.start);
  f.number("sent", p.sent);
  f.number("echo_reply_ttl", p.er_ttl);
  f.number("icmp_id", p.icmp_id);
  f.number("first_sequence", p.first_sequence);
  f.number("probe_bytes", p.probe_bytes);
  f.number("wait_ms", p.wait_ms);
  f.each("replies", [&p](const Json& json) {
    const JsonFields r{json};
    PingReply reply;
    r.number("sequence", reply.sequence);
    r.address("address", reply.from);
    r.number("reply_ttl", reply.ttl);
    r.number("rtt_ns", reply.rtt);
    r.number("sent_ns", reply.sent);
    r.number("ip_id", reply.ip_id);
    r.number("bytes", reply.bytes);
    p.replies.push_back(reply);
  });
  return p;
}

TunnelResult parse_tunnel(const Json& line) {
  const JsonFields f{line};
  TunnelResult t;
  f.number("trace", t.trace);
  f.number("user_id", t.user_id);
  f.address("source", t.source);
  f.address("destination", t.destination);
  f.number("start_ns", t.start);
  t.tunnel = parse_tunnel_members(f);
  return t;
}

Summary parse_summary(const Json& line) {
  const JsonFields f{line};
  Summary s;
  f.number("end_ns", s.end);
  f.boolean("interrupted", s.interrupted);
  f.number("traces", s.traces);
  f.number("traces_incomplete", s.traces_incomplete);
  f.number("pings", s.pings);
  f.number("tunnels", s.tunnels);
  f.number("records_orphaned", s.records_orphaned);
  f.number("records_unknown", s.records_unknown);
  if (const auto* counters = f.find("counters")) s.counters = parse_counters(*counters);
  return s;
}

}  // namespace utnt::results
