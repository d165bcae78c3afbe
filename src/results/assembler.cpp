// SPDX-License-Identifier: BSD-2-Clause
// Event by event construction of traces. Order inside a trace does not matter except that trace_end closes it.
#include "results/assembler.hpp"

#include <algorithm>
#include <utility>

#include "report/record_reader.hpp"
#include "wire/icmp_extension.hpp"

namespace utnt::results {
namespace {

Path to_path(const core::PathStart& e, Nanoseconds start) {
  Path p;
  p.id = e.path.value();
  p.kind = e.kind;
  p.method = e.method;
  p.source = e.source;
  p.destination = e.destination;
  p.flow = e.flow;
  p.source_port = e.source_port;
  p.destination_port = e.destination_port;
  p.first_ttl = e.first_ttl;
  p.attempts_max = e.attempts_max;
  p.gap_limit = e.gap_limit;
  p.wait_ms = e.wait_ms;
  p.probe_bytes = e.probe_bytes;
  p.tunnel = e.tunnel.value();
  p.step = e.step;
  p.start = start;
  return p;
}

Reply to_reply(const core::Reply& e, Nanoseconds sent) {
  Reply r{e.probe_ttl,  e.attempt,      e.kind,        e.flags,     e.from,      e.reply_ttl,
          e.reply_tos,  e.reply_ip_id,  e.reply_bytes, e.icmp_type, e.icmp_code, e.quoted_ttl,
          e.quoted_tos, e.quoted_bytes, e.probe_bytes, sent,        e.rtt.ns(),  {}};
  const auto used = std::min<std::size_t>(e.extension_bytes, e.extension.size());
  bool is_malformed = false;
  auto objects = wire::ExtensionObjects::checked(ConstBytes{e.extension}.first(used), &is_malformed);
  if (is_malformed) r.flags.set(report::ReplyFlag::extension_malformed);
  while (const auto object = objects.next()) {
    r.extensions.push_back({object->object_class, object->c_type, {object->payload.begin(), object->payload.end()}});
  }
  return r;
}

Hop to_hop(const core::Verdict& e) {
  Hop h;
  h.probe_ttl = e.probe_ttl;
  h.address = e.address;
  h.kind = e.kind;
  h.reserved = e.reserved;
  h.marks = e.marks;
  h.discoveries = e.discoveries;
  h.attempts = e.attempts;
  h.step = e.step;
  h.te_ttl = e.te_ttl;
  h.er_ttl = e.er_ttl;
  h.unreachable_ttl = e.unreachable_ttl;
  h.quoted_ttl = e.quoted_ttl;
  h.labels = e.labels;
  h.top_lse = e.top_lse;
  h.icmp_code = e.icmp_code;
  h.rtt = e.rtt.ns();
  h.frpla = e.frpla;
  h.rtla = e.rtla;
  h.uturn = e.uturn;
  h.egress_ambiguous = e.egress_ambiguous;
  return h;
}

Tunnel to_tunnel(const core::Tunnel& e) {
  return {e.id.value(),     e.tunnel_class,  e.trigger,      e.reused,     e.ingress, e.egress,  e.first_index,
          e.last_index,     e.evidence,      e.rtla,         e.frpla,      e.mttl,    e.samples, e.steps,
          e.estimated_lsrs, e.revealed_lsrs, e.completeness, e.confidence, e.stop,    e.flow,    {}};
}

Path* find_path(TraceResult& trace, std::uint32_t id) {
  if (trace.initial.id == id) return &trace.initial;
  const auto it = std::find_if(trace.paths.rbegin(), trace.paths.rend(), [id](const Path& p) { return p.id == id; });
  return it == trace.paths.rend() ? nullptr : &*it;
}

}  // namespace

Assembler::Assembler(ResultSink& sink, const AssemblerLimits& limits) : sink_{sink}, limits_{limits} {}

void Assembler::begin(const report::RunStart& s) {
  epoch_offset_ = s.epoch_offset_ns;
  RunInfo info;
  info.version = s.version;
  info.commit = s.commit;
  info.host = s.host;
  info.list_name = s.list_name;
  info.cycle = s.cycle;
  info.rules = s.rules;
  info.method = s.method;
  info.source = s.source;
  info.seed = s.seed;
  info.start = wall(s.at);
  info.has_wall_clock = s.has_wall_clock;
  info.rate_pps = s.rate_pps;
  info.window_traces = s.window_traces;
  info.window_ttls = s.window_ttls;
  info.first_ttl = s.first_ttl;
  info.max_ttl = s.max_ttl;
  info.attempts = s.attempts;
  info.gap_limit = s.gap_limit;
  info.wait_ms = s.wait_ms;
  info.pings = s.pings;
  info.frpla_min = s.frpla_min;
  info.rtla_min = s.rtla_min;
  info.flow = s.flow;
  info.brute_force = s.brute_force;
  info.doubletree = s.doubletree;
  info.destinations = s.destinations;
  info.attribution = s.attribution;
  sink_.run(info);
}

void Assembler::add(const report::CountersAt& counters) {
  summary_.end = wall(counters.at);
  summary_.interrupted = counters.interrupted;
  summary_.counters = counters.counters;
}

void Assembler::add(const report::Event& event) {
  std::visit([this](const auto& e) { take(e); }, event);
}

void Assembler::decode(report::RecordType type, ConstBytes record) {
  if (type == report::RecordType::run_start) {
    if (const auto start = report::decode_run_start(record)) return begin(*start);
  } else if (type == report::RecordType::counters) {
    if (const auto counters = report::decode_counters(record)) return add(*counters);
  } else if (const auto event = report::decode_event(record)) {
    return add(*event);
  }
  ++summary_.records_unknown;
}

void Assembler::add(ConstBytes stream) {
  if (is_broken_) return;
  const bool had_rest = !rest_.empty();
  if (had_rest) {
    rest_.insert(rest_.end(), stream.begin(), stream.end());
    stream = rest_;
  }
  report::RecordReader reader{stream};
  while (const auto entry = reader.next()) decode(entry->type, entry->bytes);
  summary_.records_unknown += reader.skipped();
  is_broken_ = reader.is_broken();
  const auto left = stream.subspan(reader.consumed());
  std::vector<std::byte> kept{left.begin(), left.end()};
  rest_ = std::move(kept);
}

Assembler::Open* Assembler::find(report::TraceId id) {
  const auto it = open_.find(id.value());
  if (it != open_.end()) return &it->second;
  ++summary_.records_orphaned;
  return nullptr;
}

Assembler::Open& Assembler::find_or_open(report::TraceId id) {
  const auto it = open_.find(id.value());
  if (it != open_.end()) return it->second;
  if (open_.size() >= std::max<std::size_t>(limits_.traces_max, 1)) {
    const auto oldest = open_.find(by_age_.front());
    hand_out(oldest->second, false);
    by_age_.pop_front();
    open_.erase(oldest);
  }
  auto& open = open_[id.value()];
  open.trace.id = id.value();
  open.age = by_age_.insert(by_age_.end(), id.value());
  return open;
}

void Assembler::take(const core::PathStart& e) {
  auto path = to_path(e, wall(e.at));
  if (e.kind == report::PathKind::initial) {
    auto& open = find_or_open(e.trace);
    open.has_start = true;
    open.trace.destination = e.destination;
    open.trace.user_id = e.user_id;
    open.trace.start = path.start;
    open.trace.initial = std::move(path);
    return;
  }
  auto* open = find(e.trace);
  if (open == nullptr) return;
  if (open->trace.paths.size() >= limits_.paths_per_trace_max) {
    ++summary_.records_orphaned;
    return;
  }
  open->trace.paths.push_back(std::move(path));
}

void Assembler::take(const core::Reply& e) {
  auto* open = find(e.trace);
  if (open == nullptr) return;
  auto* path = find_path(open->trace, e.path.value());
  if (path == nullptr || open->replies >= limits_.replies_per_trace_max) {
    ++summary_.records_orphaned;
    return;
  }
  ++open->replies;
  path->replies.push_back(to_reply(e, wall(e.sent)));
}

void Assembler::take(const core::PathEnd& e) {
  auto* open = find(e.trace);
  if (open == nullptr) return;
  auto* path = find_path(open->trace, e.path.value());
  if (path == nullptr) {
    ++summary_.records_orphaned;
    return;
  }
  path->stop = e.stop;
  path->stop_data = e.stop_data;
  path->last_ttl = e.last_ttl;
  path->probes_sent = e.probes_sent;
  path->end = wall(e.at);
}

void Assembler::take(const core::Ping& e) {
  PingResult ping{e.trace.value(), e.user_id, e.source,         e.address,     wall(e.at), e.sent,
                  e.er_ttl,        e.icmp_id, e.first_sequence, e.probe_bytes, e.wait_ms,  {}};
  const auto count = std::min<std::size_t>(e.replies, e.reply.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto& r = e.reply[i];
    ping.replies.push_back({wall(r.sent), r.rtt.ns(), r.from, r.ttl, r.ip_id, r.bytes, r.sequence});
  }
  ++summary_.pings;
  sink_.ping(ping);
}

void Assembler::take(const core::Verdict& e) {
  auto* open = find(e.trace);
  if (open == nullptr) return;
  auto& hops = open->trace.hops;
  if (e.index >= limits_.hops_per_trace_max) {
    ++summary_.records_orphaned;
    return;
  }
  if (hops.size() <= e.index) hops.resize(std::size_t{e.index} + 1);
  hops[e.index] = to_hop(e);
}

void Assembler::take(const core::Tunnel& e) {
  if (auto* open = find(e.trace)) open->trace.tunnels.push_back(to_tunnel(e));
}

void Assembler::take(const core::TraceEnd& e) {
  auto& open = find_or_open(e.trace);
  auto& trace = open.trace;
  trace.destination = e.destination;
  trace.user_id = e.user_id;
  trace.start = wall(e.start);
  trace.end = wall(e.at);
  trace.stop = e.stop;
  trace.stop_data = e.stop_data;
  trace.probes = e.probes;
  const bool is_complete = open.has_start && trace.hops.size() == e.hops && trace.tunnels.size() == e.tunnels;
  hand_out(open, is_complete);
  by_age_.erase(open.age);
  open_.erase(e.trace.value());
}

void Assembler::hand_out(Open& open, bool is_complete) {
  if (!is_complete) ++summary_.traces_incomplete;
  auto& trace = open.trace;
  if (trace.end == 0) {  // no trace_end came
    trace.end = trace.initial.end;
    trace.stop = report::StopReason::halted;
  }
  join_hops(trace);
  ++summary_.traces;
  sink_.trace(trace);
  for (const auto& tunnel : tunnel_results(trace)) {
    ++summary_.tunnels;
    sink_.tunnel(tunnel);
  }
  summary_.end = std::max(summary_.end, trace.end);
}

void Assembler::finish() {
  for (const auto id : by_age_) hand_out(open_.at(id), false);
  by_age_.clear();
  open_.clear();
  sink_.summary(summary_);
}

}  // namespace utnt::results
