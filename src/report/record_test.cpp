// SPDX-License-Identifier: BSD-2-Clause
// Records: bytes worked out by hand from docs/reference/records.md, exact round trips of random events, strict bounds.
#include "report/record.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "base/prng.hpp"

namespace utnt::report {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes out;
  for (const int v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}

Bytes encoded(const Event& event) {
  Bytes out(record_bytes_max);
  const auto length = encode(event, out);
  EXPECT_TRUE(length.has_value());
  out.resize(length.value_or(0));
  return out;
}

std::uint64_t some(Prng& prng) { return prng.next(); }
template <class T>
T number(Prng& prng) {
  return static_cast<T>(some(prng));
}
wire::IpAddress address(Prng& prng) {
  switch (prng.below(3)) {
    case 0:
      return {};
    case 1:
      return wire::Ipv4Address{number<std::uint32_t>(prng)};
    default:
      break;
  }
  wire::Ipv6Address v6;
  for (auto& octet : v6.octets) octet = number<std::uint8_t>(prng);
  return v6;
}
template <class E>
E pick(Prng& prng, unsigned first, unsigned last) {
  return static_cast<E>(first + prng.below(last - first + 1));
}
Instant instant(Prng& prng) { return Instant{number<std::int64_t>(prng)}; }
Duration duration(Prng& prng) { return Duration{number<std::int64_t>(prng)}; }

core::PathStart random_path_start(Prng& p) {
  core::PathStart e;
  e.trace = TraceId{number<std::uint32_t>(p)};
  e.path = PathId{number<std::uint32_t>(p)};
  e.kind = pick<PathKind>(p, 1, 4);
  e.method = pick<Method>(p, 1, 2);
  e.source = address(p);
  e.destination = address(p);
  e.user_id = number<std::uint32_t>(p);
  e.flow = number<std::uint32_t>(p);
  e.source_port = number<std::uint16_t>(p);
  e.destination_port = number<std::uint16_t>(p);
  e.first_ttl = number<std::uint8_t>(p);
  e.attempts_max = number<std::uint8_t>(p);
  e.gap_limit = number<std::uint8_t>(p);
  e.wait_ms = number<std::uint16_t>(p);
  e.probe_bytes = number<std::uint16_t>(p);
  e.tunnel = TunnelId{number<std::uint32_t>(p)};
  e.step = number<std::uint8_t>(p);
  e.at = instant(p);
  return e;
}

core::Reply random_reply(Prng& p) {
  core::Reply e;
  e.trace = TraceId{number<std::uint32_t>(p)};
  e.path = PathId{number<std::uint32_t>(p)};
  e.probe_ttl = number<std::uint8_t>(p);
  e.attempt = number<std::uint8_t>(p);
  e.kind = pick<ReplyKind>(p, 0, 6);
  e.flags = ReplyFlags::from_bits(number<std::uint16_t>(p));
  e.from = address(p);
  e.reply_ttl = number<std::uint8_t>(p);
  e.reply_tos = number<std::uint8_t>(p);
  e.reply_ip_id = number<std::uint16_t>(p);
  e.reply_bytes = number<std::uint16_t>(p);
  e.icmp_type = number<std::uint8_t>(p);
  e.icmp_code = number<std::uint8_t>(p);
  e.quoted_ttl = number<std::uint8_t>(p);
  e.quoted_tos = number<std::uint8_t>(p);
  e.quoted_bytes = number<std::uint16_t>(p);
  e.probe_bytes = number<std::uint16_t>(p);
  e.sent = instant(p);
  e.rtt = duration(p);
  e.extension_bytes = static_cast<std::uint16_t>(p.below(core::extension_bytes_max + 1));
  for (std::size_t i = 0; i < e.extension_bytes; ++i) e.extension[i] = static_cast<std::byte>(number<std::uint8_t>(p));
  return e;
}

core::Ping random_ping(Prng& p) {
  core::Ping e;
  e.trace = TraceId{number<std::uint32_t>(p)};
  e.source = address(p);
  e.address = address(p);
  e.user_id = number<std::uint32_t>(p);
  e.sent = number<std::uint8_t>(p);
  e.er_ttl = number<std::uint8_t>(p);
  e.icmp_id = number<std::uint16_t>(p);
  e.first_sequence = number<std::uint16_t>(p);
  e.probe_bytes = number<std::uint16_t>(p);
  e.wait_ms = number<std::uint16_t>(p);
  e.at = instant(p);
  e.replies = static_cast<std::uint8_t>(p.below(core::ping_replies_max + 1));
  for (std::size_t i = 0; i < e.replies; ++i) {
    e.reply[i] = {instant(p),
                  duration(p),
                  address(p),
                  number<std::uint8_t>(p),
                  number<std::uint16_t>(p),
                  number<std::uint16_t>(p),
                  number<std::uint8_t>(p)};
  }
  return e;
}

core::Verdict random_verdict(Prng& p) {
  core::Verdict e;
  e.trace = TraceId{number<std::uint32_t>(p)};
  e.index = number<std::uint16_t>(p);
  e.probe_ttl = number<std::uint8_t>(p);
  e.address = address(p);
  e.kind = pick<ReplyKind>(p, 0, 6);
  e.reserved = p.chance(1, 2);
  e.marks = Marks::from_bits(number<std::uint8_t>(p));
  e.discoveries = Discoveries::from_bits(number<std::uint16_t>(p));
  e.attempts = Attempts::from_bits(number<std::uint8_t>(p));
  e.step = number<std::uint8_t>(p);
  e.te_ttl = number<std::uint8_t>(p);
  e.er_ttl = number<std::uint8_t>(p);
  e.quoted_ttl = number<std::uint8_t>(p);
  e.labels = number<std::uint8_t>(p);
  e.top_lse = number<std::uint32_t>(p);
  e.icmp_code = number<std::uint8_t>(p);
  e.rtt = duration(p);
  e.frpla = number<std::int16_t>(p);
  e.rtla = number<std::int16_t>(p);
  e.uturn = number<std::int16_t>(p);
  e.egress_ambiguous = p.chance(1, 2);
  return e;
}

core::Tunnel random_tunnel(Prng& p) {
  core::Tunnel e;
  e.trace = TraceId{number<std::uint32_t>(p)};
  e.id = TunnelId{number<std::uint32_t>(p)};
  e.tunnel_class = pick<TunnelClass>(p, 0, 6);
  e.trigger = pick<Trigger>(p, 0, 5);
  e.reused = p.chance(1, 2);
  e.ingress = address(p);
  e.egress = address(p);
  e.first_index = number<std::uint16_t>(p);
  e.last_index = number<std::uint16_t>(p);
  e.evidence = Evidences::from_bits(number<std::uint16_t>(p));
  e.rtla = number<std::int16_t>(p);
  e.frpla = number<std::int16_t>(p);
  e.mttl = number<std::uint8_t>(p);
  e.samples = number<std::uint8_t>(p);
  e.steps = number<std::uint8_t>(p);
  e.estimated_lsrs = number<std::uint8_t>(p);
  e.revealed_lsrs = number<std::uint8_t>(p);
  e.completeness = pick<Completeness>(p, 1, 3);
  e.confidence = pick<Confidence>(p, 1, 3);
  e.stop = Attempts::from_bits(number<std::uint8_t>(p));
  e.flow = number<std::uint32_t>(p);
  return e;
}

core::TraceEnd random_trace_end(Prng& p) {
  core::TraceEnd e;
  e.trace = TraceId{number<std::uint32_t>(p)};
  e.destination = address(p);
  e.user_id = number<std::uint32_t>(p);
  e.path = PathId{number<std::uint32_t>(p)};
  e.stop = pick<StopReason>(p, 0, 9);
  e.stop_data = number<std::uint8_t>(p);
  e.hops = number<std::uint16_t>(p);
  e.tunnels = number<std::uint8_t>(p);
  for (auto& n : e.probes) n = number<std::uint32_t>(p);
  e.start = instant(p);
  e.at = instant(p);
  return e;
}

Event random_event(Prng& p, std::uint64_t which) {
  switch (which) {
    case 0:
      return random_path_start(p);
    case 1:
      return random_reply(p);
    case 2:
      return core::PathEnd{TraceId{number<std::uint32_t>(p)},
                           PathId{number<std::uint32_t>(p)},
                           pick<StopReason>(p, 0, 9),
                           number<std::uint8_t>(p),
                           number<std::uint8_t>(p),
                           number<std::uint16_t>(p),
                           instant(p)};
    case 3:
      return random_ping(p);
    case 4:
      return random_verdict(p);
    case 5:
      return random_tunnel(p);
    default:
      return random_trace_end(p);
  }
}

TEST(Record, HasTheBytesOfTheReferenceForAPathEnd) {
  const core::PathEnd end{TraceId{0x01020304}, PathId{7}, StopReason::gap_limit, 0x55, 30, 0x0102, Instant{-2}};
  EXPECT_EQ(encoded(end), bytes_of({4,    1,    25,   0,                                // type, version, length
                                    0x04, 0x03, 0x02, 0x01, 7,    0,    0,    0,        // trace, path
                                    5,    0x55, 30,   0x02, 0x01,                       // stop, data, last TTL, probes
                                    0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));  // at
}

TEST(Record, HasTheBytesOfTheReferenceForAReplyWithOneLabel) {
  core::Reply reply;
  reply.trace = TraceId{1};
  reply.path = PathId{2};
  reply.probe_ttl = 3;
  reply.attempt = 1;
  reply.kind = ReplyKind::time_exceeded;
  reply.flags = ReplyFlag::late;
  reply.from = wire::Ipv4Address{20, 0, 3, 2};
  reply.reply_ttl = 247;
  reply.reply_ip_id = 0x1234;
  reply.reply_bytes = 168;
  reply.icmp_type = 11;
  reply.quoted_ttl = 1;
  reply.quoted_bytes = 44;
  reply.probe_bytes = 44;
  reply.sent = Instant{1000};
  reply.rtt = Duration{5'100'000};  // 0x4dd1e0
  const auto object = bytes_of({0, 8, 1, 1, 0x05, 0xdc, 0xb1, 0x01});
  std::memcpy(reply.extension.data(), object.data(), object.size());
  reply.extension_bytes = 8;
  EXPECT_EQ(
      encoded(reply),
      bytes_of({3,    1,  74,   0,    1,   0, 0,    0,    2,    0,    0,    0, 3,  1, 1, 1, 0,  // ... flags
                4,    20, 0,    3,    2,   0, 0,    0,    0,    0,    0,    0, 0,  0, 0, 0, 0,  // from
                247,  0,  0x34, 0x12, 168, 0, 11,   0,    1,    0,    44,   0, 44, 0,  // reply, ICMP, quoted, sizes
                0xe8, 3,  0,    0,    0,   0, 0,    0,    0xe0, 0xd1, 0x4d, 0, 0,  0, 0, 0,  // sent, rtt
                8,    0,  0,    8,    1,   1, 0x05, 0xdc, 0xb1, 0x01}));                     // extension
}

TEST(Record, ComesBackBitForBitForRandomEventsOfEveryType) {
  Prng prng{20261123};
  for (int round = 0; round < 7000; ++round) {
    const auto event = random_event(prng, static_cast<std::uint64_t>(round) % 7);
    const auto first = encoded(event);
    const auto decoded = decode_event(first);
    ASSERT_TRUE(decoded.has_value()) << describe(decoded.error());
    ASSERT_EQ(decoded->index(), event.index());
    ASSERT_EQ(encoded(*decoded), first);
  }
}

TEST(Record, KeepsEveryFieldOfAReply) {
  Prng prng{7};
  const auto e = random_reply(prng);
  const auto decoded = decode_event(encoded(e));
  ASSERT_TRUE(decoded.has_value());
  const auto& d = std::get<core::Reply>(*decoded);
  EXPECT_EQ(d.trace, e.trace);
  EXPECT_EQ(d.path, e.path);
  EXPECT_EQ(d.probe_ttl, e.probe_ttl);
  EXPECT_EQ(d.kind, e.kind);
  EXPECT_EQ(d.flags, e.flags);
  EXPECT_EQ(d.from, e.from);
  EXPECT_EQ(d.reply_ip_id, e.reply_ip_id);
  EXPECT_EQ(d.quoted_ttl, e.quoted_ttl);
  EXPECT_EQ(d.sent, e.sent);
  EXPECT_EQ(d.rtt, e.rtt);
  EXPECT_EQ(d.extension_bytes, e.extension_bytes);
  EXPECT_EQ(d.extension, e.extension);
}

TEST(Record, IsRefusedWhenCutAnywhereOrOneByteTooLong) {
  Prng prng{3};
  for (std::uint64_t which = 0; which < 7; ++which) {
    const auto whole = encoded(random_event(prng, which));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(decode_event(ConstBytes{whole}.first(size)).has_value());
      Bytes cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
      if (size >= record_header_bytes) store_le(cut, 2, 2, size);  // a length that agrees, fields that do not
      EXPECT_FALSE(decode_event(cut).has_value());
    }
    auto longer = whole;
    longer.push_back(std::byte{0});
    store_le(longer, 2, 2, longer.size());
    EXPECT_EQ(decode_event(longer).error(), Error::malformed);
  }
}

TEST(Record, RefusesEnumeratorsFamiliesAndCountsThatTheLayoutForbids) {
  auto end = encoded(core::PathEnd{});
  end[12] = std::byte{10};  // stop reason
  EXPECT_EQ(decode_event(end).error(), Error::malformed);
  auto reply = encoded(core::Reply{});
  reply[17] = std::byte{5};  // family of `from`
  EXPECT_EQ(decode_event(reply).error(), Error::malformed);
  reply[17] = std::byte{4};
  reply[22] = std::byte{1};  // an octet that IPv4 has not
  EXPECT_EQ(decode_event(reply).error(), Error::malformed);
  core::Ping ping;
  ping.replies = 9;
  Bytes room(record_bytes_max);
  EXPECT_EQ(encode(Event{ping}, room).error(), Error::invalid_argument);
  core::Reply too_long;
  too_long.extension_bytes = core::extension_bytes_max + 1;
  EXPECT_EQ(encode(Event{too_long}, room).error(), Error::invalid_argument);
}

TEST(Record, NeedsRoomForTheWholeRecord) {
  Prng prng{11};
  const Event event = random_ping(prng);
  const auto whole = encoded(event);
  Bytes small(whole.size() - 1);
  EXPECT_EQ(encode(event, small).error(), Error::no_room);
  EXPECT_EQ(encode(event, MutableBytes{}).error(), Error::no_room);
}

TEST(Record, CarriesTheRunWithItsTexts) {
  RunStart start;
  start.version = "0.1.0";
  start.commit = "abc";
  start.list_name = "targets";
  start.attribution = "https://example.org/probes";
  start.cycle = 9;
  start.rules = RuleSet::tnt;
  start.method = Method::udp_paris;
  start.source = wire::Ipv4Address{10, 0, 0, 2};
  start.seed[31] = std::byte{0xff};
  start.epoch_offset_ns = 1'700'000'000'000'000'000;
  start.destinations = 1'000'000;
  start.brute_force = true;
  Bytes room(record_bytes_max);
  const auto length = encode(start, room);
  ASSERT_TRUE(length.has_value());
  const auto back = decode_run_start(ConstBytes{room}.first(*length));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->version, "0.1.0");
  EXPECT_EQ(back->commit, "abc");
  EXPECT_EQ(back->host, "");
  EXPECT_EQ(back->list_name, "targets");
  EXPECT_EQ(back->attribution, "https://example.org/probes");
  EXPECT_EQ(back->cycle, 9U);
  EXPECT_EQ(back->rules, RuleSet::tnt);
  EXPECT_EQ(back->method, Method::udp_paris);
  EXPECT_EQ(back->source, start.source);
  EXPECT_EQ(back->seed, start.seed);
  EXPECT_EQ(back->epoch_offset_ns, start.epoch_offset_ns);
  EXPECT_EQ(back->destinations, 1'000'000U);
  EXPECT_TRUE(back->brute_force);
  EXPECT_FALSE(back->doubletree);
  const std::string_view long_text{reinterpret_cast<const char*>(room.data()), 256};
  start.host = long_text;
  Bytes other(record_bytes_max);
  EXPECT_EQ(encode(start, other).error(), Error::invalid_argument);
}

TEST(Record, CarriesTheTotals) {
  CountersAt totals;
  totals.at = Instant{5};
  totals.final = true;
  totals.counters.probes_sent = 1ULL << 40;
  totals.counters.probes_by_use[8] = 77;
  totals.counters.table_full = 3;
  Bytes room(record_bytes_max);
  const auto length = encode(totals, room);
  ASSERT_TRUE(length.has_value());
  const auto back = decode_counters(ConstBytes{room}.first(*length));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->at, totals.at);
  EXPECT_TRUE(back->final);
  EXPECT_FALSE(back->interrupted);
  EXPECT_EQ(back->counters.probes_sent, 1ULL << 40);
  EXPECT_EQ(back->counters.probes_by_use[8], 77U);
  EXPECT_EQ(back->counters.table_full, 3U);
  EXPECT_EQ(decode_event(ConstBytes{room}.first(*length)).error(), Error::unsupported);
}

}  // namespace
}  // namespace utnt::report
