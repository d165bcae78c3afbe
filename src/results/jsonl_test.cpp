// SPDX-License-Identifier: BSD-2-Clause
// JSON Lines: what is written comes back equal, is what the reference documents, and broken input is told and survived.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "results/json_text.hpp"
#include "results/jsonl_reader.hpp"
#include "results/jsonl_writer.hpp"
#include "results/test_samples.hpp"
#include "support/property.hpp"

namespace utnt::results {
namespace {

using Json = nlohmann::json;

template <class Write>
std::string written(Write write) {
  std::string out;
  JsonlWriter writer{[&out](std::string_view line) { out += line; }};
  write(writer);
  return out;
}

struct Reading {
  samples::Collector results;
  ReadReport report;
  std::vector<std::string> problems;
};

void read(const std::string& text, Reading& reading) {
  std::istringstream in{text};
  reading.report = read_jsonl(in, "file.jsonl", reading.results,
                              [&reading](const std::string& problem) { reading.problems.push_back(problem); });
}

std::string whole_file() {
  return written([](JsonlWriter& w) {
    w.run(samples::run_info());
    for (const auto& trace : samples::all_examples()) {
      w.trace(trace);
      for (const auto& tunnel : tunnel_results(trace)) w.tunnel(tunnel);
    }
    w.ping(samples::ping_example());
    w.summary({});
  });
}

PROPERTY("a random trace comes back from its line equal in every field", prng) {
  const auto trace = samples::random_trace(prng);
  Reading reading;
  read(written([&trace](JsonlWriter& w) { w.trace(trace); }), reading);
  ASSERT_TRUE(reading.problems.empty()) << reading.problems[0];
  ASSERT_EQ(reading.results.traces.size(), 1U);
  EXPECT_EQ(reading.results.traces[0], trace);
}

TEST(Jsonl, GivesBackEveryExampleRunPingTunnelAndSummary) {
  Reading reading;
  read(whole_file(), reading);
  EXPECT_TRUE(reading.report.is_clean());
  EXPECT_EQ(reading.results.traces, samples::all_examples());
  ASSERT_EQ(reading.results.runs.size(), 1U);
  EXPECT_EQ(reading.results.runs[0], samples::run_info());
  ASSERT_EQ(reading.results.pings.size(), 1U);
  EXPECT_EQ(reading.results.pings[0], samples::ping_example());
  ASSERT_EQ(reading.results.tunnels.size(), 6U);
  EXPECT_EQ(reading.results.tunnels[2], tunnel_results(samples::php_dpr_example())[0]);
  EXPECT_EQ(reading.results.summaries.size(), 1U);
  EXPECT_EQ(reading.report.results, 15U);
}

TEST(Jsonl, NamesClassesRolesAndTechniquesAsDocumented) {
  const auto line = Json::parse(written([](JsonlWriter& w) { w.trace(samples::php_dpr_example()); }));
  EXPECT_EQ(line["type"], "trace");
  EXPECT_EQ(line["schema"], 1);
  EXPECT_EQ(line["stop"], "completed");
  EXPECT_EQ(line["destination"], "20.0.8.2");
  const auto& tunnel = line["tunnels"][0];
  EXPECT_EQ(tunnel["class"], "invisible_php");
  EXPECT_EQ(tunnel["trigger"], "RTLA");
  EXPECT_EQ(tunnel["ingress"], "20.0.2.2");
  EXPECT_EQ(tunnel["egress"], "20.0.6.2");
  EXPECT_EQ(tunnel["lsrs"], Json::parse(R"([{"address":"20.0.3.2","technique":"DPR","step":1},
    {"address":"20.0.4.2","technique":"DPR","step":1},{"address":"20.0.5.2","technique":"DPR","step":1}])"));
  EXPECT_EQ(tunnel["estimated_lsrs"], 3);
  EXPECT_EQ(tunnel["revealed_lsrs"], 3);
  EXPECT_EQ(tunnel["stop"], Json::array({"NTH-RV"}));
  EXPECT_EQ(tunnel["completeness"], "complete");
  const auto& hop = line["hops"][3];
  EXPECT_EQ(hop["marks"], Json::array({"INV", "LSR"}));
  EXPECT_EQ(hop["discovery"], Json::array({"RTLA", "DPR", "REV"}));
  EXPECT_EQ(hop["reply_ttl"], 252);
  EXPECT_EQ(hop["echo_reply_ttl"], 62);
  EXPECT_EQ(hop["rtla"], 1);
  EXPECT_EQ(hop["vendor_guess"], Json::parse(R"({"Juniper":99.6})"));
}

TEST(Jsonl, DecodesLabelsAndInterfaceObjectsAndKeepsEveryOtherObjectAsHex) {
  auto trace = samples::explicit_example();
  // RFC 5837 object, incoming interface (c-type role 0) with ifIndex 7 and IPv4 address 20.0.3.2: bits 0x08 | 0x04.
  std::vector<std::byte> interface;
  for (const int byte : {0, 0, 0, 7, 0, 1, 0, 0, 20, 0, 3, 2}) interface.push_back(static_cast<std::byte>(byte));
  trace.hops[2].replies[0].extensions.push_back({2, 0x0c, interface});
  trace.hops[2].replies[0].extensions.push_back({247, 3, {std::byte{0xde}, std::byte{0xad}}});
  const auto line = Json::parse(written([&trace](JsonlWriter& w) { w.trace(trace); }));
  EXPECT_EQ(line["hops"][2]["extensions"], Json::parse(R"([
    {"class":1,"ctype":1,"mpls":[{"label":24011,"tc":0,"s":1,"ttl":1}]},
    {"class":2,"ctype":12,"hex":"000000070001000014000302","interface":{"role":"incoming","index":7,"address":"20.0.3.2"}},
    {"class":247,"ctype":3,"hex":"dead"}])"));
  EXPECT_EQ(line["hops"][2]["marks"], Json::array({"EXP", "LSR"}));
}

TEST(Jsonl, WritesNullForWhatTheRulesOfTheOriginalDoNotCompute) {
  auto info = samples::run_info();
  info.rules = report::RuleSet::tnt;
  std::istringstream lines{written([&info](JsonlWriter& w) {
    w.run(info);
    w.trace(samples::php_dpr_example());
  })};
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(Json::parse(line)["rules"], "tnt");
  std::getline(lines, line);
  const auto trace = Json::parse(line);
  for (const auto* key : {"evidence", "samples", "confidence"}) {
    ASSERT_TRUE(trace["tunnels"][0].contains(key));
    EXPECT_TRUE(trace["tunnels"][0][key].is_null()) << key;
  }
  EXPECT_TRUE(trace["hops"][0]["egress_ambiguous"].is_null());
}

void collect_keys(const Json& json, std::set<std::string>& keys) {
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      keys.insert(key);
      if (key != "vendor_guess") collect_keys(value, keys);
    }
  } else if (json.is_array()) {
    for (const auto& value : json) collect_keys(value, keys);
  }
}

TEST(Jsonl, UsesNoFieldThatTheReferenceDoesNotDocument) {
  std::set<std::string> keys;
  Prng prng{1};
  std::string text = whole_file();
  for (int i = 0; i < 50; ++i) text += written([&prng](JsonlWriter& w) { w.trace(samples::random_trace(prng)); });
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) collect_keys(Json::parse(line), keys);
  std::ifstream file{UTNT_SOURCE_DIR "/docs/reference/schema.md"};
  const std::string reference{std::istreambuf_iterator<char>{file}, {}};
  ASSERT_FALSE(reference.empty());
  EXPECT_GT(keys.size(), 80U);
  for (const auto& key : keys) EXPECT_NE(reference.find('`' + key + '`'), std::string::npos) << key;
}

TEST(JsonlReader, CountsBrokenLinesWithTheirPlaceAndReadsOn) {
  const auto good = written([](JsonlWriter& w) { w.ping(samples::ping_example()); });
  Reading reading;
  read("{\"type\":\"ping\",\n" + good + "[1,2]\n\n{\"type\":\"ping\",\"sent\":300}\n{\"type\":\"ping\",\"sent\":-1}\n" +
           "{\"type\":\"trace\",\"hops\":[{\"address\":\"1.2.3\"}]}\n{\"no\":1}\n{\"type\":\"ping\",\"schema\":2}\n" +
           "{\"type\":\"novel\"}\n" + good,
       reading);
  EXPECT_EQ(reading.results.pings.size(), 2U);
  EXPECT_EQ(reading.report.broken, 7U);
  EXPECT_EQ(reading.report.unknown, 1U);
  EXPECT_FALSE(reading.report.is_truncated);
  ASSERT_EQ(reading.problems.size(), 7U);
  EXPECT_EQ(reading.problems[0], "file.jsonl:1: no valid JSON; the line is skipped");
  EXPECT_EQ(reading.problems[2], "file.jsonl:5: \"sent\": number too large; the line is skipped");
  EXPECT_EQ(reading.problems[4], "file.jsonl:7: \"address\": no address; the line is skipped");
}

TEST(JsonlReader, DropsALastLineThatIsCutAtAnyByteAndKeepsWhatPrecedes) {
  const auto ping = written([](JsonlWriter& w) { w.ping(samples::ping_example()); });
  for (std::size_t kept = 1; kept + 2 < ping.size(); ++kept) {
    Reading reading;
    read(ping + ping.substr(0, kept), reading);
    ASSERT_EQ(reading.results.pings.size(), 1U);
    ASSERT_TRUE(reading.report.is_truncated);
    ASSERT_EQ(reading.report.broken, 0U);
    ASSERT_EQ(reading.problems.size(), 1U);
  }
}

TEST(JsonlReader, ReadsALastLineWithoutItsNewline) {
  auto ping = written([](JsonlWriter& w) { w.ping(samples::ping_example()); });
  ping.pop_back();
  Reading reading;
  read(ping, reading);
  EXPECT_EQ(reading.results.pings.size(), 1U);
  EXPECT_TRUE(reading.report.is_clean());
}

TEST(JsonlReader, StopsTellingButNotCountingAfterManyProblems) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "x\n";
  Reading reading;
  read(text, reading);
  EXPECT_EQ(reading.report.broken, 1000U);
  EXPECT_EQ(reading.problems.size(), problems_told_max);
}

TEST(JsonText, EscapesWhatJsonForbidsAndRepairsWhatIsNoUtf8) {
  std::string out;
  JsonText json{out};
  json.text(std::string_view{"a\"\\\n\x01\xc3\xa4\xff\xed\xa0\x80\xf0\x9f\x98\x80", 15});
  EXPECT_EQ(Json::parse(out).get<std::string>(),
            "a\"\\\n\x01\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80");
}

}  // namespace
}  // namespace utnt::results
