// SPDX-License-Identifier: BSD-2-Clause
// Objects inside result lines. The order of fields is fixed, so that two runs can be compared as text.
#include "results/jsonl_fields.hpp"

#include "base/bytes.hpp"
#include "results/extension.hpp"
#include "results/vendor.hpp"

namespace utnt::results {
namespace {

using report::Discovery;
using report::Mark;
using report::RuleSet;

void write_label_stack(JsonText& json, const ExtensionObject& object) {
  json.open_array();
  for (const auto entry : label_stack(object)) {
    json.open_object();
    json.field("label", entry.label().value());
    json.field("tc", static_cast<unsigned>(entry.traffic_class()));
    json.field("s", entry.bottom() ? 1 : 0);
    json.field("ttl", static_cast<unsigned>(entry.ttl().value()));
    json.close_object();
  }
  json.close_array();
}

void write_interface(JsonText& json, const wire::InterfaceInfo& info) {
  static constexpr std::string_view roles[] = {"incoming", "sub_ip", "outgoing", "next_hop"};
  json.open_object();
  json.field_word("role", roles[static_cast<std::size_t>(info.role) & 3U]);
  if (info.if_index) json.field("index", *info.if_index);
  if (!info.address.is_none()) json.field_address("address", info.address);
  if (!info.name.empty()) json.field_text("name", info.name);
  if (info.mtu) json.field("mtu", *info.mtu);
  json.close_object();
}

void write_extension(JsonText& json, const ExtensionObject& object) {
  json.open_object();
  json.field("class", static_cast<unsigned>(object.object_class));
  json.field("ctype", static_cast<unsigned>(object.c_type));
  if (is_label_stack(object)) {
    json.key("mpls");
    write_label_stack(json, object);
  } else {
    json.field_hex("hex", object.payload);
  }
  if (const auto info = interface_info(object)) {
    json.key("interface");
    write_interface(json, *info);
  }
  json.close_object();
}

/// Names of the original for what a hop is; IMP and INF say in its words what the other marks imply.
void write_marks(JsonText& json, const Hop& hop) {
  const bool is_implicit = hop.marks.has(Mark::implicit_qttl) || hop.marks.has(Mark::implicit_uturn);
  const bool is_inferred = hop.marks.bits() == static_cast<std::uint8_t>(Mark::lsr);
  json.open_array();
  if (is_implicit) json.word("IMP");
  if (is_inferred) json.word("INF");
  for (const auto& entry : names(Mark{})) {
    if (hop.marks.has(entry.value)) json.word(entry.name);
  }
  json.close_array();
}

void write_discovery(JsonText& json, report::Discoveries discoveries) {
  json.open_array();
  if (technique_of(discoveries) == Technique::unknown) {
    json.word("UNKN");
    discoveries.clear(Discovery::dpr | report::Discoveries{Discovery::brpr});
  }
  for (const auto& entry : names(Discovery{})) {
    if (discoveries.has(entry.value)) json.word(entry.name);
  }
  json.close_array();
}

void write_vendors(JsonText& json, const Hop& hop) {
  const auto vendors = vendor_guess(hop);
  if (vendors.empty()) return;
  json.key("vendor_guess");
  json.open_object();
  for (const auto& [vendor, per_mille] : vendors) {
    json.key(vendor);
    per_mille == 0 ? json.null() : json.fixed_point(per_mille, 1);
  }
  json.close_object();
}

/// Whether the reply that the hop was judged by is at hand: its raw fields then stand in the hop itself.
bool has_used_reply(const Hop& hop) {
  if (hop.replies.empty()) return false;
  const auto& r = hop.replies.front();
  return r.from == hop.address && r.kind == hop.kind && r.probe_ttl == hop.probe_ttl && r.reply_ttl == hop.te_ttl &&
         r.quoted_ttl == hop.quoted_ttl && r.icmp_code == hop.icmp_code && r.rtt == hop.rtt;
}

/// The labels stand in the extensions; only what cannot be read off there is written again.
void write_hop_labels(JsonText& json, const Hop& hop) {
  if (label_summary(hop) == LabelSummary{hop.labels, hop.top_lse}) return;
  json.field("label_depth", hop.labels);
  json.field("label_top_word", hop.top_lse);
}

}  // namespace

void reply_details(JsonText& json, const Reply& r) {
  json.field("sent_ns", r.sent);
  field_if(json, "attempt", r.attempt);
  field_if(json, "tos", r.reply_tos);
  json.field("ip_id", r.reply_ip_id);
  json.field("bytes", r.reply_bytes);
  json.field("icmp_type", r.icmp_type);
  json.field("icmp_code", r.icmp_code);
  field_if(json, "quoted_tos", r.quoted_tos);
  field_if(json, "quoted_bytes", r.quoted_bytes);
  json.field("probe_bytes", r.probe_bytes);
  if (!r.extensions.empty()) {
    json.key("extensions");
    json.open_array();
    for (const auto& object : r.extensions) write_extension(json, object);
    json.close_array();
  }
  if (!r.flags.empty()) {
    json.key("flags");
    flag_words(json, r.flags);
  }
}

void write_reply(JsonText& json, const Reply& r) {
  json.open_object();
  json.field("ttl", r.probe_ttl);
  json.field_address("address", r.from);
  json.field_word("kind", name_of(r.kind));
  json.field("reply_ttl", r.reply_ttl);
  json.field("quoted_ttl", r.quoted_ttl);
  json.field("rtt_ns", r.rtt);
  reply_details(json, r);
  json.close_object();
}

void path_members(JsonText& json, const Path& p, bool with_replies) {
  json.field("id", p.id);
  json.field_word("kind", name_of(p.kind));
  json.field_word("method", name_of(p.method));
  json.field_address("source", p.source);
  json.field_address("destination", p.destination);
  json.field("flow", p.flow);
  json.field("source_port", p.source_port);
  json.field("destination_port", p.destination_port);
  json.field("first_ttl", p.first_ttl);
  json.field("last_ttl", p.last_ttl);
  json.field("attempts", p.attempts_max);
  json.field("gap_limit", p.gap_limit);
  json.field("wait_ms", p.wait_ms);
  json.field("probe_bytes", p.probe_bytes);
  field_if(json, "tunnel", p.tunnel);
  field_if(json, "step", p.step);
  json.field("start_ns", p.start);
  json.field("end_ns", p.end);
  json.field_word("stop", name_of(p.stop));
  field_if(json, "stop_data", p.stop_data);
  json.field("probes_sent", p.probes_sent);
  if (!with_replies) return;
  json.key("replies");
  json.open_array();
  for (const auto& reply : p.replies) write_reply(json, reply);
  json.close_array();
}

void write_hop(JsonText& json, const Hop& hop, RuleSet rules) {
  json.open_object();
  json.field("ttl", hop.probe_ttl);
  json.field_address("address", hop.address);
  if (!hop.is_silent()) {
    json.field_word("kind", name_of(hop.kind));
    json.field("reply_ttl", hop.te_ttl);
    json.key("echo_reply_ttl");
    hop.er_ttl == 0 ? json.null() : json.number(hop.er_ttl);
    field_if(json, "unreachable_ttl", hop.unreachable_ttl);
    json.field("quoted_ttl", hop.quoted_ttl);
    json.field("rtt_ns", hop.rtt);
    json.field("frpla", hop.frpla);
    json.field("rtla", hop.rtla);
    json.field("uturn", hop.uturn);
  }
  if (hop.reserved) json.field("reserved", true);
  json.key("marks");
  write_marks(json, hop);
  if (!hop.discoveries.empty()) {
    json.key("discovery");
    write_discovery(json, hop.discoveries);
  }
  if (!hop.attempts.empty()) {
    json.key("attempt_failed");
    flag_words(json, hop.attempts);
  }
  field_if(json, "step", hop.step);
  if (rules == RuleSet::tnt) {
    json.field_null("egress_ambiguous");
  } else {
    json.field("egress_ambiguous", hop.egress_ambiguous);
  }
  write_hop_labels(json, hop);
  write_vendors(json, hop);
  const bool has_used = has_used_reply(hop);
  if (has_used) reply_details(json, hop.replies.front());
  if (!has_used && hop.icmp_code != 0) json.field("icmp_code", hop.icmp_code);
  if (hop.replies.size() > (has_used ? 1U : 0U)) {
    json.key("other_replies");
    json.open_array();
    for (std::size_t i = has_used ? 1 : 0; i < hop.replies.size(); ++i) write_reply(json, hop.replies[i]);
    json.close_array();
  }
  json.close_object();
}

void tunnel_members(JsonText& json, const Tunnel& t, RuleSet rules) {
  json.field("id", t.id);
  json.field_word("class", name_of(t.tunnel_class));
  json.key("trigger");
  t.trigger == report::Trigger::none ? json.null() : json.word(name_of(t.trigger));
  json.field_address("ingress", t.ingress);
  json.field_address("egress", t.egress);
  json.field("ingress_hop", t.first_index);
  json.field("egress_hop", t.last_index);
  json.key("lsrs");
  json.open_array();
  for (const auto& lsr : t.lsrs) {
    json.open_object();
    json.field_address("address", lsr.address);
    json.key("technique");
    lsr.technique == Technique::none ? json.null() : json.word(name_of(lsr.technique));
    field_if(json, "step", lsr.step);
    json.close_object();
  }
  json.close_array();
  json.key("estimated_lsrs");
  t.estimated_lsrs == 0 ? json.null() : json.number(t.estimated_lsrs);
  json.field("revealed_lsrs", t.revealed_lsrs);
  json.field_word("completeness", name_of(t.completeness));
  json.key("stop");
  flag_words(json, t.stop);
  json.field("reused", t.reused);
  json.field("steps", t.steps);
  json.field("flow", t.flow);
  json.field("rtla", t.rtla);
  json.field("frpla", t.frpla);
  json.key("mttl");
  t.mttl == 0 ? json.null() : json.number(t.mttl);
  if (rules == RuleSet::tnt) {
    json.field_null("evidence");
    json.field_null("samples");
    json.field_null("confidence");
    return;
  }
  json.key("evidence");
  flag_words(json, t.evidence);
  json.field("samples", t.samples);
  json.field_word("confidence", name_of(t.confidence));
}

}  // namespace utnt::results
