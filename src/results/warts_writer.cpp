// SPDX-License-Identifier: BSD-2-Clause
// Record by record. Parameter numbers are those of the format; each is written only where it says something.
#include "results/warts_writer.hpp"

#include <algorithm>

#include "results/warts_bytes.hpp"

namespace utnt::results {
namespace {

using report::ReplyKind;

constexpr unsigned icmp_checksum_in_port = 0x20, reply_ttl_valid = 0x10, reply_is_tcp = 0x20, tcp_flag_reset = 0x04;
constexpr unsigned method_icmp_paris = 4, method_udp_paris = 5;
constexpr unsigned ping_ttl = 64, ping_completed = 1, ping_reply_ttl_valid = 1, ping_reply_id_valid = 2;

unsigned whole_seconds(unsigned milliseconds) { return std::clamp((milliseconds + 999) / 1000, 1U, 255U); }

bool quotes_probe(ReplyKind kind) { return kind != ReplyKind::echo_reply && kind != ReplyKind::tcp_reset; }

/// More than any packet carries; keeps the 16-bit lengths of the format right whatever a hand-made file holds.
constexpr std::size_t extension_bytes_max = 4096, hops_max = 65'535;

std::size_t extension_bytes(const std::vector<ExtensionObject>& objects) {
  std::size_t total = 0;
  for (const auto& object : objects) total += 4 + object.payload.size();
  return total;
}

void write_extensions(WartsBytes& out, const std::vector<ExtensionObject>& objects) {
  out.u16(static_cast<unsigned>(extension_bytes(objects)));
  for (const auto& object : objects) {
    out.u16(static_cast<unsigned>(object.payload.size()));
    out.u8(object.object_class);
    out.u8(object.c_type);
    for (const auto byte : object.payload) out.u8(static_cast<unsigned>(byte));
  }
}

void write_reply(WartsBytes& out, WartsAddressTable& addresses, const Reply& r) {
  WartsParameters p;
  const bool is_tcp = r.kind == ReplyKind::tcp_reset;
  p.u8(2, r.probe_ttl);
  p.u8(3, r.reply_ttl);
  p.u8(4, reply_ttl_valid | (is_tcp ? reply_is_tcp : 0U));
  p.u8(5, r.attempt);
  p.add(6).round_trip(r.rtt);
  if (!is_tcp) p.u16(7, static_cast<unsigned>(r.icmp_type << 8 | r.icmp_code));
  p.u16(8, r.probe_bytes);
  p.u16(9, r.reply_bytes);
  if (r.reply_ip_id != 0) p.u16(10, r.reply_ip_id);
  p.u8(11, r.reply_tos);
  if (quotes_probe(r.kind)) {
    p.u16(13, r.quoted_bytes);
    p.u8(14, r.quoted_ttl);
  }
  if (is_tcp) p.u8(15, tcp_flag_reset);
  if (quotes_probe(r.kind)) p.u8(16, r.quoted_tos);
  if (!r.extensions.empty() && extension_bytes(r.extensions) <= extension_bytes_max) {
    write_extensions(p.add(17), r.extensions);
  }
  addresses.write(p.add(18), r.from);
  p.add(19).time(r.sent);
  p.write_to(out);
}

void write_path_parameters(WartsParameters& p, const Path& path, unsigned hop_count) {
  p.add(5).time(path.start);
  p.u8(6, static_cast<unsigned>(path.stop));
  p.u8(7, path.stop_data);
  const bool is_icmp = path.method == report::Method::icmp_paris;
  p.u8(8, is_icmp ? icmp_checksum_in_port : 0U);
  p.u8(9, path.attempts_max);
  p.u8(10, 0);  // no hop limit
  p.u8(11, is_icmp ? method_icmp_paris : method_udp_paris);
  p.u16(12, path.probe_bytes);
  p.u16(13, path.source_port);
  p.u16(14, path.destination_port);
  p.u8(15, path.first_ttl);
  p.u8(16, 0);  // ToS
  p.u8(17, whole_seconds(path.wait_ms));
  p.u8(18, 1);  // loop limit
  p.u16(19, hop_count);
  p.u8(20, path.gap_limit);
  p.u8(21, 1);  // at the gap limit: stop
  p.u8(22, 0);
  p.u16(23, path.probes_sent);
  p.u8(24, 0);
  p.u8(25, 0);
}

}  // namespace

void WartsWriter::run(const RunInfo& info) {
  WartsBytes list;
  list.u32(++ids_.lists);
  list.u32(1);
  list.text(info.list_name.empty() ? "utnt" : info.list_name);
  WartsParameters list_parameters;
  list_parameters.add(1).text("utnt " + info.version);
  if (!info.host.empty()) list_parameters.add(2).text(info.host);
  list_parameters.write_to(list);

  WartsBytes cycle;
  cycle.u32(++ids_.cycles);
  cycle.u32(ids_.lists);
  cycle.u32(info.cycle);
  cycle.u32(static_cast<std::uint32_t>(std::clamp<Nanoseconds>(info.start / 1'000'000'000, 0, 0xffff'ffff)));
  WartsParameters cycle_parameters;
  if (!info.host.empty()) cycle_parameters.add(2).text(info.host);
  cycle_parameters.write_to(cycle);

  has_cycle_ = true;
  write_(warts_record(WartsType::list, list) + warts_record(WartsType::cycle_start, cycle));
}

void WartsWriter::write_path(const Path& path, const std::vector<const Reply*>& replies, std::uint32_t user_id) {
  if (path.destination.is_none()) return;
  std::vector<const Reply*> hops;
  unsigned hop_count = path.last_ttl;
  for (const auto* r : replies) {
    const bool is_past_the_end = path.last_ttl != 0 && r->probe_ttl > path.last_ttl;
    if (r->probe_ttl == 0 || r->from.is_none() || is_past_the_end || hops.size() == hops_max) continue;
    hops.push_back(r);
    hop_count = std::max<unsigned>(hop_count, r->probe_ttl);
  }
  std::stable_sort(hops.begin(), hops.end(),
                   [](const Reply* a, const Reply* b) { return a->probe_ttl < b->probe_ttl; });

  WartsAddressTable addresses;
  WartsParameters p;
  if (has_cycle_) {
    p.u32(1, ids_.lists);
    p.u32(2, ids_.cycles);
  }
  write_path_parameters(p, path, hop_count);
  if (!path.source.is_none()) addresses.write(p.add(26), path.source);
  addresses.write(p.add(27), path.destination);
  if (user_id != 0) p.u32(28, user_id);

  WartsBytes body;
  p.write_to(body);
  body.u16(static_cast<unsigned>(hops.size()));
  for (const auto* r : hops) write_reply(body, addresses, *r);
  body.u16(0);  // no attributes
  write_(warts_record(WartsType::trace, body));
}

void WartsWriter::trace(const TraceResult& trace) {
  std::vector<const Reply*> replies;
  for (const auto& hop : trace.hops) {
    if (hop.is_revealed()) continue;
    for (const auto& r : hop.replies) replies.push_back(&r);
  }
  for (const auto& r : trace.initial.replies) replies.push_back(&r);
  write_path(trace.initial, replies, trace.user_id);
  for (const auto& path : trace.paths) {
    replies.clear();
    for (const auto& r : path.replies) replies.push_back(&r);
    write_path(path, replies, trace.user_id);
  }
}

void WartsWriter::ping(const PingResult& ping) {
  if (ping.source.is_none() || ping.address.is_none()) return;
  WartsAddressTable addresses;
  WartsParameters p;
  if (has_cycle_) {
    p.u32(1, ids_.lists);
    p.u32(2, ids_.cycles);
  }
  p.add(5).time(ping.start);
  p.u8(6, ping_completed);
  p.u8(7, 0);
  p.u16(10, ping.sent);
  p.u16(11, ping.probe_bytes);
  p.u8(12, whole_seconds(ping.wait_ms));
  p.u8(13, ping_ttl);
  p.u16(14, 0);
  p.u16(15, ping.sent);
  p.u16(17, ping.icmp_id);
  p.u16(18, ping.first_sequence);
  if (ping.user_id != 0) p.u32(19, ping.user_id);
  addresses.write(p.add(20), ping.source);
  addresses.write(p.add(21), ping.address);
  p.u8(23, 0);

  std::vector<const PingReply*> replies;
  for (const auto& r : ping.replies) {
    if (r.sequence < ping.sent && !r.from.is_none()) replies.push_back(&r);  // readers refuse a later number
  }
  WartsBytes body;
  p.write_to(body);
  body.u16(static_cast<unsigned>(replies.size()));
  for (const auto* r : replies) {
    WartsParameters reply;
    reply.u8(2, ping_reply_ttl_valid | ping_reply_id_valid);
    reply.u8(3, r->ttl);
    reply.u16(4, r->bytes);
    reply.u16(5, 0);  // echo reply
    reply.add(6).round_trip(r->rtt);
    reply.u16(7, r->sequence);
    reply.u16(8, r->ip_id);
    addresses.write(reply.add(12), r->from);
    reply.add(16).time(r->sent);
    reply.write_to(body);
  }
  write_(warts_record(WartsType::ping, body));
}

void WartsWriter::summary(const Summary& summary) {
  if (!has_cycle_) return;
  WartsBytes body;
  body.u32(ids_.cycles);
  body.u32(static_cast<std::uint32_t>(std::clamp<Nanoseconds>(summary.end / 1'000'000'000, 0, 0xffff'ffff)));
  body.u8(0);
  has_cycle_ = false;
  write_(warts_record(WartsType::cycle_stop, body));
}

}  // namespace utnt::results
