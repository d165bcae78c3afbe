// SPDX-License-Identifier: BSD-2-Clause
// The warts reader on bytes that were encoded outside this code, on our own writer's, and on damaged files.
#include "results/warts_reader.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "results/test_samples.hpp"
#include "results/warts_bytes.hpp"
#include "support/golden.hpp"

namespace utnt::results {
namespace {

using report::ReplyKind;

struct Reading {
  samples::Collector results;
  ReadReport report;
  std::vector<std::string> problems;
};

void read(const std::string& bytes, Reading& reading) {
  std::istringstream in{bytes};
  reading.report = read_warts(in, "file.warts", reading.results,
                              [&reading](const std::string& problem) { reading.problems.push_back(problem); });
}

std::string to_string(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string written() {
  std::string out;
  WartsWriter writer{[&out](std::string_view bytes) { out += bytes; }};
  writer.run(samples::run_info());
  writer.trace(samples::php_dpr_example());
  writer.ping(samples::ping_example());
  writer.trace(samples::opaque_example());
  writer.summary({});
  return out;
}

GOLDEN("Every value of a warts file encoded by hand is read", "results/warts/by_hand.hex") {
  Reading r;
  read(to_string(golden.bytes()), r);
  EXPECT_TRUE(r.report.is_clean());
  EXPECT_EQ(r.report.unknown, 1U);
  ASSERT_EQ(r.results.runs.size(), 1U);
  EXPECT_EQ(r.results.runs[0].list_name, "tnt");
  EXPECT_EQ(r.results.runs[0].cycle, 42U);
  EXPECT_EQ(r.results.runs[0].host, "host.example");
  ASSERT_EQ(r.results.traces.size(), 1U);
  const auto& t = r.results.traces[0];
  EXPECT_EQ(t.user_id, 77U);
  EXPECT_EQ(t.destination, wire::IpAddress(wire::Ipv4Address{198, 51, 100, 7}));
  EXPECT_EQ(t.start, 1'700'000'001'000'002'000);
  EXPECT_EQ(t.stop, report::StopReason::completed);
  EXPECT_EQ(t.initial.source_port, 0x9000);
  EXPECT_EQ(t.initial.destination_port, 0xabcd);
  EXPECT_EQ(t.initial.probes_sent, 6U);
  ASSERT_EQ(t.hops.size(), 4U);
  EXPECT_EQ(t.hops[0].replies[0].reply_ip_id, 0x1234);
  EXPECT_EQ(t.hops[0].replies[0].reply_tos, 0xc0);
  EXPECT_EQ(t.hops[0].replies[0].sent, 1'700'000'001'000'005'000);
  EXPECT_TRUE(t.hops[1].is_silent());
  const auto& hop = t.hops[2];
  ASSERT_EQ(hop.replies.size(), 2U);
  EXPECT_EQ(hop.address, wire::IpAddress(wire::Ipv4Address{20, 0, 3, 2}));
  EXPECT_EQ(hop.quoted_ttl, 1U);  // absent in the file
  EXPECT_EQ(hop.replies[0].attempt, 1U);
  EXPECT_EQ(hop.replies[0].quoted_bytes, 44U);
  EXPECT_EQ(hop.top_lse >> 12, 24001U);
  ASSERT_EQ(hop.replies[0].extensions.size(), 2U);
  EXPECT_EQ(hop.replies[0].extensions[1].c_type, 0x0a);
  EXPECT_EQ(hop.replies[1].from, t.hops[0].address);  // given by number
  EXPECT_EQ(hop.replies[1].quoted_ttl, 2U);
  EXPECT_EQ(t.hops[3].kind, ReplyKind::echo_reply);
  ASSERT_EQ(r.results.pings.size(), 1U);
  const auto& ping = r.results.pings[0];
  EXPECT_EQ(ping.sent, 3U);
  EXPECT_EQ(ping.er_ttl, 62U);
  ASSERT_EQ(ping.replies.size(), 2U);
  EXPECT_EQ(ping.replies[1].from, wire::IpAddress(wire::Ipv4Address{20, 0, 9, 9}));
  EXPECT_EQ(ping.replies[1].sequence, 2U);
  EXPECT_EQ(ping.replies[1].rtt, 3'102'000);
}

GOLDEN("A warts file cut at any byte keeps all records before the cut", "results/warts/by_hand.hex") {
  const auto whole = to_string(golden.bytes());
  std::size_t had = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Reading r;
    read(whole.substr(0, size), r);
    EXPECT_EQ(r.report.broken, 0U);
    EXPECT_LE(r.problems.size(), 1U);
    EXPECT_EQ(r.report.is_truncated, r.problems.size() == 1);
    EXPECT_GE(r.report.results, had);
    had = r.report.results;
  }
  EXPECT_EQ(had, 3U);
}

GOLDEN("A warts file with any one byte damaged never stops the program", "results/warts/by_hand.hex") {
  const auto whole = to_string(golden.bytes());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      auto damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      Reading r;
      read(damaged, r);
      EXPECT_LE(r.report.results, 3U);
    }
  }
}

TEST(WartsReader, GivesBackTheTraceroutesThatTheWriterWrote) {
  Reading r;
  read(written(), r);
  ASSERT_TRUE(r.problems.empty()) << r.problems[0];
  const auto php = samples::php_dpr_example();
  ASSERT_EQ(r.results.traces.size(), 1 + php.paths.size() + 1 + samples::opaque_example().paths.size());
  const auto& initial = r.results.traces[0];
  EXPECT_EQ(initial.user_id, php.user_id);
  EXPECT_EQ(initial.hops.size(), 5U);  // no hidden router in the initial trace
  EXPECT_EQ(initial.hops[2].replies[0], php.hops[5].replies[0]);
  const auto& revelation = r.results.traces[1];
  EXPECT_EQ(revelation.destination, php.paths[0].destination);
  EXPECT_EQ(revelation.user_id, php.user_id);
  ASSERT_EQ(r.results.pings.size(), 1U);
  EXPECT_EQ(r.results.pings[0].replies, samples::ping_example().replies);
}

TEST(WartsReader, TellsWhereTheFileStopsBeingWarts) {
  Reading r;
  const auto good = written();
  read(good + "garbage!", r);
  EXPECT_EQ(r.report.broken, 1U);
  ASSERT_EQ(r.problems.size(), 1U);
  EXPECT_EQ(r.problems[0], "file.warts, offset " + std::to_string(good.size()) +
                               ": no warts record begins here; the rest of the file is not read");
}

TEST(WartsReader, RefusesALengthThatNoRecordHas) {
  Reading r;
  read(std::string{"\x12\x05\x00\x06\xff\xff\xff\xff", 8}, r);
  EXPECT_EQ(r.report.broken, 1U);
  EXPECT_EQ(r.report.results, 0U);
}

TEST(WartsReader, CountsListsAndCyclesForAWriterThatAppends) {
  std::istringstream in{written() + written()};
  const auto ids = count_warts_ids(in);
  EXPECT_EQ(ids.lists, 2U);
  EXPECT_EQ(ids.cycles, 2U);
}

TEST(WartsParameters, SetsTheFlagBytesOfTheFormatDescription) {
  const auto flags = [](std::initializer_list<unsigned> ids) {
    WartsParameters p;
    for (const auto id : ids) p.u8(id, 0);
    WartsBytes out;
    p.write_to(out);
    return out.bytes();
  };
  EXPECT_EQ(flags({}), std::string(1, '\0'));
  EXPECT_EQ(flags({1, 2}).substr(0, 1), "\x03");
  EXPECT_EQ(flags({26}).substr(0, 4), "\x80\x80\x80\x10");
  EXPECT_EQ(flags({2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 18, 19}).substr(0, 3), "\xfe\x8f\x1a");
}

}  // namespace
}  // namespace utnt::results
