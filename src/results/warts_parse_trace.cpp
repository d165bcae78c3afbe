// SPDX-License-Identifier: BSD-2-Clause
// The body of a trace record: parameters, hop records, and the hop list made of them.
#include <algorithm>
#include <array>
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

/// The fixed-width parameters of one block by their numbers; absent ones are 0.
class Numbers {
 public:
  /// `widths[id]` bytes each, 0 for a parameter that `read_other(id, cursor)` takes. Higher ids are unknown: skipped.
  template <std::size_t count, class ReadOther>
  Numbers(WartsCursor& c, const std::array<std::uint8_t, count>& widths, ReadOther read_other) {
    static_assert(count <= ids_max);
    for_each_parameter(c, [&](unsigned id, WartsCursor& p) {
      if (id >= count) return false;
      has_[id] = true;
      if (widths[id] == 0) {
        read_other(id, p);
      } else {
        for (const auto byte : p.take(widths[id])) values_[id] = values_[id] << 8 | static_cast<std::uint64_t>(byte);
      }
      return true;
    });
  }
  [[nodiscard]] bool has(unsigned id) const { return has_[id]; }
  [[nodiscard]] std::uint8_t u8(unsigned id) const { return static_cast<std::uint8_t>(values_[id]); }
  [[nodiscard]] std::uint16_t u16(unsigned id) const { return static_cast<std::uint16_t>(values_[id]); }
  [[nodiscard]] std::uint32_t u32(unsigned id) const { return static_cast<std::uint32_t>(values_[id]); }
  /// Seconds and microseconds.
  [[nodiscard]] Nanoseconds time(unsigned id) const {
    return Nanoseconds{static_cast<std::uint32_t>(values_[id] >> 32)} * 1'000'000'000 + Nanoseconds{u32(id)} * 1'000;
  }

 private:
  static constexpr std::size_t ids_max = 33;
  std::array<std::uint64_t, ids_max> values_{};
  std::array<bool, ids_max> has_{};
};

constexpr unsigned hop_extensions = 17, hop_address = 18, trace_source = 26, trace_destination = 27, trace_router = 30;
constexpr std::array<std::uint8_t, 20> hop_widths = {0, 4, 1, 1, 1, 1, 4, 2, 2, 2, 2, 1, 2, 2, 1, 1, 1, 0, 0, 8};
constexpr std::array<std::uint8_t, 33> trace_widths = {0, 4, 4, 4, 4, 8, 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1,
                                                       1, 1, 2, 1, 1, 1, 2, 1, 1, 0, 0, 4, 2, 0, 1, 4};

Reply read_reply(WartsCursor& c, WartsAddresses& addresses, std::uint16_t probe_bytes) {
  Reply r;
  const Numbers n{c, hop_widths, [&](unsigned id, WartsCursor& p) {
                    if (id == hop_extensions) r.extensions = read_extensions(p);
                    if (id == hop_address) r.from = addresses.read(p);
                  }};
  r.probe_ttl = n.u8(2);
  r.reply_ttl = n.u8(3);
  r.attempt = n.u8(5);
  r.rtt = Nanoseconds{n.u32(6)} * 1'000;
  r.icmp_type = static_cast<std::uint8_t>(n.u16(7) >> 8);
  r.icmp_code = n.u8(7);
  r.probe_bytes = n.has(8) ? n.u16(8) : probe_bytes;
  r.reply_bytes = n.u16(9);
  r.reply_ip_id = n.u16(10);
  r.reply_tos = n.u8(11);
  r.quoted_bytes = n.u16(13);
  r.quoted_ttl = n.u8(14);
  r.quoted_tos = n.u8(16);
  r.sent = n.time(19);
  constexpr std::uint8_t reply_is_tcp = 0x20;
  if (n.has(7)) r.kind = kind_of(r.icmp_type, r.icmp_code, r.from.is_v4());
  if ((n.u8(4) & reply_is_tcp) != 0) r.kind = ReplyKind::tcp_reset;
  const bool has_quote =
      r.kind == ReplyKind::time_exceeded || r.kind == ReplyKind::port_unreachable || r.kind == ReplyKind::unreachable;
  if (has_quote && !n.has(14)) r.quoted_ttl = 1;
  if (has_quote && !n.has(13)) r.quoted_bytes = r.probe_bytes;
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
  const Numbers n{c, trace_widths, [&](unsigned id, WartsCursor& p) {
                    const auto address = addresses.read(p);
                    if (id == trace_source) path.source = address;
                    if (id == trace_destination) path.destination = address;
                    UTNT_ASSERT(id == trace_source || id == trace_destination || id == trace_router);
                  }};
  t.start = n.time(5);
  t.stop = stop_reason(n.u8(6));
  t.stop_data = n.u8(7);
  path.attempts_max = n.u8(9);
  path.method = method_of(n.u8(11));
  path.probe_bytes = n.u16(12);
  path.source_port = n.u16(13);
  path.destination_port = n.u16(14);
  path.first_ttl = n.u8(15);
  path.wait_ms = static_cast<std::uint16_t>(std::min(n.u8(17) * 1000, 65'535));
  path.last_ttl = static_cast<std::uint8_t>(std::min<unsigned>(n.u16(19), 255));
  path.gap_limit = n.u8(20);
  path.probes_sent = n.u16(23);
  t.user_id = n.u32(28);
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
