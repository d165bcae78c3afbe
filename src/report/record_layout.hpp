// SPDX-License-Identifier: BSD-2-Clause
// The field order of every record, written once for both directions: `c` is a FieldWriter (and `e` const) or a
// FieldReader. Changing a line here changes the format: raise record_version and docs/reference/records.md with it.
#pragma once

#include "report/record.hpp"
#include "report/record_codec.hpp"

namespace utnt::report {

template <class C, class... T>
void values(C& c, T&... fields) {
  (c.value(fields), ...);
}

template <class C, class E>
void path_start_fields(C& c, E& e) {
  values(c, e.trace, e.path, e.kind, e.method, e.source, e.destination, e.user_id, e.flow, e.source_port,
         e.destination_port, e.first_ttl, e.attempts_max, e.gap_limit, e.wait_ms, e.probe_bytes, e.tunnel, e.step,
         e.at);
}

template <class C, class E>
void reply_fields(C& c, E& e) {
  values(c, e.trace, e.path, e.probe_ttl, e.attempt, e.kind, e.flags, e.from, e.reply_ttl, e.reply_tos, e.reply_ip_id,
         e.reply_bytes, e.icmp_type, e.icmp_code, e.quoted_ttl, e.quoted_tos, e.quoted_bytes, e.probe_bytes, e.sent,
         e.rtt, e.extension_bytes);
  c.check_count(e.extension_bytes, core::extension_bytes_max);
  if (c.ok()) c.bytes(e.extension.data(), e.extension_bytes);
}

template <class C, class E>
void path_end_fields(C& c, E& e) {
  values(c, e.trace, e.path, e.stop, e.stop_data, e.last_ttl, e.probes_sent, e.at);
}

template <class C, class E>
void ping_fields(C& c, E& e) {
  values(c, e.trace, e.source, e.address, e.user_id, e.sent, e.er_ttl, e.icmp_id, e.first_sequence, e.probe_bytes,
         e.wait_ms, e.at, e.replies);
  c.check_count(e.replies, core::ping_replies_max);
  for (std::size_t i = 0; c.ok() && i < e.replies; ++i) {
    auto& r = e.reply[i];
    values(c, r.sent, r.rtt, r.from, r.ttl, r.ip_id, r.bytes, r.sequence);
  }
}

template <class C, class E>
void verdict_fields(C& c, E& e) {
  values(c, e.trace, e.index, e.probe_ttl, e.address, e.kind, e.reserved, e.marks, e.discoveries, e.attempts, e.step,
         e.te_ttl, e.er_ttl, e.unreachable_ttl, e.quoted_ttl, e.labels, e.top_lse, e.icmp_code, e.rtt, e.frpla, e.rtla,
         e.uturn, e.egress_ambiguous);
}

template <class C, class E>
void tunnel_fields(C& c, E& e) {
  values(c, e.trace, e.id, e.tunnel_class, e.trigger, e.reused, e.ingress, e.egress, e.first_index, e.last_index,
         e.evidence, e.rtla, e.frpla, e.mttl, e.samples, e.steps, e.estimated_lsrs, e.revealed_lsrs, e.completeness,
         e.confidence, e.stop, e.flow);
}

template <class C, class E>
void trace_end_fields(C& c, E& e) {
  values(c, e.trace, e.destination, e.user_id, e.path, e.stop, e.stop_data, e.hops, e.tunnels, e.probes, e.start, e.at);
}

template <class C, class E>
void run_start_fields(C& c, E& e) {
  values(c, e.version, e.commit, e.host, e.list_name, e.attribution, e.cycle, e.rules, e.method, e.source, e.seed, e.at,
         e.epoch_offset_ns, e.has_wall_clock, e.rate_pps, e.window_traces, e.window_ttls, e.first_ttl, e.max_ttl,
         e.attempts, e.gap_limit, e.wait_ms, e.pings, e.frpla_min, e.rtla_min, e.flow, e.brute_force, e.doubletree,
         e.destinations);
}

template <class C, class E>
void counters_fields(C& c, E& e) {
  auto& n = e.counters;
  values(c, e.at, e.final, e.interrupted, n.probes_sent, n.probes_by_use, n.replies, n.replies_late,
         n.replies_duplicate, n.replies_nat, n.packets_received, n.packets_unparsed, n.packets_forged, n.packets_stray,
         n.traces_started, n.traces_ended, n.pings_sent, n.pings_answered, n.revelations, n.revelations_reused,
         n.tunnels_found, n.retries, n.ceiling_delays, n.table_full);
}

}  // namespace utnt::report
