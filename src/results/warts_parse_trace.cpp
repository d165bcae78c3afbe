// SPDX-License-Identifier: BSD-2-Clause
// The body of a trace record: parameters, hop records, and the hop list made of them.
#include <algorithm>
#include <map>

#include "results/extension.hpp"
#include "results/warts_cursor.hpp"
#include "results/warts_parse.hpp"

namespace utnt::results {
namespace {

using report::ReplyKind;

std::vector<ExtensionObject> read_extensions(WartsCursor& c) {
  WartsCursor block{c.take(c.u16())};
  std::vector<ExtensionObject> out;
  while (block.left() >= 4) {
    const auto length = block.u16();
    ExtensionObject object;
    object.object_class = block.u8();
    object.c_type = block.u8();
    const auto payload = block.take(length);
    object.payload.assign(payload.begin(), payload.end());
    out.push_back(std::move(object));
  }
  return out;
}

ReplyKind kind_of(std::uint8_t type, std::uint8_t code, bool is_v4) {
  if (is_v4) {
    if (type == 11) return ReplyKind::time_exceeded;
    if (type == 0) return ReplyKind::echo_reply;
    if (type == 3) return code == 3 ? ReplyKind::port_unreachable : ReplyKind::unreachable;
    return ReplyKind::none;
  }
  if (type == 3) return ReplyKind::time_exceeded;
  if (type == 129) return ReplyKind::echo_reply;
  if (type == 2) return ReplyKind::packet_too_big;
  if (type == 1) return code == 4 ? ReplyKind::port_unreachable : ReplyKind::unreachable;
  return ReplyKind::none;
}

Reply read_reply(WartsCursor& c, WartsAddresses& addresses, std::uint16_t probe_bytes) {
  Reply r;
  bool is_tcp = false;
  bool is_icmp = false;
  bool has_quoted_ttl = false;
  bool has_quoted_bytes = false;
  for_each_parameter(c, [&](unsigned id, WartsCursor& p) {
    switch (id) {
      case 1:
        return skip(p, 4);
      case 2:
        r.probe_ttl = p.u8();
        return true;
      case 3:
        r.reply_ttl = p.u8();
        return true;
      case 4:
        is_tcp = (p.u8() & 0x20U) != 0;
        return true;
      case 5:
        r.attempt = p.u8();
        return true;
      case 6:
        r.rtt = Nanoseconds{p.u32()} * 1'000;
        return true;
      case 7:
        r.icmp_type = p.u8();
        r.icmp_code = p.u8();
        is_icmp = true;
        return true;
      case 8:
        r.probe_bytes = p.u16();
        return true;
      case 9:
        r.reply_bytes = p.u16();
        return true;
      case 10:
        r.reply_ip_id = p.u16();
        return true;
      case 11:
        r.reply_tos = p.u8();
        return true;
      case 12:
        return skip(p, 2);
      case 13:
        r.quoted_bytes = p.u16();
        has_quoted_bytes = true;
        return true;
      case 14:
        r.quoted_ttl = p.u8();
        has_quoted_ttl = true;
        return true;
      case 15:
        return skip(p, 1);
      case 16:
        r.quoted_tos = p.u8();
        return true;
      case 17:
        r.extensions = read_extensions(p);
        return true;
      case 18:
        r.from = addresses.read(p);
        return true;
      case 19:
        r.sent = p.time();
        return true;
      default:
        return false;
    }
  });
  if (is_icmp) r.kind = kind_of(r.icmp_type, r.icmp_code, r.from.is_v4());
  if (is_tcp) r.kind = ReplyKind::tcp_reset;
  if (r.probe_bytes == 0) r.probe_bytes = probe_bytes;
  const bool has_quote =
      r.kind == ReplyKind::time_exceeded || r.kind == ReplyKind::port_unreachable || r.kind == ReplyKind::unreachable;
  if (has_quote && !has_quoted_ttl) r.quoted_ttl = 1;
  if (has_quote && !has_quoted_bytes) r.quoted_bytes = r.probe_bytes;
  return r;
}

/// The hop list of a plain traceroute: the first reply of a TTL is the one that counts.
void list_hops(TraceResult& t, std::vector<Reply> replies) {
  std::map<unsigned, std::vector<Reply>> by_ttl;
  for (auto& r : replies) by_ttl[r.probe_ttl].push_back(std::move(r));
  const unsigned highest = by_ttl.empty() ? 0 : by_ttl.rbegin()->first;
  t.initial.last_ttl = static_cast<std::uint8_t>(std::max<unsigned>(t.initial.last_ttl, highest));
  for (unsigned ttl = std::max<unsigned>(t.initial.first_ttl, 1); ttl <= t.initial.last_ttl; ++ttl) {
    Hop hop;
    hop.probe_ttl = static_cast<std::uint8_t>(ttl);
    if (const auto it = by_ttl.find(ttl); it != by_ttl.end()) {
      hop.replies = std::move(it->second);
      const auto& r = hop.replies.front();
      hop.address = r.from;
      hop.kind = r.kind;
      hop.reserved = wire::is_reserved(r.from);
      hop.te_ttl = r.reply_ttl;
      hop.quoted_ttl = r.quoted_ttl;
      hop.icmp_code = r.icmp_code;
      hop.rtt = r.rtt;
      const auto labels = label_summary(hop);
      hop.labels = labels.depth;
      hop.top_lse = labels.top_word;
    }
    t.hops.push_back(std::move(hop));
  }
}

report::StopReason stop_reason(std::uint8_t number) {
  return number <= 9 ? static_cast<report::StopReason>(number) : report::StopReason::none;
}

/// 1 icmp-echo and 4 icmp-echo-paris; the others send UDP or TCP.
report::Method method_of(std::uint8_t number) {
  return number == 1 || number == 4 ? report::Method::icmp_paris : report::Method::udp_paris;
}

void read_trace_parameters(WartsCursor& c, TraceResult& t, WartsAddresses& addresses) {
  auto& path = t.initial;
  for_each_parameter(c, [&](unsigned id, WartsCursor& p) {
    switch (id) {
      case 1:
      case 2:
      case 3:
      case 4:
        return skip(p, 4);
      case 5:
        t.start = p.time();
        return true;
      case 6:
        t.stop = stop_reason(p.u8());
        return true;
      case 7:
        t.stop_data = p.u8();
        return true;
      case 8:
        return skip(p, 1);
      case 9:
        path.attempts_max = p.u8();
        return true;
      case 10:
        return skip(p, 1);
      case 11:
        path.method = method_of(p.u8());
        return true;
      case 12:
        path.probe_bytes = p.u16();
        return true;
      case 13:
        path.source_port = p.u16();
        return true;
      case 14:
        path.destination_port = p.u16();
        return true;
      case 15:
        path.first_ttl = p.u8();
        return true;
      case 16:
        return skip(p, 1);
      case 17:
        path.wait_ms = static_cast<std::uint16_t>(std::min(p.u8() * 1000, 65'535));
        return true;
      case 18:
        return skip(p, 1);
      case 19:
        path.last_ttl = static_cast<std::uint8_t>(std::min<unsigned>(p.u16(), 255));
        return true;
      case 20:
        path.gap_limit = p.u8();
        return true;
      case 21:
      case 22:
        return skip(p, 1);
      case 23:
        path.probes_sent = p.u16();
        return true;
      case 24:
      case 25:
        return skip(p, 1);
      case 26:
        path.source = addresses.read(p);
        return true;
      case 27:
        path.destination = addresses.read(p);
        return true;
      case 28:
        t.user_id = p.u32();
        return true;
      case 29:
        return skip(p, 2);
      case 30:
        addresses.read(p);
        return true;
      case 31:
        return skip(p, 1);
      case 32:
        return skip(p, 4);
      default:
        return false;
    }
  });
}

}  // namespace

TraceResult parse_warts_trace(ConstBytes body) {
  WartsCursor c{body};
  WartsAddresses addresses;
  TraceResult t;
  read_trace_parameters(c, t, addresses);
  t.destination = t.initial.destination;
  t.initial.start = t.start;
  t.initial.stop = t.stop;
  t.initial.stop_data = t.stop_data;
  const unsigned count = c.u16();
  std::vector<Reply> replies;
  for (unsigned i = 0; i < count; ++i) replies.push_back(read_reply(c, addresses, t.initial.probe_bytes));
  t.end = t.start;
  for (const auto& r : replies) t.end = std::max(t.end, r.sent + r.rtt);
  t.initial.end = t.end;
  list_hops(t, std::move(replies));
  return t;
}

}  // namespace utnt::results
