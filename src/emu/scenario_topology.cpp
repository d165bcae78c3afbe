// SPDX-License-Identifier: BSD-2-Clause
// Lookups of the forwarding engine in the tables of a scenario.
#include "emu/scenario_topology.hpp"

#include <algorithm>

#include "base/prng.hpp"

namespace utnt::emu {

namespace {

std::vector<bool> links_up(const Model& model) {
  std::vector<bool> up;
  for (const auto& link : model.links) up.push_back(link.up);
  return up;
}

}  // namespace

CompiledScenario::CompiledScenario(Model source, std::uint64_t random_seed)
    : model{std::move(source)}, prefixes{model}, seed{random_seed} {
  auto up = links_up(model);
  auto routes = model.routes;
  epochs.push_back(std::make_unique<Routing>(model, prefixes, up, routes));
  for (const auto& change : model.changes) {
    for (const auto l : change.links_down) up[l] = false;
    for (const auto l : change.links_up) up[l] = true;
    routes.insert(routes.begin(), change.routes.begin(), change.routes.end());
    epochs.push_back(std::make_unique<Routing>(model, prefixes, up, routes));
  }
}

ScenarioTopology::ScenarioTopology(CompiledScenario& scenario, bool calm)
    : scenario_{scenario}, routing_{scenario.epochs.front().get()}, calm_{calm} {
  if (!calm) {
    states_.resize(scenario.model.nodes.size());
    for (std::size_t i = 0; i < states_.size(); ++i)
      states_[i].ip_id = static_cast<std::uint16_t>(mix64(scenario.seed ^ i << 20));
  }
}

NodeView ScenarioTopology::node(NodeId id) {
  const auto& n = scenario_.model.nodes[id];
  return {&n.knobs, n.has_quirks ? &n.quirks : nullptr, calm_ ? nullptr : &states_[id], n.loopback, n.kind};
}

bool ScenarioTopology::is_local(const Flight& f) { return PrefixTable::owner_of(f.target) == f.node; }

std::size_t ScenarioTopology::choose_ip(const Flight& f, std::size_t count) {
  if (count == 1) return 0;
  const auto& knobs = scenario_.model.nodes[f.node].knobs;
  std::uint64_t basis = f.flow_hash;
  switch (knobs.ecmp_hash) {
    case EcmpHash::flow:
      break;
    case EcmpHash::addresses:
      basis = f.address_hash;
      break;
    case EcmpHash::ports:
      basis = f.port_hash;
      break;
    case EcmpHash::per_packet:
      return calm_ ? 0 : states_[f.node].packets++ % count;
  }
  return mix64(basis ^ mix64(scenario_.seed ^ f.node)) % count;
}

std::size_t ScenarioTopology::choose_labelled(const Flight& f, std::size_t count) {
  if (count == 1) return 0;
  const auto mode = scenario_.model.nodes[f.node].knobs.label_hash;
  if (mode == LabelHash::per_packet) return calm_ ? 0 : states_[f.node].packets++ % count;
  std::uint64_t basis = mode == LabelHash::stack_and_ip ? f.flow_hash : 0;
  for (std::size_t i = 0; i < f.depth; ++i) basis = mix64(basis ^ f.stack[i].label);
  return mix64(basis ^ mix64(scenario_.seed ^ f.node)) % count;
}

void ScenarioTopology::copy_hop(const NextHop& from, NextHop& out) const {
  out = from;
  if (calm_) out.noise = nullptr;
}

bool ScenarioTopology::route(const Flight& f, NextHop& out) {
  for (const auto& route : routing_->static_routes(f.node)) {
    if (!route.to.contains(f.destination) || !route.from.contains(f.source)) continue;
    if (route.only && *route.only != f.reply) continue;
    if (route.pin_first_flow && !calm_) {
      auto& state = states_[f.node];
      constexpr std::uint8_t traceroute_ttl_max = 32;  // a ping on its way is not the flow that a scenario is about
      if (!state.has_first_flow && f.ttl <= traceroute_ttl_max) {
        state.has_first_flow = true;
        state.first_flow = f.flow_id;
      }
      if (state.has_first_flow && state.first_flow == f.flow_id) {
        copy_hop(route.hops.front(), out);
        return true;
      }
    }
    copy_hop(route.hops[choose_ip(f, route.hops.size())], out);
    return true;
  }
  const std::uint32_t prefix = PrefixTable::prefix_of(f.target);
  if (prefix == nobody) return false;
  const auto& hops = routing_->ip_hops(f.node, prefix);
  if (hops.empty()) return false;
  if (hops.size() > 1) scenario_.has_choices = true;
  copy_hop(hops[choose_ip(f, hops.size())], out);
  // On the link itself only the peer is there to receive.
  const bool on_link = scenario_.prefixes.attached(f.node, prefix);
  return !on_link || PrefixTable::owner_of(f.target) == out.node;
}

bool ScenarioTopology::label(const Flight& f, LabelAction& out) {
  const auto& entry = routing_->label(f.node, f.top().label);
  if (!entry.known) return false;
  out.op = entry.op;
  if (!entry.hops.empty()) copy_hop(entry.hops[choose_labelled(f, entry.hops.size())], out.next);
  return true;
}

}  // namespace utnt::emu
