// SPDX-License-Identifier: BSD-2-Clause
// The measuring half of a story: an ordinary session over a virtual link, and the comparison with the truth.
#include "apps/utnt/demo_story.hpp"

#include <algorithm>

#include "apps/utnt/command.hpp"
#include "apps/utnt/emulated_network.hpp"
#include "apps/utnt/session.hpp"

namespace utnt::apps {

namespace {

constexpr std::uint64_t demo_seed = 1;

report::TunnelClass found_class(emu::TrueClass truth) {
  switch (truth) {
    case emu::TrueClass::explicit_:
      return report::TunnelClass::explicit_;
    case emu::TrueClass::implicit:
      return report::TunnelClass::implicit;
    case emu::TrueClass::opaque:
      return report::TunnelClass::opaque;
    case emu::TrueClass::invisible_php:
      return report::TunnelClass::invisible_php;
    case emu::TrueClass::invisible_uhp:
      return report::TunnelClass::invisible_uhp;
  }
  return report::TunnelClass::none;
}

bool is_address_of(const emu::TrueRouter& router, const wire::IpAddress& address) {
  return std::find(router.aliases.begin(), router.aliases.end(), address) != router.aliases.end();
}

bool is_found(const emu::TrueTunnel& tunnel, const emu::Truth& truth, const results::TraceResult& trace) {
  return std::any_of(trace.tunnels.begin(), trace.tunnels.end(), [&](const results::Tunnel& found) {
    const std::size_t lsrs = tunnel.egress - tunnel.ingress - 1U;
    if (found.tunnel_class != found_class(tunnel.tunnel_class) || found.lsrs.size() != lsrs ||
        !is_address_of(truth.path[tunnel.ingress], found.ingress) ||
        !is_address_of(truth.path[tunnel.egress], found.egress)) {
      return false;
    }
    for (std::size_t i = 0; i < lsrs; ++i) {
      if (!is_address_of(truth.path[tunnel.ingress + 1U + i], found.lsrs[i].address)) return false;
    }
    return true;
  });
}

}  // namespace

std::vector<std::string> demo_stories() { return {"explicit", "implicit", "opaque", "php", "uhp"}; }

core::EngineConfig demo_config(const wire::IpAddress& source) {
  core::EngineConfig config;
  config.source = source;
  config.seed = engine_seed(demo_seed);
  config.traces_max = 1;
  config.addresses_max = 1024;
  config.tunnels_max = 256;
  return config;
}

bool is_as_true(const emu::Truth& truth, const results::TraceResult& trace) {
  return std::all_of(truth.tunnels.begin(), truth.tunnels.end(),
                     [&](const emu::TrueTunnel& tunnel) { return is_found(tunnel, truth, trace); });
}

DemoStory tell_story(const std::string& scenario) {
  const auto network = open_emulated_network(scenario, demo_seed);
  DemoStory story;
  story.info = network->info();
  story.destination = story.info.destinations.at(0);
  LastTrace sink;
  lab::VirtualLink link{*network};
  Session session{demo_config(link.source()), sink};
  session.begin({.host = story.info.name, .destinations = 1, .has_wall_clock = false}, link.now());
  bool is_given = false;
  session.run(link, [&]() -> std::optional<core::TraceRequest> {
    if (std::exchange(is_given, true)) return std::nullopt;
    return core::TraceRequest{.destination = story.destination};
  });
  session.finish(false, link.now());
  story.trace = sink.get();
  story.truth = network->truth(story.destination);
  story.probes = session.counters().probes_sent;
  story.seconds = static_cast<double>(link.now().ns()) / 1e9;
  story.is_right = is_as_true(story.truth, story.trace);
  return story;
}

}  // namespace utnt::apps
