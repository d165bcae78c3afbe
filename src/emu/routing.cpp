// SPDX-License-Identifier: BSD-2-Clause
// Shortest paths and IP routes. A link that leaves an AS costs far more than any path inside one, so that traffic
// between two routers of an AS never leaves it, and external traffic crosses as few ASes as it can.
#include "emu/routing.hpp"

#include <algorithm>
#include <functional>
#include <queue>

namespace utnt::emu {

namespace {

constexpr std::uint32_t unreachable = ~std::uint32_t{0};
constexpr std::uint32_t border_cost = 100'000;

}  // namespace

Routing::Routing(const Model& model, const PrefixTable& prefixes, std::vector<bool> link_up,
                 const std::vector<ModelRoute>& routes)
    : model_{model}, prefixes_{prefixes}, link_up_{std::move(link_up)} {
  std::uint32_t base = 24'010;
  for (std::uint32_t d = 0; d < model.domains.size(); ++d) {
    build_domain(d, base);
    const auto& domain = domains_.back();
    base += (domain.stride * static_cast<std::uint32_t>(domain.fecs.size()) / 10'000 + 1) * 10'000;
  }
  distances_.resize(prefixes.entries().size());
  ip_index_.assign(model.nodes.size() * prefixes.entries().size(), 0);
  hop_sets_.emplace_back();
  statics_.resize(model.nodes.size());
  for (const auto& route : routes) {
    StaticRoute compiled{route.to, route.from, route.only, route.pin_first_flow, {}};
    for (const auto via : route.via) {
      for (const auto l : model.nodes[route.at].links) {
        if (other_end(route.at, l) != via || !link_up_[l]) continue;
        compiled.hops.push_back(hop_over(route.at, l));
        break;
      }
    }
    if (!compiled.hops.empty()) statics_[route.at].push_back(std::move(compiled));
  }
}

std::uint32_t Routing::other_end(std::uint32_t node, std::uint32_t link) const {
  const auto& l = model_.links[link];
  return l.a == node ? l.b : l.a;
}

bool Routing::forwards(std::uint32_t node) const { return model_.nodes[node].kind == NodeKind::router; }

NextHop Routing::hop_over(std::uint32_t node, std::uint32_t link) const {
  const auto& l = model_.links[link];
  const bool forth = l.a == node;
  NextHop hop;
  hop.node = forth ? l.b : l.a;
  hop.out_address = forth ? l.address_a : l.address_b;
  hop.in_address = forth ? l.address_b : l.address_a;
  hop.mtu = l.mtu;
  hop.delay = l.delay;
  hop.noise = l.noisy ? &l.noise : nullptr;
  return hop;
}

const std::vector<std::uint32_t>& Routing::distances(std::uint32_t prefix) {
  auto& dist = distances_[prefix];
  if (!dist.empty()) return dist;
  dist.assign(model_.nodes.size(), unreachable);
  using Item = std::pair<std::uint32_t, std::uint32_t>;
  std::priority_queue<Item, std::vector<Item>, std::greater<>> queue;
  for (const auto n : prefixes_.entries()[prefix].attached) {
    dist[n] = 0;
    queue.emplace(0, n);
  }
  while (!queue.empty()) {
    const auto [d, n] = queue.top();
    queue.pop();
    if (d != dist[n] || (d > 0 && !forwards(n))) continue;
    for (const auto l : model_.nodes[n].links) {
      if (!link_up_[l]) continue;
      const auto& link = model_.links[l];
      const std::uint32_t from = other_end(n, l);
      const std::uint32_t cost = (link.a == from ? link.cost_ab : link.cost_ba) + (link.border ? border_cost : 0U);
      if (d + cost < dist[from]) {
        dist[from] = d + cost;
        queue.emplace(d + cost, from);
      }
    }
  }
  return dist;
}

std::vector<std::uint32_t> Routing::candidate_links(std::uint32_t node, std::uint32_t prefix) {
  const auto& dist = distances(prefix);
  std::vector<std::uint32_t> out;
  if (dist[node] == unreachable || dist[node] == 0) return out;
  for (const auto l : model_.nodes[node].links) {
    if (!link_up_[l]) continue;
    const auto& link = model_.links[l];
    const std::uint32_t to = other_end(node, l);
    if (dist[to] == unreachable || (dist[to] > 0 && !forwards(to))) continue;
    const std::uint32_t cost = (link.a == node ? link.cost_ab : link.cost_ba) + (link.border ? border_cost : 0U);
    if (dist[to] + cost == dist[node]) out.push_back(l);
  }
  return out;
}

std::uint32_t Routing::egress(std::uint32_t node, std::uint32_t prefix, std::uint32_t domain) {
  for (std::size_t step = 0; step < model_.nodes.size(); ++step) {
    const auto links = candidate_links(node, prefix);
    if (links.empty() || model_.links[links.front()].domain != static_cast<std::int32_t>(domain)) return node;
    node = other_end(node, links.front());
  }
  return node;
}

HopSet Routing::attached_hop(std::uint32_t node, std::uint32_t prefix) const {
  const auto link = prefixes_.entries()[prefix].link;
  if (link < 0 || !link_up_[static_cast<std::size_t>(link)]) return {};
  return {hop_over(node, static_cast<std::uint32_t>(link))};
}

HopSet Routing::compute_ip_hops(std::uint32_t node, std::uint32_t prefix) {
  if (prefixes_.attached(node, prefix)) return attached_hop(node, prefix);
  auto links = candidate_links(node, prefix);
  HopSet out;
  if (links.empty()) return out;
  const std::int32_t domain = model_.links[links.front()].domain;
  if (domain < 0 || !model_.domains[static_cast<std::size_t>(domain)].mpls) {
    for (const auto l : links) out.push_back(hop_over(node, l));
    return out;
  }
  const auto d = static_cast<std::uint32_t>(domain);
  const auto& owners = prefixes_.entries()[prefix].domains;
  const bool internal = std::find(owners.begin(), owners.end(), d) != owners.end();
  const std::uint32_t far_end = egress(node, prefix, d);  // for a prefix of the AS: the router where its LSP ends
  std::uint32_t fec_prefix = prefix;
  std::optional<std::uint32_t> fec;
  if (!internal) {
    fec_prefix = prefixes_.loopback_of(far_end);
    links = candidate_links(node, fec_prefix);
    const auto& abrupt = domains_[d].abrupt_fec_of_node;
    if (const auto at = abrupt.find(far_end); at != abrupt.end()) fec = at->second;
  }
  if (const auto at = domains_[d].fec_of_prefix.find(fec_prefix); !fec && at != domains_[d].fec_of_prefix.end())
    fec = at->second;
  for (const auto l : links) {
    NextHop hop = hop_over(node, l);
    if (fec && model_.links[l].domain == domain) push_onto(hop, node, d, *fec, internal ? nobody : far_end);
    out.push_back(hop);
  }
  for (const auto& lsp : model_.lsps) {
    if (lsp.from != node || lsp.to != far_end) continue;
    for (auto& hop : out) {
      hop.push_pipe = lsp.push_ttl == PushTtl::pipe;
      hop.pipe_ttl = lsp.pipe_ttl;
    }
  }
  return out;
}

const HopSet& Routing::ip_hops(std::uint32_t node, std::uint32_t prefix) {
  auto& index = ip_index_[node * prefixes_.entries().size() + prefix];
  if (index == 0) {
    hop_sets_.push_back(compute_ip_hops(node, prefix));
    index = static_cast<std::uint32_t>(hop_sets_.size() - 1);
  }
  return hop_sets_[index];
}

}  // namespace utnt::emu
