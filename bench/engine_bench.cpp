// SPDX-License-Identifier: BSD-2-Clause
// What the engine costs: instructions per probe/reply pair and bytes per trace in flight. Instructions are counted by
// callgrind (engine_bench.sh runs this program in it) around the loop that ships and the engine in it; the emulated
// network, the source of destinations and the consumer of events are switched out of the count. By itself the program
// prints the sizes and the number of pairs.
#include <fmt/format.h>
#include <valgrind/callgrind.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/campaign/campaign.hpp"
#include "core/drive.hpp"
#include "emu/procedural/network.hpp"
#include "lab/virtual_link.hpp"
#include "support/virtual_internet.hpp"

namespace {

using namespace utnt;  // a program of one file

/// Switches counting off for its lifetime.
struct NotCounted {
  NotCounted() { CALLGRIND_TOGGLE_COLLECT; }
  ~NotCounted() { CALLGRIND_TOGGLE_COLLECT; }
  NotCounted(const NotCounted&) = delete;
  NotCounted& operator=(const NotCounted&) = delete;
};

class UncountedLink {
 public:
  explicit UncountedLink(emu::Network& network) : link_{network} {}
  [[nodiscard]] Instant now() const { return link_.now(); }
  [[nodiscard]] static bool stopped() { return false; }
  void send(wire::Packet packet) {
    const NotCounted here;
    link_.send(packet);
  }
  std::optional<wire::Received> wait(wire::PacketBuffer buffer, std::optional<Instant> deadline) {
    const NotCounted here;
    return link_.wait(buffer, deadline);
  }

 private:
  lab::VirtualLink link_;
};

struct UncountedSource {
  std::uint64_t seed;
  std::size_t count;
  std::size_t next_index{0};
  std::optional<core::TraceRequest> next() {
    const NotCounted here;
    if (next_index == count) return std::nullopt;
    return core::TraceRequest{.destination = emu::procedural_destination(seed, next_index++)};
  }
};

class EngineMemory {
 public:
  explicit EngineMemory(const core::EngineConfig& config) : size_{core::Engine::bytes_needed(config)} {
    bytes_ = static_cast<std::byte*>(::operator new (size_, std::align_val_t{64}));
  }
  ~EngineMemory() { ::operator delete (bytes_, std::align_val_t{64}); }
  EngineMemory(const EngineMemory&) = delete;
  EngineMemory& operator=(const EngineMemory&) = delete;
  [[nodiscard]] std::span<std::byte> bytes() const { return {bytes_, size_}; }

 private:
  std::size_t size_;
  std::byte* bytes_{nullptr};
};

core::Counters run(emu::Network& network, core::EngineConfig config, UncountedSource source) {
  config.source = network.vantage_point();
  const EngineMemory memory{config};
  auto engine = core::Engine::create(config, memory.bytes()).value();
  UncountedLink link{network};
  CALLGRIND_TOGGLE_COLLECT;
  core::drive(engine, link, source, [](const core::Event&) { const NotCounted here; });
  CALLGRIND_TOGGLE_COLLECT;
  return engine.counters();
}

void count_instructions(const std::string& mix, std::size_t destinations) {
  bench::CampaignSettings settings{.destinations = destinations, .pps = 10'000};
  auto& internet = settings.internet;
  if (mix == "answering") internet.te_silent_percent = internet.echo_silent_percent = 0;
  if (mix == "plain") internet.te_silent_percent = internet.echo_silent_percent = internet.mpls_percent = 0;
  if (mix == "tnt") settings.rules_tnt = true;
  emu::ScenarioInfo info;
  info.name = mix;
  const auto network = emu::make_procedural_network(internet, std::move(info));
  const auto counters = run(*network, bench::campaign_config(settings), {internet.seed, destinations});
  fmt::print("pairs {} probes {} traces {}\n", counters.replies, counters.probes_sent, counters.traces_ended);
}

void print_sizes() {
  core::EngineConfig config;
  config.source = wire::Ipv4Address{20, 0, 1, 1};
  const auto bytes_at = [&](std::uint32_t traces) {
    config.traces_max = traces;
    return core::Engine::bytes_needed(config);
  };
  constexpr std::uint32_t few = 1000, many = 101'000;
  const auto per_trace = static_cast<double>(bytes_at(many) - bytes_at(few)) / (many - few);
  const auto row = [](std::string_view what, double bytes) { fmt::print("  {:<58}{:>8.0f}\n", what, bytes); };
  fmt::print("bytes per trace in flight, from bytes_needed() of {} and {} traces (budget 2,048)\n", few, many);
  row("job", sizeof(core::TraceJob));
  row("path", sizeof(core::Path));
  row("hops: 4 blocks of 8", 4.0 * sizeof(core::HopBlock));
  row("fingerprint ping with one reply kept", sizeof(core::PingTask) + sizeof(core::PingReply));
  row("tunnel test", sizeof(core::TraceTest));
  constexpr double tasks_per_trace = 1.0 / 16;
  row("share of a revelation (1 per 16 traces) with its path and hops",
      tasks_per_trace * (sizeof(core::RevealTask) + sizeof(core::Path) + 2.0 * sizeof(core::HopBlock)));
  row("all, with queues, timers and lists", per_trace);
  row("one more trace of 255 hops takes blocks of the pool for", 28.0 * sizeof(core::HopBlock));
  constexpr std::uint32_t addresses = 1'000'000;
  const auto base = core::Engine::bytes_needed(config);
  config.addresses_max += addresses;
  fmt::print("bytes per cached address {:.0f}",
             static_cast<double>(core::Engine::bytes_needed(config) - base) / addresses);
  config.addresses_max -= addresses;
  config.tunnels_max += addresses;
  fmt::print(", per cached tunnel {:.0f}\n",
             static_cast<double>(core::Engine::bytes_needed(config) - base) / addresses);
}

/// A line of 254 routers and a host: the longest path there can be.
void trace_255_hops() {
  std::string text{"title = \"The longest path\"\ndestinations = [\"D\"]\nchain = [\"VP\""};
  constexpr int routers = 254;
  for (int i = 1; i <= routers; ++i) text += fmt::format(", \"R{}\"", i);
  text += ", \"D\"]\n[node.D]\nprofile = \"C\"\n";  // an answer of 64 would not come back
  const auto network = emu::load_scenario(text, "line of 254", 1);
  core::EngineConfig config;
  config.source = network->vantage_point();
  config.traces_max = 1;
  config.rate_pps_max = 0;
  config.prefix_pps_max = config.near_pps_max = 0;
  const EngineMemory memory{config};
  auto engine = core::Engine::create(config, memory.bytes()).value();
  lab::VirtualLink link{*network};
  UncountedSource nothing{1, 0};
  core::TraceEnd end;
  (void)engine.start({.destination = network->info().destinations.front()}, link.now());
  core::drive(engine, link, nothing, [&](const core::Event& event) {
    if (const auto* e = std::get_if<core::TraceEnd>(&event)) end = *e;
  });
  fmt::print("255 hops: {} in the result, {}, {} probes, {:.1f} s of virtual time, {} bytes of engine memory\n",
             end.hops, end.stop == core::StopReason::completed ? "complete" : "NOT COMPLETE",
             engine.counters().probes_sent, static_cast<double>(link.now().ns()) / 1e9, memory.bytes().size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    count_instructions(argv[1], std::strtoul(argv[2], nullptr, 10));
    return 0;
  }
  print_sizes();
  trace_255_hops();
}
