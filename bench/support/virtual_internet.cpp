// SPDX-License-Identifier: BSD-2-Clause
#include "support/virtual_internet.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "apps/utnt/session.hpp"
#include "core/engine.hpp"
#include "emu/procedural/network.hpp"
#include "lab/virtual_link.hpp"
#include "wire/icmpv4.hpp"
#include "wire/ipv4.hpp"

namespace utnt::bench {
namespace {

bool is_inside_a_tunnel(const emu::Truth& truth, const wire::IpAddress& address) {
  for (const auto& tunnel : truth.tunnels) {
    for (std::size_t i = tunnel.ingress + 1U; i < tunnel.egress; ++i) {
      const auto& aliases = truth.path[i].aliases;
      if (std::find(aliases.begin(), aliases.end(), address) != aliases.end()) return true;
    }
  }
  return false;
}

/// A packet of the flow of the initial trace: where routers balance, the truth is that of this flow.
std::vector<std::byte> probe_of(const results::TraceResult& trace) {
  constexpr std::size_t size = 44, header = 20;
  std::vector<std::byte> packet(size);
  wire::write_echo_with_checksum(MutableBytes{packet}.subspan(header), {.identifier = trace.initial.source_port},
                                 trace.initial.destination_port, 8);
  wire::write_ipv4_header(packet, {.total_length = size,
                                   .ttl = Ttl{255},
                                   .protocol = wire::protocol::icmp,
                                   .source = trace.initial.source.v4(),
                                   .destination = trace.destination.v4()});
  return packet;
}

class ScoringSink final : public results::ResultSink {
 public:
  ScoringSink(const emu::ScenarioNetwork& network, bool is_scored, Tally& tally)
      : network_{network}, is_scored_{is_scored}, tally_{tally} {}
  void run(const results::RunInfo&) override {}
  void trace(const results::TraceResult& trace) override {
    ++tally_.traces;
    if (!is_scored_) return;
    const auto truth = network_.truth_for(probe_of(trace));
    lab::Score one;
    one.add(trace, truth);
    for (std::size_t i = 0; i < lab::score_classes; ++i) tally_.by_class[i] += one.by_class()[i];
    tally_.suspected += one.suspected();
    tally_.look_alikes += one.look_alikes();
    for (const auto& mistake : one.mistakes()) {
      if (!mistake.ends_with("cannot be")) tally_.mistakes.push_back(mistake);
    }
    for (const auto& tunnel : trace.tunnels) {
      for (const auto& lsr : tunnel.lsrs) {
        if (is_inside_a_tunnel(truth, lsr.address)) tally_.lsrs.insert(lsr.address);
      }
    }
  }
  void ping(const results::PingResult&) override {}
  void tunnel(const results::TunnelResult&) override {}
  void summary(const results::Summary&) override {}

 private:
  const emu::ScenarioNetwork& network_;
  bool is_scored_;
  Tally& tally_;
};

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  for (std::size_t i = 0; i < by_class.size(); ++i) by_class[i] += other.by_class[i];
  traces += other.traces;
  suspected += other.suspected;
  look_alikes += other.look_alikes;
  mistakes.insert(mistakes.end(), other.mistakes.begin(), other.mistakes.end());
  lsrs.insert(other.lsrs.begin(), other.lsrs.end());
  return *this;
}

lab::ClassScore Tally::all() const {
  lab::ClassScore sum;
  for (const auto& score : by_class) sum += score;
  return sum;
}

core::EngineConfig campaign_config(const CampaignSettings& settings) {
  core::EngineConfig config;
  config.rules = settings.rules_tnt ? core::RuleSet::tnt : core::RuleSet::utnt;
  if (settings.rules_tnt) config.window = 1;
  config.rate_pps_max = settings.pps;
  config.burst_packets_max = 64;
  config.prefix_pps_max = 0;
  config.near_pps_max = 0;
  config.traces_max = std::min(settings.traces_max, static_cast<std::uint32_t>(settings.destinations));
  config.addresses_max = 400'000;
  config.tunnels_max = 40'000;
  config.brute_force = settings.brute_force;
  config.seed = apps::engine_seed(settings.internet.seed);
  return config;
}

CampaignResult run_campaign(const CampaignSettings& settings) {
  CampaignResult result;
  emu::ScenarioInfo info;
  info.name = "internet";
  const auto network = emu::make_procedural_network(settings.internet, std::move(info));
  constexpr std::uint32_t ppm_per_percent = 10'000;
  network->set_impairments({.seed = settings.internet.seed, .loss_ppm = settings.loss_percent * ppm_per_percent});
  ScoringSink sink{*network, settings.is_scored, result.tally};
  lab::VirtualLink link{*network};
  auto config = campaign_config(settings);
  config.source = link.source();
  result.engine_bytes = core::Engine::bytes_needed(config);
  const auto begin = std::chrono::steady_clock::now();
  apps::Session session{config, sink};
  session.begin({.host = "internet", .destinations = settings.destinations, .has_wall_clock = false}, link.now());
  std::size_t next = 0;
  session.run(link, [&]() -> std::optional<core::TraceRequest> {
    if (next == settings.destinations) return std::nullopt;
    return core::TraceRequest{.destination = emu::procedural_destination(settings.internet.seed, next++)};
  });
  session.finish(false, link.now());
  result.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  result.virtual_seconds = static_cast<double>(link.now().ns()) / 1e9;
  result.counters = session.counters();
  return result;
}

double peak_rss_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace utnt::bench
