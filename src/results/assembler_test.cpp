// SPDX-License-Identifier: BSD-2-Clause
// The assembler: whatever the order and the gaps, traces come out once, with their pieces, and nothing grows without
// bound.
#include "results/assembler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "results/test_samples.hpp"

namespace utnt::results {
namespace {

using core::PathEnd;
using core::PathStart;
using report::Event;
using report::PathId;
using report::TraceId;
using samples::router;

constexpr std::int64_t epoch = 1'700'000'000'000'000'000;

PathStart path_start(std::uint32_t trace, std::uint32_t path, report::PathKind kind) {
  PathStart e;
  e.trace = TraceId{trace};
  e.path = PathId{path};
  e.kind = kind;
  e.source = wire::Ipv4Address{20, 0, 1, 1};
  e.destination = router(8);
  e.user_id = trace + 100;
  e.at = Instant{1'000};
  return e;
}

core::Reply reply(std::uint32_t trace, std::uint32_t path, std::uint8_t ttl, unsigned link) {
  core::Reply e;
  e.trace = TraceId{trace};
  e.path = PathId{path};
  e.probe_ttl = ttl;
  e.kind = report::ReplyKind::time_exceeded;
  e.from = router(link);
  e.reply_ttl = static_cast<std::uint8_t>(256 - ttl);
  e.sent = Instant{2'000};
  e.rtt = Duration{500'000};
  return e;
}

core::Verdict verdict(std::uint32_t trace, std::uint16_t index, std::uint8_t ttl, unsigned link) {
  core::Verdict e;
  e.trace = TraceId{trace};
  e.index = index;
  e.probe_ttl = ttl;
  e.address = router(link);
  e.kind = report::ReplyKind::time_exceeded;
  e.te_ttl = static_cast<std::uint8_t>(256 - ttl);
  e.rtt = Duration{500'000};
  return e;
}

/// CE1, PE1 (ingress), P1 (revealed, TTL 3 of path 2), PE2 (egress, TTL 3 of the initial path), and an answer past the
/// end.
std::vector<Event> events_of(std::uint32_t trace) {
  const auto initial = trace * 10;
  const auto revelation = trace * 10 + 1;
  auto hidden = verdict(trace, 2, 3, 3);
  hidden.discoveries = report::Discoveries{report::Discovery::revealed} | report::Discovery::brpr;
  hidden.marks = report::Mark::lsr;
  hidden.step = 1;
  auto start = path_start(trace, revelation, report::PathKind::revelation);
  start.step = 1;
  core::Tunnel tunnel;
  tunnel.trace = TraceId{trace};
  tunnel.tunnel_class = report::TunnelClass::invisible_php;
  tunnel.ingress = router(2);
  tunnel.egress = router(6);
  tunnel.first_index = 1;
  tunnel.last_index = 3;
  return {path_start(trace, initial, report::PathKind::initial),
          reply(trace, initial, 1, 1),
          reply(trace, initial, 2, 2),
          reply(trace, initial, 3, 6),
          reply(trace, initial, 4, 7),
          PathEnd{TraceId{trace}, PathId{initial}, report::StopReason::completed, 0, 3, 4, Instant{9'000}},
          start,
          reply(trace, revelation, 3, 3),
          PathEnd{TraceId{trace}, PathId{revelation}, report::StopReason::completed, 0, 4, 2, Instant{10'000}},
          verdict(trace, 0, 1, 1),
          verdict(trace, 1, 2, 2),
          hidden,
          verdict(trace, 3, 3, 6),
          tunnel};
}

Event end_of(std::uint32_t trace) {
  core::TraceEnd e;
  e.trace = TraceId{trace};
  e.destination = router(8);
  e.user_id = trace + 100;
  e.stop = report::StopReason::completed;
  e.hops = 4;
  e.tunnels = 1;
  e.start = Instant{1'000};
  e.at = Instant{20'000};
  return e;
}

report::RunStart run_start() {
  report::RunStart s;
  s.version = "0.1.0";
  s.epoch_offset_ns = epoch;
  return s;
}

void expect_whole(const TraceResult& t) {
  EXPECT_EQ(t.user_id, t.id + 100);
  EXPECT_EQ(t.start, epoch + 1'000);
  EXPECT_EQ(t.end, epoch + 20'000);
  EXPECT_EQ(t.initial.stop, report::StopReason::completed);
  ASSERT_EQ(t.hops.size(), 4U);
  for (const auto& hop : t.hops) ASSERT_EQ(hop.replies.size(), 1U);
  EXPECT_EQ(t.hops[2].replies[0].from, router(3));  // of the revelation, not PE2 at the same TTL
  EXPECT_EQ(t.hops[3].replies[0].from, router(6));
  EXPECT_EQ(t.hops[3].replies[0].sent, epoch + 2'000);
  ASSERT_EQ(t.initial.replies.size(), 1U);
  EXPECT_EQ(t.initial.replies[0].from, router(7));
  ASSERT_EQ(t.paths.size(), 1U);
  EXPECT_EQ(t.paths[0].replies.size(), 1U);
  ASSERT_EQ(t.tunnels.size(), 1U);
  EXPECT_EQ(t.tunnels[0].lsrs, (std::vector<TunnelLsr>{{router(3), Technique::brpr, 1}}));
}

std::vector<std::byte> record_of(const Event& event) {
  std::vector<std::byte> bytes(report::record_bytes_max);
  bytes.resize(report::encode(event, bytes).value());
  return bytes;
}

TEST(Assembler, JoinsTheEventsOfManyInterleavedTraces) {
  samples::Collector out;
  Assembler assembler{out};
  assembler.begin(run_start());
  constexpr std::uint32_t traces = 50;
  std::vector<std::vector<Event>> streams;
  for (std::uint32_t t = 1; t <= traces; ++t) streams.push_back(events_of(t));
  for (std::size_t i = 0; i < streams[0].size(); ++i) {
    for (const auto& stream : streams) assembler.add(stream[i]);
  }
  EXPECT_EQ(assembler.open_traces(), traces);
  for (std::uint32_t t = 1; t <= traces; ++t) assembler.add(end_of(t));
  EXPECT_EQ(assembler.open_traces(), 0U);
  assembler.finish();
  ASSERT_EQ(out.traces.size(), traces);
  for (const auto& trace : out.traces) expect_whole(trace);
  ASSERT_EQ(out.tunnels.size(), traces);
  EXPECT_EQ(out.tunnels[0].destination, router(8));
  ASSERT_EQ(out.summaries.size(), 1U);
  EXPECT_EQ(out.summaries[0].traces, traces);
  EXPECT_EQ(out.summaries[0].traces_incomplete, 0U);
  EXPECT_EQ(out.summaries[0].records_orphaned, 0U);
}

TEST(Assembler, GivesTheSameTraceForAnyOrderBehindThePathStarts) {
  Prng prng{5};
  for (int round = 0; round < 200; ++round) {
    auto events = events_of(1);
    std::swap(events[1], events[6]);  // both path starts first
    for (std::size_t i = events.size() - 1; i > 2; --i) std::swap(events[i], events[2 + prng.below(i - 1)]);
    samples::Collector out;
    Assembler assembler{out};
    assembler.begin(run_start());
    for (const auto& event : events) assembler.add(event);
    assembler.add(end_of(1));
    ASSERT_EQ(out.traces.size(), 1U);
    expect_whole(out.traces[0]);
  }
}

TEST(Assembler, ReadsARecordStreamCutAtAnyPlace) {
  std::vector<std::byte> stream(report::record_bytes_max);
  stream.resize(report::encode(run_start(), stream).value());
  for (std::uint32_t t = 1; t <= 3; ++t) {
    auto events = events_of(t);
    events.push_back(end_of(t));
    for (const auto& event : events) {
      const auto bytes = record_of(event);
      stream.insert(stream.end(), bytes.begin(), bytes.end());
    }
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{64}, stream.size()}) {
    samples::Collector out;
    Assembler assembler{out};
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      assembler.add(ConstBytes{stream}.subspan(at, std::min(piece, stream.size() - at)));
    }
    assembler.finish();
    EXPECT_EQ(assembler.bytes_left(), 0U);
    ASSERT_EQ(out.runs.size(), 1U);
    EXPECT_EQ(out.runs[0].version, "0.1.0");
    ASSERT_EQ(out.traces.size(), 3U);
    for (const auto& trace : out.traces) expect_whole(trace);
  }
}

TEST(Assembler, CountsOrphansAndHandsOutWhatIsLeftAsIncomplete) {
  samples::Collector out;
  Assembler assembler{out};
  assembler.begin(run_start());
  assembler.add(reply(1, 10, 1, 1));  // no such trace
  for (const auto& event : events_of(2)) assembler.add(event);
  assembler.add(reply(2, 99, 1, 1));  // no such path
  assembler.add(end_of(3));           // a trace of which only the end came
  assembler.finish();
  ASSERT_EQ(out.traces.size(), 2U);
  EXPECT_EQ(out.traces[0].id, 3U);
  EXPECT_EQ(out.traces[1].id, 2U);
  EXPECT_EQ(out.traces[1].stop, report::StopReason::halted);
  EXPECT_EQ(out.traces[1].hops.size(), 4U);
  EXPECT_EQ(out.summaries[0].records_orphaned, 2U);
  EXPECT_EQ(out.summaries[0].traces_incomplete, 2U);
}

TEST(Assembler, SurvivesTheLossOfAnySingleEvent) {
  const auto all = events_of(1);
  for (std::size_t lost = 0; lost < all.size(); ++lost) {
    samples::Collector out;
    Assembler assembler{out};
    assembler.begin(run_start());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i != lost) assembler.add(all[i]);
    }
    assembler.add(end_of(1));
    assembler.finish();
    ASSERT_GE(out.traces.size(), 1U);
    EXPECT_EQ(out.traces.back().destination, router(8));
  }
}

TEST(Assembler, HoldsNoMoreOpenTracesThanItsBound) {
  samples::Collector out;
  Assembler assembler{out, {.traces_max = 10}};
  for (std::uint32_t t = 1; t <= 100; ++t) {
    assembler.add(path_start(t, t, report::PathKind::initial));
    EXPECT_LE(assembler.open_traces(), 10U);
  }
  assembler.finish();
  ASSERT_EQ(out.traces.size(), 100U);
  EXPECT_EQ(out.traces[0].id, 1U);  // the oldest goes first
  EXPECT_EQ(out.summaries[0].traces_incomplete, 100U);
}

TEST(Assembler, PutsTheReplyThatWasUsedBeforeOthersOfItsTtl) {
  samples::Collector out;
  Assembler assembler{out};
  assembler.add(path_start(1, 1, report::PathKind::initial));
  auto stranger = reply(1, 1, 1, 9);
  stranger.flags = report::ReplyFlag::nat;
  assembler.add(stranger);
  assembler.add(reply(1, 1, 1, 1));
  assembler.add(verdict(1, 0, 1, 1));
  assembler.finish();
  ASSERT_EQ(out.traces[0].hops[0].replies.size(), 2U);
  EXPECT_EQ(out.traces[0].hops[0].replies[0].from, router(1));
  EXPECT_TRUE(out.traces[0].hops[0].replies[1].flags.has(report::ReplyFlag::nat));
}

TEST(Assembler, ListsNoLsrsForASuspectedTunnelAndKeepsASilentOne) {
  samples::Collector out;
  Assembler assembler{out};
  auto events = events_of(1);
  std::get<core::Verdict>(events[11]).address = {};  // the hidden router did not answer
  for (const auto& event : events) assembler.add(event);
  auto suspected = std::get<core::Tunnel>(events[13]);
  suspected.completeness = report::Completeness::suspected;
  assembler.add(suspected);
  assembler.finish();
  EXPECT_EQ(out.traces[0].tunnels[0].lsrs, (std::vector<TunnelLsr>{{{}, Technique::brpr, 1}}));
  EXPECT_TRUE(out.traces[0].tunnels[1].lsrs.empty());
}

TEST(Assembler, GivesPingsAtOnceWithWallClockTimes) {
  samples::Collector out;
  Assembler assembler{out};
  assembler.begin(run_start());
  core::Ping ping;
  ping.trace = TraceId{7};
  ping.address = router(3);
  ping.sent = 2;
  ping.er_ttl = 62;
  ping.at = Instant{50};
  ping.replies = 1;
  ping.reply[0].from = router(3);
  ping.reply[0].sent = Instant{60};
  assembler.add(Event{ping});
  ASSERT_EQ(out.pings.size(), 1U);
  EXPECT_EQ(out.pings[0].start, epoch + 50);
  ASSERT_EQ(out.pings[0].replies.size(), 1U);
  EXPECT_EQ(out.pings[0].replies[0].sent, epoch + 60);
}

TEST(Assembler, StopsAtABrokenStreamAndSaysHowMuchIsLeft) {
  samples::Collector out;
  Assembler assembler{out};
  const std::vector<std::byte> zeros(16);
  assembler.add(ConstBytes{zeros});
  EXPECT_EQ(assembler.bytes_left(), 16U);
  assembler.finish();
  EXPECT_TRUE(out.traces.empty());
}

}  // namespace
}  // namespace utnt::results
