// SPDX-License-Identifier: BSD-2-Clause
#include "run_scenario.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <stdexcept>

#include "apps/utnt/session.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::sim {
namespace {

class Collector final : public results::ResultSink {
 public:
  explicit Collector(Run& run) : run_{run} {}
  void run(const results::RunInfo&) override {}
  void trace(const results::TraceResult& trace) override { run_.traces.push_back(trace); }
  void ping(const results::PingResult& ping) override { run_.pings.push_back(ping); }
  void tunnel(const results::TunnelResult&) override {}
  void summary(const results::Summary& summary) override { run_.summary = summary; }

 private:
  Run& run_;
};

std::unique_ptr<emu::ScenarioNetwork> load(const RunRequest& request, std::uint64_t seed) {
  const auto& name = request.options.emulate;
  if (!request.text.empty()) return emu::load_scenario(request.text, name, seed);
  const auto* builtin = emu::find_builtin_scenario(name);
  if (builtin == nullptr) throw std::runtime_error("no scenario is called " + name);
  return emu::load_scenario(builtin->text, builtin->name, seed);
}

/// The first probe of each trace, by destination and by the field that names the path.
using FirstProbes = std::map<std::pair<wire::IpAddress, std::uint16_t>, const std::vector<std::byte>*>;

FirstProbes first_probes(const std::vector<test::RecordedPacket>& packets) {
  FirstProbes out;
  for (const auto& packet : packets) {
    if (!packet.is_sent) continue;
    const auto ip = wire::Ipv4View::parse(packet.bytes);
    if (!ip || ip->payload().size() < 8) continue;
    const bool udp = ip->protocol() == wire::protocol::udp;
    const auto id = load_be16(ip->payload(), udp ? 0 : 4);
    out.try_emplace({wire::IpAddress{ip->destination()}, id}, &packet.bytes);
  }
  return out;
}

void add_truths(Run& run, const RunRequest& request) {
  // A network of its own: the one that was probed may have changed its routes meanwhile.
  const auto fresh = load(request, run.seed);
  const auto probes = first_probes(run.packets);
  for (const auto& trace : run.traces) {
    const auto probe = probes.find({trace.destination, trace.initial.source_port});
    run.truths.push_back(probe == probes.end() ? fresh->truth(trace.destination) : fresh->truth_for(*probe->second));
  }
}

std::string replay_command(const RunRequest& request, const Run& run) {
  const auto& options = request.options;
  auto text = fmt::format("utnt trace --emulate {} --rules {} --seed {} --order input",
                          run.text.empty() ? run.scenario : text_path(run), options.rules, run.seed);
  if (options.pps == 0) text += " --pps 0 --prefix-pps 0 --near-pps 0";
  if (options.method != "icmp-paris") text += " --method " + options.method;
  if (options.frpla != 3) text += fmt::format(" --frpla {}", options.frpla);
  if (options.rtla != 1) text += fmt::format(" --rtla {}", options.rtla);
  if (options.max_ttl != 255) text += fmt::format(" --max-ttl {}", options.max_ttl);
  if (options.first_ttl != 1) text += fmt::format(" --first-ttl {}", options.first_ttl);
  if (options.brute_force) text += " --brute-force";
  if (request.impairment) {
    text += fmt::format("   # without the disorder; with it: UTNT_SEED={:#x} ctest -R the name of this test", run.seed);
  }
  return text;
}

}  // namespace

RunRequest request(const std::string& scenario, const std::string& rules, std::uint64_t seed) {
  RunRequest out;
  out.options.emulate = scenario;
  out.options.rules = rules;
  out.options.seed = seed;
  return out;
}

std::uint64_t Run::ping_probes() const {
  std::uint64_t sum = 0;
  for (const auto& ping : pings) sum += ping.sent;
  return sum;
}

Run run_scenario(const RunRequest& request) {
  Run run;
  run.scenario = request.options.emulate;
  run.rules = request.options.rules;
  run.seed = request.options.seed.value_or(1);
  run.text = request.text;
  run.replay = replay_command(request, run);
  const auto network = load(request, run.seed);
  if (request.impairment) network->set_impairments(*request.impairment);
  test::RecordingNetwork recorded{*network};
  lab::VirtualLink link{recorded};
  const auto& destinations = network->info().destinations;
  auto config = apps::engine_config(request.options, destinations.size());
  config.source = link.source();
  config.seed = apps::engine_seed(run.seed);
  Collector collector{run};
  apps::Session session{config, collector};
  session.begin({.host = run.scenario, .destinations = destinations.size(), .has_wall_clock = false}, link.now());
  std::size_t next = 0;
  session.run(link, [&]() -> std::optional<core::TraceRequest> {
    if (next == destinations.size()) return std::nullopt;
    const auto user_id = static_cast<std::uint32_t>(next + 1);
    return core::TraceRequest{.destination = destinations[next++], .user_id = user_id};
  });
  session.finish(false, link.now());
  run.packets = recorded.packets();
  std::sort(run.traces.begin(), run.traces.end(), [](const auto& a, const auto& b) { return a.user_id < b.user_id; });
  add_truths(run, request);
  return run;
}

emu::Impairments reordering(std::uint64_t seed) {
  return {.seed = seed,
          .duplicate_ppm = 100'000,
          .reorder_ppm = 300'000,
          .reorder_delay = Duration{30'000'000},
          .jitter = Duration{2'000'000}};
}

bool Blame::has_test_failed() { return testing::Test::HasFailure(); }

Blame::Blame(const Run& run, HasFailed has_failed) : run_{run}, has_failed_{has_failed}, failed_before_{has_failed()} {}

Blame::~Blame() {
  if (failed_before_ || !has_failed_()) return;
  try {
    const auto path = capture_path(run_);
    test::write_pcap(path, run_.packets);
    if (!run_.text.empty()) std::ofstream{text_path(run_)} << run_.text;
    fmt::print(stderr, "FAILED scenario={} rules={} seed={:#x}\nreplay: {}\ncapture: {}\n", run_.scenario, run_.rules,
               run_.seed, run_.replay, path);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "no capture: {}\n", problem.what());
  }
}

std::string capture_path(const Run& run) {
  return fmt::format("{}/{}.{}.{:x}.pcap", UTNT_CAPTURE_DIR, run.scenario, run.rules, run.seed);
}

std::string text_path(const Run& run) {
  return fmt::format("{}/{}.{:x}.toml", UTNT_CAPTURE_DIR, run.scenario, run.seed);
}

}  // namespace utnt::sim
