// SPDX-License-Identifier: BSD-2-Clause
// Traces per second of each result format, both ways, on one core, and the same line built as a nlohmann tree for
// comparison. The traces have 8 hops, one revealed tunnel and its revelation traces: more than the usual one.
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "results/assembler.hpp"
#include "results/jsonl_reader.hpp"
#include "results/jsonl_writer.hpp"
#include "results/text_writer.hpp"
#include "results/warts_writer.hpp"

namespace utnt::results {
namespace {

wire::IpAddress router(unsigned link) { return wire::Ipv4Address{20, 0, static_cast<std::uint8_t>(link), 2}; }

class Keep : public ResultSink {
 public:
  void run(const RunInfo&) override {}
  void trace(const TraceResult& trace) override { last = trace, ++count; }
  void ping(const PingResult&) override {}
  void tunnel(const TunnelResult&) override {}
  void summary(const Summary&) override {}
  TraceResult last;
  std::size_t count{0};
};

/// The events of one trace: TTLs 1-5 to the destination, three LSRs revealed in one step between TTL 2 and 3.
std::vector<report::Event> events_of(std::uint32_t id) {
  std::vector<report::Event> out;
  const auto start = [&](std::uint32_t path, report::PathKind kind) {
    core::PathStart e;
    e.trace = report::TraceId{id};
    e.path = report::PathId{path};
    e.kind = kind;
    e.source = router(1);
    e.destination = router(8);
    e.user_id = id;
    e.step = kind == report::PathKind::initial ? 0 : 1;
    out.emplace_back(e);
  };
  const auto reply = [&](std::uint32_t path, std::uint8_t ttl, unsigned link) {
    core::Reply e;
    e.trace = report::TraceId{id};
    e.path = report::PathId{path};
    e.probe_ttl = ttl;
    e.kind = report::ReplyKind::time_exceeded;
    e.from = router(link);
    e.reply_ttl = static_cast<std::uint8_t>(256 - ttl);
    e.icmp_type = 11;
    e.reply_bytes = e.quoted_bytes = e.probe_bytes = 44;
    e.rtt = Duration{1'500'000};
    out.emplace_back(e);
  };
  const auto verdict = [&](std::uint16_t index, std::uint8_t ttl, unsigned link, bool is_revealed) {
    core::Verdict e;
    e.trace = report::TraceId{id};
    e.index = index;
    e.probe_ttl = ttl;
    e.address = router(link);
    e.kind = report::ReplyKind::time_exceeded;
    e.te_ttl = static_cast<std::uint8_t>(256 - ttl);
    e.er_ttl = 62;
    e.rtt = Duration{1'500'000};
    if (is_revealed) e.discoveries = report::Discoveries{report::Discovery::revealed} | report::Discovery::dpr;
    e.step = is_revealed ? 1 : 0;
    out.emplace_back(e);
  };
  const std::uint32_t initial = id * 2;
  const std::uint32_t revelation = id * 2 + 1;
  start(initial, report::PathKind::initial);
  const unsigned links[] = {1, 2, 6, 7, 8};
  for (std::uint8_t i = 0; i < 5; ++i) reply(initial, static_cast<std::uint8_t>(i + 1), links[i]);
  start(revelation, report::PathKind::revelation);
  for (std::uint8_t i = 0; i < 4; ++i) reply(revelation, static_cast<std::uint8_t>(3 + i), 3U + i);
  std::uint16_t index = 0;
  for (std::uint8_t i = 0; i < 5; ++i) {
    verdict(index++, static_cast<std::uint8_t>(i + 1), links[i], false);
    for (std::uint8_t k = 0; i == 1 && k < 3; ++k) verdict(index++, static_cast<std::uint8_t>(3 + k), 3U + k, true);
  }
  core::Tunnel tunnel;
  tunnel.trace = report::TraceId{id};
  tunnel.tunnel_class = report::TunnelClass::invisible_php;
  tunnel.ingress = router(2);
  tunnel.egress = router(6);
  tunnel.first_index = 1;
  tunnel.last_index = 5;
  out.emplace_back(tunnel);
  core::TraceEnd end;
  end.trace = report::TraceId{id};
  end.destination = router(8);
  end.hops = index;
  end.tunnels = 1;
  out.emplace_back(end);
  return out;
}

/// Calls `work` for about half a second and prints traces per second.
template <class Work>
double measure(const char* what, Work work) {
  using Clock = std::chrono::steady_clock;
  std::size_t traces = 0;
  const auto begin = Clock::now();
  double seconds = 0;
  while (seconds < 0.5) {
    traces += work();
    seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  const double rate = static_cast<double>(traces) / seconds;
  std::printf("%-44s %10.0f traces/s\n", what, rate);
  return rate;
}

void run() {
  Keep keep;
  const auto events = events_of(1);
  measure("assemble events", [&] {
    Assembler assembler{keep};
    for (std::uint32_t i = 0; i < 100; ++i) {
      for (const auto& event : events) assembler.add(event);
    }
    return std::size_t{100};
  });
  const auto trace = keep.last;
  std::string line;
  std::size_t bytes = 0;
  JsonlWriter jsonl{[&](std::string_view text) { bytes += text.size(), line = text; }};
  const auto write = measure("write JSON Lines", [&] { return jsonl.trace(trace), std::size_t{1}; });
  std::printf("%-44s %10zu\n", "bytes of a line", line.size());
  const auto tree = nlohmann::ordered_json::parse(line);
  const auto by_tree = measure("the same as a nlohmann tree: copy, dump", [&] {
    auto copy = tree;
    return bytes += copy.dump().size(), std::size_t{1};
  });
  std::printf("%-44s %10.1f\n", "ratio", write / by_tree);
  WartsWriter warts{[&](std::string_view record) { bytes += record.size(); }};
  measure("write warts", [&] { return warts.trace(trace), std::size_t{1}; });
  measure("write text", [&] { return bytes += trace_text(trace, {}).size(), std::size_t{1}; });
  std::string file;
  for (int i = 0; i < 1000; ++i) file += line;
  measure("read JSON Lines", [&] {
    std::istringstream in{file};
    return static_cast<std::size_t>(read_jsonl(in, "bench", keep, {}).results);
  });
  UTNT_ASSERT(bytes > 0);
}

}  // namespace
}  // namespace utnt::results

int main() { utnt::results::run(); }
