// SPDX-License-Identifier: BSD-2-Clause
// The sample results and proof that they are the specification's examples in what tests rely on.
#include "results/test_samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.hpp"

namespace utnt::results::samples {
namespace {

using report::Attempt;
using report::Discovery;
using report::Mark;
using report::ReplyKind;

constexpr Nanoseconds start_of_samples = 1'700'000'000'123'456'000;

std::vector<std::byte> lse_bytes(std::uint32_t word) {
  std::vector<std::byte> out(4);
  store_be32(out, 0, word);
  return out;
}

struct HopValues {
  std::uint8_t ttl;
  unsigned link;
  int rtt_us;
  std::uint8_t te;
  std::uint8_t er;
  std::uint8_t quoted{1};
  std::int16_t uturn{0};
  std::int16_t frpla{0};
  std::int16_t rtla{0};
};

Hop make_hop(const HopValues& v, ReplyKind kind = ReplyKind::time_exceeded) {
  Hop hop;
  hop.probe_ttl = v.ttl;
  hop.address = router(v.link);
  hop.kind = kind;
  hop.te_ttl = v.te;
  hop.er_ttl = v.er;
  hop.quoted_ttl = kind == ReplyKind::echo_reply ? std::uint8_t{0} : v.quoted;
  hop.rtt = Nanoseconds{v.rtt_us} * 1'000;
  hop.uturn = v.uturn;
  hop.frpla = v.frpla;
  hop.rtla = v.rtla;
  Reply reply;
  reply.probe_ttl = v.ttl;
  reply.kind = kind;
  reply.from = hop.address;
  reply.reply_ttl = v.te;
  reply.reply_ip_id = static_cast<std::uint16_t>(1000 + v.link);
  reply.reply_bytes = kind == ReplyKind::echo_reply ? 44 : 56;
  reply.icmp_type = kind == ReplyKind::echo_reply ? 0 : kind == ReplyKind::time_exceeded ? 11 : 3;
  reply.icmp_code = kind == ReplyKind::port_unreachable ? 3 : 0;
  hop.icmp_code = reply.icmp_code;
  reply.quoted_ttl = hop.quoted_ttl;
  reply.quoted_bytes = kind == ReplyKind::echo_reply ? 0 : 44;
  reply.probe_bytes = 44;
  reply.sent = start_of_samples + Nanoseconds{v.ttl} * 10'000'000;
  reply.rtt = hop.rtt;
  hop.replies.push_back(reply);
  return hop;
}

void add_label(Hop& hop, std::uint32_t label, std::uint8_t ttl) {
  hop.top_lse = label << 12 | 1U << 8 | ttl;
  hop.labels = 1;
  hop.replies.front().extensions.push_back({1, 1, lse_bytes(hop.top_lse)});
  hop.replies.front().reply_bytes = 168;
}

template <class... Flag>
void mark(Hop& hop, Flag... marks) {
  (hop.marks.set(marks), ...);
}

void reveal(Hop& hop, Discovery technique, std::uint8_t step) {
  hop.discoveries.set(Discovery::revealed);
  hop.discoveries.set(technique);
  hop.step = step;
}

TraceResult make_trace(std::vector<Hop> hops) {
  TraceResult t;
  t.id = 1;
  t.user_id = 1;
  t.destination = router(8);
  t.start = start_of_samples;
  t.end = start_of_samples + 2'000'000'000;
  t.stop = report::StopReason::completed;
  t.hops = std::move(hops);
  auto& p = t.initial;
  p.id = 1;
  p.source = wire::Ipv4Address{20, 0, 1, 1};
  p.destination = t.destination;
  p.source_port = 0x9000;
  p.destination_port = 0xabcd;
  p.attempts_max = 3;
  p.gap_limit = 5;
  p.wait_ms = 1000;
  p.probe_bytes = 44;
  p.start = t.start;
  p.end = t.start + 100'000'000;
  p.stop = t.stop;
  for (const auto& hop : t.hops) {
    if (!hop.is_revealed()) p.last_ttl = std::max(p.last_ttl, hop.probe_ttl);
  }
  p.probes_sent = p.last_ttl;
  t.probes[0] = p.last_ttl;
  return t;
}

Path make_path(std::uint32_t id, report::PathKind kind, unsigned target_link, std::uint8_t step, const Hop& seen) {
  Path p;
  p.id = id;
  p.kind = kind;
  p.method = kind == report::PathKind::buddy ? report::Method::udp_paris : report::Method::icmp_paris;
  p.source = wire::Ipv4Address{20, 0, 1, 1};
  p.destination = router(target_link);
  p.source_port = 0x9000;
  p.destination_port = 33435;
  p.attempts_max = 3;
  p.gap_limit = 5;
  p.wait_ms = 1000;
  p.probe_bytes = 44;
  p.tunnel = 1;
  p.step = step;
  p.start = start_of_samples + Nanoseconds{id} * 100'000'000;
  p.end = p.start + 40'000'000;
  p.stop = report::StopReason::completed;
  p.last_ttl = static_cast<std::uint8_t>(seen.probe_ttl + 1);
  p.probes_sent = p.last_ttl;
  p.replies = seen.replies;
  return p;
}

Tunnel make_tunnel(report::TunnelClass tunnel_class, unsigned ingress, unsigned egress, std::uint16_t first,
                   std::uint16_t last) {
  Tunnel t;
  t.tunnel_class = tunnel_class;
  t.ingress = router(ingress);
  t.egress = router(egress);
  t.first_index = first;
  t.last_index = last;
  t.evidence = report::Evidence::revealed;
  t.samples = 3;
  return t;
}

void list_lsrs(TraceResult& trace) {
  for (auto& tunnel : trace.tunnels) {
    for (std::size_t i = tunnel.first_index + 1U; i < tunnel.last_index; ++i) {
      const auto& hop = trace.hops[i];
      tunnel.lsrs.push_back({hop.address, technique_of(hop.discoveries), hop.step});
    }
    tunnel.revealed_lsrs = static_cast<std::uint8_t>(tunnel.lsrs.size());
  }
}

/// Hops H1-H3 of examples D and F: BRPR from the egress backwards.
std::vector<Hop> brpr_hops(Mark tunnel_mark, Discovery trigger) {
  std::vector<Hop> hops = {make_hop({3, 3, 1500, 253, 253}), make_hop({3, 4, 2000, 252, 252, 1, 0, 1}),
                           make_hop({3, 5, 2500, 251, 251, 1, 0, 2})};
  for (std::size_t i = 0; i < hops.size(); ++i) {
    mark(hops[i], Mark::lsr, tunnel_mark);
    hops[i].discoveries.set(trigger);
    reveal(hops[i], Discovery::brpr, static_cast<std::uint8_t>(3 - i));
  }
  return hops;
}

TraceResult brpr_trace(Mark tunnel_mark, Discovery trigger, report::TunnelClass tunnel_class, std::vector<Hop> after) {
  auto ingress = make_hop({2, 2, 1000, 254, 254});
  mark(ingress, Mark::ingress, tunnel_mark);
  ingress.discoveries.set(trigger);
  std::vector<Hop> hops = {make_hop({1, 1, 500, 255, 255}), ingress};
  for (auto& hop : brpr_hops(tunnel_mark, trigger)) hops.push_back(hop);
  for (auto& hop : after) hops.push_back(hop);
  auto trace = make_trace(hops);
  for (std::uint8_t step = 1; step <= 3; ++step) {
    trace.paths.push_back(make_path(1U + step, report::PathKind::revelation, 7U - step, step, trace.hops[5U - step]));
  }
  auto tunnel = make_tunnel(tunnel_class, 2, 6, 1, 5);
  tunnel.id = 1;
  tunnel.steps = 3;
  trace.tunnels.push_back(tunnel);
  list_lsrs(trace);
  return trace;
}

}  // namespace

wire::IpAddress router(unsigned link) { return wire::Ipv4Address{20, 0, static_cast<std::uint8_t>(link), 2}; }

TraceResult explicit_example() {
  std::vector<Hop> hops = {
      make_hop({1, 1, 500, 255, 255}),           make_hop({2, 2, 1000, 254, 254}),
      make_hop({3, 3, 5100, 247, 253, 1, 6, 6}), make_hop({4, 4, 5200, 248, 252, 2, 4, 4}),
      make_hop({5, 5, 5300, 249, 251, 3, 2, 2}), make_hop({6, 6, 3000, 250, 250}),
      make_hop({7, 7, 3500, 249, 249}),          make_hop({8, 8, 4000, 57, 57}, ReplyKind::echo_reply)};
  mark(hops[1], Mark::ingress, Mark::explicit_);
  for (unsigned i = 2; i <= 4; ++i) {
    mark(hops[i], Mark::lsr, Mark::explicit_);
    add_label(hops[i], 24009 + i, 1);
  }
  mark(hops[5], Mark::egress, Mark::explicit_);
  auto trace = make_trace(hops);
  trace.tunnels.push_back(make_tunnel(report::TunnelClass::explicit_, 2, 6, 1, 5));
  trace.tunnels[0].evidence = report::Evidence::label_stack;
  list_lsrs(trace);
  return trace;
}

TraceResult implicit_example() {
  auto trace = explicit_example();
  for (auto& hop : trace.hops) {
    hop.marks = {};
    hop.labels = 0;
    hop.top_lse = 0;
    hop.replies.front().extensions.clear();
  }
  mark(trace.hops[1], Mark::ingress, Mark::implicit_qttl);
  for (unsigned i = 2; i <= 5; ++i) mark(trace.hops[i], Mark::lsr, Mark::implicit_qttl);
  mark(trace.hops[6], Mark::egress, Mark::implicit_qttl);
  trace.tunnels = {make_tunnel(report::TunnelClass::implicit, 2, 7, 1, 6)};
  list_lsrs(trace);
  return trace;
}

TraceResult php_dpr_example() {
  std::vector<Hop> hops = {make_hop({1, 1, 500, 255, 255}),
                           make_hop({2, 2, 1000, 254, 63}),
                           make_hop({3, 3, 1500, 253, 62}),
                           make_hop({4, 4, 2000, 252, 62, 1, 1, 0, 1}),
                           make_hop({5, 5, 2500, 251, 62, 1, 2, 0, 2}),
                           make_hop({3, 6, 3000, 250, 62, 1, 3, 3, 3}),
                           make_hop({4, 7, 3500, 250, 250, 1, 0, 2}),
                           make_hop({5, 8, 4000, 60, 60}, ReplyKind::echo_reply)};
  for (unsigned i = 1; i <= 5; ++i) {
    mark(hops[i], Mark::invisible, i == 1 ? Mark::ingress : i == 5 ? Mark::egress : Mark::lsr);
    hops[i].discoveries.set(Discovery::rtla);
    if (i >= 2 && i <= 4) reveal(hops[i], Discovery::dpr, 1);
  }
  hops[2].discoveries.set(Discovery::nothing_revealed);  // why the recursion ended
  auto trace = make_trace(hops);
  auto path = make_path(2, report::PathKind::revelation, 6, 1, trace.hops[2]);
  path.last_ttl = 6;
  for (const auto i : {3U, 4U}) path.replies.push_back(trace.hops[i].replies.front());
  trace.paths = {path, make_path(3, report::PathKind::revelation, 3, 2, trace.hops[2])};
  auto tunnel = make_tunnel(report::TunnelClass::invisible_php, 2, 6, 1, 5);
  tunnel.id = 1;
  tunnel.trigger = report::Trigger::rtla;
  tunnel.rtla = 3;
  tunnel.frpla = 3;
  tunnel.estimated_lsrs = 3;
  tunnel.steps = 1;
  tunnel.stop = Attempt::nothing_revealed;
  trace.tunnels.push_back(tunnel);
  list_lsrs(trace);
  return trace;
}

TraceResult php_brpr_example() {
  auto egress = make_hop({3, 6, 3000, 250, 250, 1, 0, 3});
  mark(egress, Mark::egress, Mark::invisible);
  egress.discoveries.set(Discovery::frpla);
  auto trace = brpr_trace(Mark::invisible, Discovery::frpla, report::TunnelClass::invisible_php,
                          {egress, make_hop({4, 7, 3500, 250, 250, 1, 0, 2})});
  trace.tunnels[0].trigger = report::Trigger::frpla;
  trace.tunnels[0].frpla = 3;
  return trace;
}

TraceResult uhp_buddy_example() {
  std::vector<Hop> hops = {make_hop({1, 1, 500, 255, 255}), make_hop({2, 2, 1000, 254, 254})};
  for (unsigned i = 0; i < 4; ++i) {
    hops.push_back(make_hop({3, 3 + i, 1500 + 500 * static_cast<int>(i), 253, 253}, ReplyKind::port_unreachable));
    mark(hops.back(), i == 3 ? Mark::egress : Mark::lsr);
    reveal(hops.back(), Discovery::buddy, static_cast<std::uint8_t>(4 - i));
  }
  mark(hops[1], Mark::ingress);
  for (unsigned i = 1; i <= 5; ++i) {
    mark(hops[i], Mark::invisible);
    hops[i].discoveries.set(Discovery::dupip);
  }
  hops.push_back(make_hop({3, 7, 3500, 252, 252, 1, 0, 1}));
  hops.push_back(make_hop({4, 7, 3500, 252, 252}));
  auto trace = make_trace(hops);
  for (std::uint8_t step = 1; step <= 4; ++step) {
    auto path = make_path(1U + step, report::PathKind::buddy, 8U - step, step, trace.hops[6U - step]);
    path.destination = wire::Ipv4Address{20, 0, static_cast<std::uint8_t>(8 - step), 1};
    trace.paths.push_back(path);
  }
  auto tunnel = make_tunnel(report::TunnelClass::invisible_uhp, 2, 6, 1, 5);
  tunnel.id = 1;
  tunnel.trigger = report::Trigger::dupip;
  tunnel.steps = 4;
  trace.tunnels.push_back(tunnel);
  list_lsrs(trace);
  return trace;
}

TraceResult opaque_example() {
  auto egress = make_hop({3, 6, 3000, 250, 250, 1, 0, 3});
  mark(egress, Mark::egress, Mark::opaque);
  egress.discoveries.set(Discovery::mttl);
  add_label(egress, 24016, 252);
  auto trace = brpr_trace(Mark::opaque, Discovery::mttl, report::TunnelClass::opaque, {egress});
  trace.tunnels[0].trigger = report::Trigger::mttl;
  trace.tunnels[0].mttl = 252;
  trace.tunnels[0].estimated_lsrs = 3;
  return trace;
}

std::vector<TraceResult> all_examples() {
  return {explicit_example(), implicit_example(),  php_dpr_example(),
          php_brpr_example(), uhp_buddy_example(), opaque_example()};
}

RunInfo run_info() {
  RunInfo r;
  r.version = "0.1.0";
  r.commit = "0123abc";
  r.host = "vp1.example.org";
  r.list_name = "targets";
  r.cycle = 7;
  r.source = wire::Ipv4Address{20, 0, 1, 1};
  r.seed[0] = std::byte{0xa5};
  r.start = start_of_samples - 1'000'000'000;
  r.rate_pps = 100;
  r.window_traces = 1000;
  r.window_ttls = 8;
  r.max_ttl = 255;
  r.attempts = 3;
  r.gap_limit = 5;
  r.wait_ms = 1000;
  r.pings = 1;
  r.frpla_min = 3;
  r.rtla_min = 1;
  r.destinations = 6;
  return r;
}

PingResult ping_example() {
  PingResult p;
  p.trace = 1;
  p.user_id = 1;
  p.source = wire::Ipv4Address{20, 0, 1, 1};
  p.address = router(6);
  p.start = start_of_samples + 500'000'000;
  p.sent = 3;
  p.er_ttl = 62;
  p.icmp_id = 0x9001;
  p.first_sequence = 12;
  p.probe_bytes = 84;
  p.wait_ms = 1000;
  p.replies = {{p.start, 3'100'000, router(6), 62, 4711, 84, 0},
               {p.start + 2'000'000'000, 3'200'000, router(6), 62, 4712, 84, 2}};
  return p;
}

namespace {

template <class T>
T number(Prng& prng) {
  return static_cast<T>(prng.next());
}

wire::IpAddress random_address(Prng& prng) {
  if (prng.chance(1, 4)) {
    wire::Ipv6Address v6;
    for (auto& octet : v6.octets) octet = number<std::uint8_t>(prng);
    return v6;
  }
  return wire::Ipv4Address{number<std::uint32_t>(prng)};
}

Reply random_reply(Prng& p) {
  Reply r;
  r.probe_ttl = number<std::uint8_t>(p);
  r.attempt = number<std::uint8_t>(p);
  r.kind = static_cast<ReplyKind>(p.below(7));
  r.flags = report::ReplyFlags::from_bits(static_cast<std::uint16_t>(p.below(0x200)));
  r.from = random_address(p);
  r.reply_ttl = number<std::uint8_t>(p);
  r.reply_tos = number<std::uint8_t>(p);
  r.reply_ip_id = number<std::uint16_t>(p);
  r.reply_bytes = number<std::uint16_t>(p);
  r.icmp_type = number<std::uint8_t>(p);
  r.icmp_code = number<std::uint8_t>(p);
  r.quoted_ttl = number<std::uint8_t>(p);
  r.quoted_tos = number<std::uint8_t>(p);
  r.quoted_bytes = number<std::uint16_t>(p);
  r.probe_bytes = number<std::uint16_t>(p);
  r.sent = number<std::int64_t>(p);
  r.rtt = static_cast<Nanoseconds>(p.below(10'000'000'000));
  for (auto n = p.below(4); n > 0; --n) {
    ExtensionObject object{number<std::uint8_t>(p), number<std::uint8_t>(p), {}};
    if (p.chance(1, 2)) object.object_class = 1;
    for (auto bytes = p.below(13); bytes > 0; --bytes)
      object.payload.push_back(static_cast<std::byte>(number<std::uint8_t>(p)));
    r.extensions.push_back(object);
  }
  return r;
}

Hop random_hop(Prng& p) {
  Hop h;
  h.probe_ttl = number<std::uint8_t>(p);
  h.marks = report::Marks::from_bits(number<std::uint8_t>(p));
  h.discoveries = report::Discoveries::from_bits(static_cast<std::uint16_t>(p.below(0x4000)));
  h.attempts = report::Attempts::from_bits(number<std::uint8_t>(p));
  h.step = number<std::uint8_t>(p);
  h.egress_ambiguous = p.chance(1, 2);
  h.reserved = p.chance(1, 2);
  if (p.chance(1, 5)) return h;  // silent
  h.address = random_address(p);
  h.kind = static_cast<ReplyKind>(p.below(7));
  h.te_ttl = number<std::uint8_t>(p);
  h.er_ttl = number<std::uint8_t>(p);
  h.quoted_ttl = number<std::uint8_t>(p);
  h.labels = number<std::uint8_t>(p);
  h.top_lse = h.labels == 0 ? 0 : number<std::uint32_t>(p);
  h.icmp_code = number<std::uint8_t>(p);
  h.rtt = static_cast<Nanoseconds>(p.below(10'000'000'000));
  h.frpla = number<std::int16_t>(p);
  h.rtla = number<std::int16_t>(p);
  h.uturn = number<std::int16_t>(p);
  return h;
}

}  // namespace

TraceResult random_trace(Prng& p) {
  TraceResult t = p.chance(1, 2) ? php_dpr_example() : uhp_buddy_example();
  t.id = number<std::uint32_t>(p);
  t.stop = static_cast<report::StopReason>(p.below(10));
  t.stop_data = number<std::uint8_t>(p);
  t.initial.flow = number<std::uint32_t>(p);
  for (auto n = p.below(5); n > 0; --n) {
    auto hop = random_hop(p);
    for (auto r = p.below(3); r > 0; --r) hop.replies.push_back(random_reply(p));
    if (hop.replies.empty() || hop.is_silent()) {
      if (hop.is_silent()) hop.labels = 0;
    }
    t.hops.push_back(hop);
  }
  for (auto n = p.below(3); n > 0; --n) t.initial.replies.push_back(random_reply(p));
  for (auto n = p.below(3); n > 0; --n) t.paths[0].replies.push_back(random_reply(p));
  auto& tunnel = t.tunnels[0];
  tunnel.tunnel_class = static_cast<report::TunnelClass>(p.below(7));
  tunnel.trigger = static_cast<report::Trigger>(p.below(6));
  tunnel.evidence = report::Evidences::from_bits(static_cast<std::uint16_t>(p.below(0x2000)));
  tunnel.completeness = static_cast<report::Completeness>(1 + p.below(3));
  tunnel.confidence = static_cast<report::Confidence>(1 + p.below(3));
  tunnel.stop = report::Attempts::from_bits(number<std::uint8_t>(p));
  tunnel.reused = p.chance(1, 2);
  tunnel.flow = number<std::uint32_t>(p);
  for (auto& n : t.probes) n = number<std::uint32_t>(p);
  return t;
}

TEST(Samples, KeepTheSignaturesOfTheSpecification) {
  // FRPLA = len(te) - TTL and RTLA = len(te) - len(er) by the formulas of section 4, for hop 3 of example C.
  const auto egress = php_dpr_example().hops[5];
  EXPECT_EQ(255 - egress.te_ttl + 1 - egress.probe_ttl, egress.frpla);
  EXPECT_EQ((255 - egress.te_ttl + 1) - (64 - egress.er_ttl + 1), egress.rtla);
}

}  // namespace utnt::results::samples
