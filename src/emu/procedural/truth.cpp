// SPDX-License-Identifier: BSD-2-Clause
#include "emu/procedural/truth.hpp"

#include <set>

#include "emu/detectable.hpp"
#include "emu/forward.hpp"

namespace utnt::emu {
namespace {

constexpr std::uint32_t near_side = 1, far_side = 2;

/// The nodes that the flow of `probe` crosses, from a walk with a TTL that cannot expire.
std::set<NodeId> nodes_crossed(ProceduralTopology& calm, wire::Packet probe) {
  Flight flight;
  if (!load_flight(probe, flight)) return {};
  flight.ttl = 255;
  seal_flight(flight);
  Recorder recorder;
  Forwarder forwarder{calm, vantage_point_node, 1};
  forwarder.set_recorder(&recorder);
  forwarder.send(flight.packet(), Instant{});
  std::set<NodeId> nodes;
  if (recorder.walks().empty()) return nodes;
  for (const auto& step : recorder.walks().front().steps) nodes.insert(step.node);
  return nodes;
}

class TruthDrawing {
 public:
  TruthDrawing(ProceduralTopology& topology, std::set<NodeId> crossed)
      : topology_{topology}, crossed_{std::move(crossed)} {}

  Truth draw(std::uint32_t destination) {
    const auto place = unpack(topology_.resolve(destination));
    if (place.owner != Owner::host) {
      truth_.reachable = false;
      return std::move(truth_);
    }
    const auto transit = topology_.plans().transit_of(place.segment);
    segment({Level::access, 0});
    segment(transit);
    segment(place.segment);
    truth_.reachable = !topology_.plans().site_is_cut_off(destination);
    if (truth_.reachable) host(destination);
    return std::move(truth_);
  }

 private:
  void segment(SegmentId id) {
    const auto& plan = topology_.plans().plan(id);
    const auto offset = static_cast<std::uint16_t>(truth_.path.size());
    for (std::uint32_t stage = 0; stage < plan.stages; ++stage) router(id, plan, stage);
    if (plan.mpls == SegmentMpls::none) return;
    TrueTunnel tunnel;
    tunnel.tunnel_class = static_cast<TrueClass>(plan.mpls);
    tunnel.ingress = static_cast<std::uint16_t>(offset + plan.first_ler);
    tunnel.egress = static_cast<std::uint16_t>(offset + plan.last_ler);
    truth_.tunnels.push_back(tunnel);
  }

  void router(SegmentId id, const SegmentPlan& plan, std::uint32_t stage) {
    TrueRouter router;
    const auto node = router_node(id, stage, 0);
    router.name = "r" + std::to_string(node);
    router.incoming = wire::Ipv4Address{link_address(id, 2 * stage, far_side)};
    if (!truth_.path.empty()) {
      truth_.path.back().aliases.emplace_back(wire::Ipv4Address{link_address(id, 2 * stage, near_side)});
    }
    const auto alias = [&](std::uint32_t address) { router.aliases.emplace_back(wire::Ipv4Address{address}); };
    for (std::uint32_t branch = 0; branch < 2; ++branch) {
      alias(link_address(id, 2 * stage + branch, far_side));
      if (stage + 1 < plan.stages) alias(link_address(id, 2 * (stage + 1) + branch, near_side));
      if (branch < plan.width(stage)) alias(loopback_address(id, stage, branch));
    }
    const auto twin = router_node(id, stage, 1);
    const auto& knobs = topology_.knobs(crossed_.contains(twin) ? twin : node);
    router.answers_te = knobs.answers_te == Answers::yes;
    router.answers_er = knobs.answers_er == Answers::yes;
    truth_.path.push_back(std::move(router));
  }

  void host(std::uint32_t address) {
    TrueRouter host;
    host.name = "host";
    host.incoming = wire::Ipv4Address{address};
    host.aliases = {host.incoming};
    host.answers_te = host.answers_er = !topology_.plans().host_is_mute(address);
    truth_.path.push_back(std::move(host));
  }

  ProceduralTopology& topology_;
  std::set<NodeId> crossed_;
  Truth truth_;
};

static_assert(static_cast<int>(SegmentMpls::explicit_) == static_cast<int>(TrueClass::explicit_));
static_assert(static_cast<int>(SegmentMpls::invisible_uhp) == static_cast<int>(TrueClass::invisible_uhp));

}  // namespace

Truth procedural_truth(ProceduralTopology& topology, std::uint32_t destination, wire::Packet probe) {
  topology.set_calm(true);
  auto truth = TruthDrawing{topology, nodes_crossed(topology, probe)}.draw(destination);
  judge_tunnels(topology, vantage_point_node, probe, truth);
  topology.set_calm(false);
  return truth;
}

}  // namespace utnt::emu
