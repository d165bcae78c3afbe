// SPDX-License-Identifier: BSD-2-Clause
// Our warts read back by the scamper tools of the system: every field of every record must be what we meant.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "results/address_text.hpp"
#include "results/extension.hpp"
#include "results/test_samples.hpp"
#include "results/warts_writer.hpp"
#include "support/temporary_directory.hpp"

namespace utnt::results {
namespace {

using Json = nlohmann::json;
using report::ReplyKind;

bool has_tool(const std::string& tool) { return std::system(("command -v " + tool + " >/dev/null 2>&1").c_str()) == 0; }

std::string output_of(const std::string& tool, const std::string& file, const std::string& out) {
  EXPECT_EQ(std::system((tool + " " + file + " > " + out + " 2>&1").c_str()), 0) << tool;
  std::ifstream in{out};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The member, or null: a missing field then fails its comparison.
Json at(const Json& object, const char* key) { return object.value(key, Json{}); }
Json at(const Json& object, const char* outer, const char* inner) {
  return at(object, outer).is_object() ? at(at(object, outer), inner) : Json{};
}

/// A path whose replies have all values that the format can hold.
Path random_path(Prng& prng, bool is_v6) {
  const auto n = [&prng](std::uint64_t bound) { return prng.below(bound); };
  const auto address = [&]() -> wire::IpAddress {
    if (!is_v6) return wire::Ipv4Address{static_cast<std::uint32_t>(prng.next())};
    wire::Ipv6Address v6;
    for (auto& octet : v6.octets) octet = static_cast<std::uint8_t>(prng.next());
    return v6;
  };
  Path p;
  p.kind = report::PathKind::revelation;
  p.method = prng.chance(1, 2) ? report::Method::icmp_paris : report::Method::udp_paris;
  p.source = address();
  p.destination = address();
  p.source_port = static_cast<std::uint16_t>(prng.next());
  p.destination_port = static_cast<std::uint16_t>(prng.next());
  p.first_ttl = static_cast<std::uint8_t>(1 + n(5));
  p.last_ttl = static_cast<std::uint8_t>(p.first_ttl + n(20));
  p.attempts_max = static_cast<std::uint8_t>(1 + n(5));
  p.gap_limit = static_cast<std::uint8_t>(1 + n(9));
  p.wait_ms = static_cast<std::uint16_t>(1 + n(9000));
  p.probe_bytes = static_cast<std::uint16_t>(44 + n(100));
  p.start = static_cast<Nanoseconds>(1'600'000'000 + n(100'000'000)) * 1'000'000'000 +
            static_cast<Nanoseconds>(n(1'000'000)) * 1000;
  p.stop = static_cast<report::StopReason>(n(10));
  p.stop_data = static_cast<std::uint8_t>(prng.next());
  p.probes_sent = static_cast<std::uint16_t>(prng.next());
  for (unsigned ttl = p.first_ttl; ttl <= p.last_ttl; ++ttl) {
    for (auto replies = n(3); replies > 0; --replies) {
      Reply r;
      r.probe_ttl = static_cast<std::uint8_t>(ttl);
      r.attempt = static_cast<std::uint8_t>(n(5));
      const bool is_last = ttl == p.last_ttl;
      r.kind = is_last ? ReplyKind::port_unreachable : ReplyKind::time_exceeded;
      r.icmp_type = is_v6 ? (is_last ? 1 : 3) : (is_last ? 3 : 11);
      r.icmp_code = is_last ? (is_v6 ? 4 : 3) : 0;
      r.from = prng.chance(1, 3) ? p.destination : address();
      r.reply_ttl = static_cast<std::uint8_t>(prng.next());
      r.reply_tos = static_cast<std::uint8_t>(prng.next());
      r.reply_ip_id = is_v6 ? std::uint16_t{0} : static_cast<std::uint16_t>(prng.next());
      r.reply_bytes = static_cast<std::uint16_t>(prng.next());
      r.quoted_ttl = static_cast<std::uint8_t>(prng.next());
      r.quoted_tos = static_cast<std::uint8_t>(prng.next());
      r.quoted_bytes = static_cast<std::uint16_t>(prng.next());
      r.probe_bytes = p.probe_bytes;
      r.sent = p.start + static_cast<Nanoseconds>(n(1'000'000)) * 1'000;
      r.rtt = static_cast<Nanoseconds>(n(5'000'000)) * 1'000;
      for (auto objects = n(3); objects > 0; --objects) {
        ExtensionObject object{1, 1, {}};
        if (prng.chance(1, 3))
          object = {static_cast<std::uint8_t>(2 + n(200)), static_cast<std::uint8_t>(prng.next()), {}};
        for (auto bytes = 4 * (1 + n(3)); bytes > 0; --bytes)
          object.payload.push_back(static_cast<std::byte>(prng.next() & 0xff));
        r.extensions.push_back(object);
      }
      p.replies.push_back(r);
    }
  }
  return p;
}

void expect_reply(const Json& hop, const Reply& r, bool is_v4) {
  EXPECT_EQ(at(hop, "addr"), address_text(r.from));
  EXPECT_EQ(at(hop, "probe_ttl"), r.probe_ttl);
  EXPECT_EQ(at(hop, "probe_id"), r.attempt + 1);
  EXPECT_EQ(at(hop, "probe_size"), r.probe_bytes);
  EXPECT_EQ(at(hop, "tx", "sec"), r.sent / 1'000'000'000);
  EXPECT_EQ(at(hop, "tx", "usec"), r.sent / 1'000 % 1'000'000);
  EXPECT_EQ(at(hop, "rtt").dump(), Json::parse(milliseconds_text(r.rtt)).dump());
  EXPECT_EQ(at(hop, "reply_ttl"), r.reply_ttl);
  EXPECT_EQ(at(hop, "reply_tos"), r.reply_tos);
  if (is_v4) {
    EXPECT_EQ(at(hop, "reply_ipid"), r.reply_ip_id);
  }
  EXPECT_EQ(at(hop, "reply_size"), r.reply_bytes);
  EXPECT_EQ(at(hop, "icmp_type"), r.icmp_type);
  EXPECT_EQ(at(hop, "icmp_code"), r.icmp_code);
  if (r.kind != ReplyKind::echo_reply) {
    EXPECT_EQ(at(hop, "icmp_q_ttl"), r.quoted_ttl);
    EXPECT_EQ(at(hop, "icmp_q_ipl"), r.quoted_bytes);
    if (is_v4) {
      EXPECT_EQ(at(hop, "icmp_q_tos"), r.quoted_tos);
    }
  }
  const auto objects = hop.value("icmpext", Json::array());
  ASSERT_EQ(objects.size(), r.extensions.size());
  for (std::size_t i = 0; i < objects.size(); ++i) {
    EXPECT_EQ(objects[i]["ie_cn"], r.extensions[i].object_class);
    EXPECT_EQ(objects[i]["ie_ct"], r.extensions[i].c_type);
    EXPECT_EQ(objects[i]["ie_dl"], r.extensions[i].payload.size());
    if (r.extensions[i].object_class != 1 || r.extensions[i].c_type != 1) continue;
    const auto stack = label_stack(r.extensions[i]);
    ASSERT_EQ(objects[i]["mpls_labels"].size(), stack.size());
    for (std::size_t k = 0; k < stack.size(); ++k) {
      const auto& label = objects[i]["mpls_labels"][k];
      EXPECT_EQ(at(label, "mpls_label"), stack[k].label().value());
      EXPECT_EQ(at(label, "mpls_ttl"), stack[k].ttl().value());
      EXPECT_EQ(at(label, "mpls_exp"), stack[k].traffic_class());
      EXPECT_EQ(at(label, "mpls_s"), stack[k].bottom() ? 1 : 0);
    }
  }
}

void expect_path(const Json& json, const Path& path, const std::vector<Reply>& replies, std::uint32_t user_id) {
  static const char* stop_names[] = {"NONE",     "COMPLETED", "UNREACH",  "ICMP", "LOOP",
                                     "GAPLIMIT", "ERROR",     "HOPLIMIT", "GSS",  "HALTED"};
  const bool is_icmp = path.method == report::Method::icmp_paris;
  EXPECT_EQ(at(json, "type"), "trace");
  EXPECT_EQ(at(json, "userid"), user_id);
  EXPECT_EQ(at(json, "method"), is_icmp ? "icmp-echo-paris" : "udp-paris");
  EXPECT_EQ(at(json, "src"), address_text(path.source));
  EXPECT_EQ(at(json, "dst"), address_text(path.destination));
  if (is_icmp) {
    EXPECT_EQ(at(json, "icmp_sum"), path.destination_port);
  } else {
    EXPECT_EQ(at(json, "sport"), path.source_port);
    EXPECT_EQ(at(json, "dport"), path.destination_port);
  }
  EXPECT_EQ(at(json, "stop_reason"), stop_names[static_cast<int>(path.stop)]);
  EXPECT_EQ(at(json, "stop_data"), path.stop_data);
  EXPECT_EQ(at(json, "start", "sec"), path.start / 1'000'000'000);
  EXPECT_EQ(at(json, "start", "usec"), path.start / 1'000 % 1'000'000);
  EXPECT_EQ(at(json, "hop_count"), path.last_ttl);
  EXPECT_EQ(at(json, "attempts"), path.attempts_max);
  EXPECT_EQ(at(json, "firsthop"), path.first_ttl);
  EXPECT_EQ(at(json, "wait"), (path.wait_ms + 999) / 1000);
  EXPECT_EQ(at(json, "probe_size"), path.probe_bytes);
  EXPECT_EQ(at(json, "probe_count"), path.probes_sent);
  ASSERT_EQ(at(json, "hops").size(), replies.size());
  for (std::size_t i = 0; i < replies.size(); ++i) expect_reply(at(json, "hops")[i], replies[i], path.source.is_v4());
}

class StockTools : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* tool : {"sc_warts2json", "sc_wartsdump", "sc_warts2text"}) {
      if (!has_tool(tool)) GTEST_SKIP() << "SKIPPED LOUDLY: " << tool << " is missing (apt-get install scamper)";
    }
  }
  template <class Write>
  void write_file(Write write) {
    std::ofstream out{file_, std::ios::binary};
    WartsWriter writer{[&out](std::string_view bytes) { out << bytes; }};
    write(writer);
  }
  std::vector<Json> json_lines() {
    std::istringstream in{output_of("sc_warts2json", file_, directory_ / "json")};
    std::vector<Json> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
    return lines;
  }

  test::TemporaryDirectory directory_;
  std::string file_{directory_ / "out.warts"};
};

TEST_F(StockTools, ReadEveryFieldOfRandomTracesOfBothFamilies) {
  Prng prng{20261123};
  std::vector<TraceResult> traces;
  write_file([&](WartsWriter& w) {
    w.run(samples::run_info());
    for (int i = 0; i < 200; ++i) {
      TraceResult t;
      t.user_id = static_cast<std::uint32_t>(1 + prng.below(1'000'000));
      const bool is_v6 = i % 4 == 3;
      t.initial = random_path(prng, is_v6);
      t.destination = t.initial.destination;
      t.paths.push_back(random_path(prng, is_v6));
      w.trace(t);
      traces.push_back(t);
    }
    w.summary({});
  });
  const auto lines = json_lines();
  ASSERT_EQ(lines.size(), 402U);
  for (std::size_t i = 0; i < traces.size(); ++i) {
    expect_path(lines[1 + 2 * i], traces[i].initial, traces[i].initial.replies, traces[i].user_id);
    expect_path(lines[2 + 2 * i], traces[i].paths[0], traces[i].paths[0].replies, traces[i].user_id);
    if (HasFailure()) FAIL() << "trace " << i << ": " << lines[1 + 2 * i].dump();
  }
}

TEST_F(StockTools, SeeTheInitialTraceWithoutHiddenRoutersAndEachRevelationAsATraceOfItsOwn) {
  const auto trace = samples::php_dpr_example();
  write_file([&](WartsWriter& w) { w.trace(trace); });
  const auto lines = json_lines();
  ASSERT_EQ(lines.size(), 1 + trace.paths.size());
  std::vector<Reply> visible;
  for (const auto& hop : trace.hops) {
    if (!hop.is_revealed()) visible.push_back(hop.replies.front());
  }
  expect_path(lines[0], trace.initial, visible, trace.user_id);
  for (std::size_t i = 0; i < trace.paths.size(); ++i) {
    expect_path(lines[1 + i], trace.paths[i], trace.paths[i].replies, trace.user_id);
  }
}

TEST_F(StockTools, ReadPingsListsAndCycles) {
  const auto ping = samples::ping_example();
  write_file([&](WartsWriter& w) {
    w.run(samples::run_info());
    w.ping(ping);
    Summary summary;
    summary.end = 1'700'000'100'000'000'000;
    w.summary(summary);
  });
  const auto lines = json_lines();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["type"], "cycle-start");
  EXPECT_EQ(lines[0]["list_name"], "targets");
  EXPECT_EQ(lines[0]["id"], 7);
  EXPECT_EQ(lines[0]["hostname"], "vp1.example.org");
  EXPECT_EQ(lines[2]["stop_time"], 1'700'000'100);
  const auto& json = lines[1];
  EXPECT_EQ(at(json, "src"), address_text(ping.source));
  EXPECT_EQ(at(json, "dst"), address_text(ping.address));
  EXPECT_EQ(at(json, "userid"), ping.user_id);
  EXPECT_EQ(at(json, "ping_sent"), ping.sent);
  EXPECT_EQ(at(json, "probe_size"), ping.probe_bytes);
  EXPECT_EQ(at(json, "start", "sec"), ping.start / 1'000'000'000);
  ASSERT_EQ(at(json, "responses").size(), ping.replies.size());
  for (std::size_t i = 0; i < ping.replies.size(); ++i) {
    const Json r = at(json, "responses")[i];
    EXPECT_EQ(at(r, "from"), address_text(ping.replies[i].from));
    EXPECT_EQ(at(r, "seq"), ping.replies[i].sequence);
    EXPECT_EQ(at(r, "reply_ttl"), ping.replies[i].ttl);
    EXPECT_EQ(at(r, "reply_size"), ping.replies[i].bytes);
    EXPECT_EQ(at(r, "reply_ipid"), ping.replies[i].ip_id);
    EXPECT_EQ(at(r, "rtt").dump(), Json::parse(milliseconds_text(ping.replies[i].rtt)).dump());
    EXPECT_EQ(at(r, "tx", "usec"), ping.replies[i].sent / 1'000 % 1'000'000);
  }
}

TEST_F(StockTools, DumpEveryHopWithItsRawFieldsAndLabels) {
  const auto trace = samples::explicit_example();
  write_file([&](WartsWriter& w) {
    w.run(samples::run_info());
    w.trace(trace);
  });
  const auto dump = output_of("sc_wartsdump", file_, directory_ / "dump");
  EXPECT_NE(dump.find("traceroute from 20.0.1.1 to 20.0.8.2\n list id: 1, name: targets, monitor: vp1.example.org\n"
                      " cycle id: 7\n user-id: 1\n"),
            std::string::npos);
  EXPECT_NE(dump.find(" type: icmp paris, echo id: 36864, csum: 0xabcd\n"), std::string::npos);
  EXPECT_NE(dump.find(" stop reason: done\n"), std::string::npos);
  for (const auto& hop : trace.hops) {
    const auto& r = hop.replies.front();
    char text[256];
    std::snprintf(text, sizeof text,
                  "hop %2d  %s\n attempt: 1, tx: 0.%06ds, rtt: 0.%06ds, probe-size: 44\n reply-ttl: %d, reply-size: "
                  "%d, reply-ipid: 0x%04x, reply-tos 0x00\n icmp-type: %d, icmp-code: 0",
                  hop.probe_ttl, address_text(hop.address).c_str(), static_cast<int>((r.sent - trace.start) / 1000),
                  static_cast<int>(r.rtt / 1000), r.reply_ttl, r.reply_bytes, r.reply_ip_id, r.icmp_type);
    EXPECT_NE(dump.find(text), std::string::npos) << text << "\nnot in\n" << dump;
  }
  EXPECT_NE(
      dump.find(
          "q-ttl: 2, q-len: 44, q-tos 0\n flags: 0x10 ( replyttl )\n mpls ext ttl: 1, s: 1, exp: 0, label: 24012\n"),
      std::string::npos);
}

TEST_F(StockTools, PrintTheTraceAsText) {
  const auto trace = samples::explicit_example();
  write_file([&](WartsWriter& w) { w.trace(trace); });
  std::string expected = "traceroute from 20.0.1.1 to 20.0.8.2\n";
  for (const auto& hop : trace.hops) {
    expected += " " + std::to_string(hop.probe_ttl) + "  " + address_text(hop.address) + "  " +
                milliseconds_text(hop.rtt) + " ms\n";
  }
  EXPECT_EQ(output_of("sc_warts2text", file_, directory_ / "text"), expected);
}

TEST_F(StockTools, ReadAFileThatASecondRunWasAppendedTo) {
  std::ofstream out{file_, std::ios::binary};
  const auto write = [&out](std::string_view bytes) { out << bytes; };
  WartsWriter first{write};
  first.run(samples::run_info());
  first.trace(samples::explicit_example());
  first.summary({});
  WartsWriter second{write, WartsIds{1, 1}};
  second.run(samples::run_info());
  second.trace(samples::opaque_example());
  second.summary({});
  out.close();
  EXPECT_EQ(json_lines().size(), 2 + 1 + 2 + 1 + samples::opaque_example().paths.size());
}

}  // namespace
}  // namespace utnt::results
