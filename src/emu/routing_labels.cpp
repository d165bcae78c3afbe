// SPDX-License-Identifier: BSD-2-Clause
// Label bindings. A label is a number made of the router's place in its AS and of the FEC, so that it differs at every
// hop and nothing has to be exchanged; with segment routing it is the same at every hop.
#include <algorithm>

#include "base/assert.hpp"
#include "emu/routing.hpp"

namespace utnt::emu {

namespace {

constexpr std::uint32_t explicit_null = 0, entropy_indicator = 7;
constexpr std::uint32_t service_base = 1'000'000;

}  // namespace

void Routing::build_domain(std::uint32_t index, std::uint32_t label_base) {
  const auto& source = model_.domains[index];
  Domain domain;
  domain.label_base = label_base;
  const auto count = static_cast<std::uint32_t>(source.routers.size());
  domain.stride = std::max<std::uint32_t>(100, count + 10);
  for (std::uint32_t i = 0; i < count; ++i) domain.position.emplace(source.routers[i], i);
  // The last router comes first: the egress of the usual forward path then has the lowest labels.
  for (std::uint32_t i = count; i-- > 0;) {
    const auto prefix = prefixes_.loopback_of(source.routers[i]);
    if (prefix == nobody) continue;
    domain.fec_of_prefix.emplace(prefix, static_cast<std::uint32_t>(domain.fecs.size()));
    domain.fecs.push_back({prefix, false});
  }
  for (std::uint32_t i = count; i-- > 0;) {
    const auto node = source.routers[i];
    if (model_.nodes[node].knobs.abrupt_end == AbruptEnd::none || prefixes_.loopback_of(node) == nobody) continue;
    domain.abrupt_fec_of_node.emplace(node, static_cast<std::uint32_t>(domain.fecs.size()));
    domain.fecs.push_back({prefixes_.loopback_of(node), true});
  }
  for (std::uint32_t p = 0; p < prefixes_.entries().size(); ++p) {
    const auto& entry = prefixes_.entries()[p];
    if (entry.is_loopback || std::find(entry.domains.begin(), entry.domains.end(), index) == entry.domains.end())
      continue;
    domain.fec_of_prefix.emplace(p, static_cast<std::uint32_t>(domain.fecs.size()));
    domain.fecs.push_back({p, false});
  }
  domains_.push_back(std::move(domain));
}

bool Routing::is_tail(std::uint32_t node, std::uint32_t domain, std::uint32_t fec) const {
  return prefixes_.attached(node, domains_[domain].fecs[fec].prefix);
}

bool Routing::ends_abruptly(std::uint32_t node, std::uint32_t domain, std::uint32_t fec) const {
  return is_tail(node, domain, fec) &&
         (domains_[domain].fecs[fec].abrupt || model_.nodes[node].knobs.abrupt_end == AbruptEnd::all);
}

std::uint32_t Routing::label_value(std::uint32_t node, std::uint32_t domain, std::uint32_t fec) const {
  const auto& d = domains_[domain];
  const std::uint32_t sr_base = model_.domains[domain].sr_base;
  const auto& entry = prefixes_.entries()[d.fecs[fec].prefix];
  if (sr_base != 0 && entry.is_loopback) {
    const auto& end = model_.nodes[entry.attached.front()];
    return sr_base + (end.sid != 0 ? end.sid : d.position.at(entry.attached.front()) + 1);
  }
  return d.label_base + d.position.at(node) + d.stride * fec;
}

Routing::Binding Routing::binding(std::uint32_t node, std::uint32_t domain, std::uint32_t fec) const {
  const auto& d = domains_[domain];
  if (!d.position.contains(node) || !model_.domains[domain].mpls) return {};
  const auto& knobs = model_.nodes[node].knobs;
  const auto& entry = prefixes_.entries()[d.fecs[fec].prefix];
  switch (knobs.label_scope) {
    case LabelScope::none:
      return {};
    case LabelScope::all_prefixes:
      break;
    case LabelScope::loopbacks:
      if (!entry.is_loopback) return {};
      break;
    case LabelScope::host_routes: {
      const auto& listed = model_.nodes[node].host_routes;
      const bool found =
          std::any_of(listed.begin(), listed.end(), [&](const Ipv4Range& r) { return r.contains(entry.range.base); });
      if (!entry.is_loopback || !found) return {};
      break;
    }
  }
  if (ends_abruptly(node, domain, fec)) {
    const auto fixed = model_.nodes[node].abrupt_label;
    return {Binding::Kind::label, fixed && d.fecs[fec].abrupt ? *fixed : label_value(node, domain, fec)};
  }
  if (!is_tail(node, domain, fec)) return {Binding::Kind::label, label_value(node, domain, fec)};
  switch (knobs.pop_mode) {
    case PopMode::implicit_null:
      return {Binding::Kind::implicit_null, 0};
    case PopMode::explicit_null:
      return {Binding::Kind::label, explicit_null};
    case PopMode::ordinary_label:
      return {Binding::Kind::label, label_value(node, domain, fec)};
  }
  return {};
}

void Routing::push_onto(NextHop& hop, std::uint32_t node, std::uint32_t domain, std::uint32_t fec,
                        std::uint32_t far_end) const {
  const auto bound = binding(hop.node, domain, fec);
  if (bound.kind == Binding::Kind::none) return;
  const auto& source = model_.domains[domain];
  if (source.service_label && far_end != nobody)
    hop.push[hop.push_count++] = service_base + domains_[domain].position.at(far_end);
  if (bound.kind == Binding::Kind::label) {
    if (source.entropy_label) {
      hop.push[hop.push_count++] = entropy_of_flow;
      hop.push[hop.push_count++] = entropy_indicator;
    }
    hop.push[hop.push_count++] = bound.label;
  }
  const auto& knobs = model_.nodes[node].knobs;
  hop.push_pipe = knobs.push_ttl == PushTtl::pipe;
  hop.pipe_ttl = knobs.pipe_ttl;
}

std::optional<std::uint32_t> Routing::fec_of_label(std::uint32_t node, std::uint32_t domain,
                                                   std::uint32_t label) const {
  const auto& d = domains_[domain];
  const auto position = d.position.find(node);
  if (position == d.position.end()) return std::nullopt;
  for (const auto& [end, fec] : d.abrupt_fec_of_node)
    if (end == node && model_.nodes[node].abrupt_label == label) return fec;
  const auto size = d.stride * static_cast<std::uint32_t>(d.fecs.size());
  if (label >= d.label_base && label - d.label_base < size && (label - d.label_base) % d.stride == position->second)
    return (label - d.label_base) / d.stride;
  if (model_.domains[domain].sr_base == 0) return std::nullopt;
  for (std::uint32_t fec = 0; fec < d.fecs.size(); ++fec)
    if (prefixes_.entries()[d.fecs[fec].prefix].is_loopback && label_value(node, domain, fec) == label) return fec;
  return std::nullopt;
}

LabelEntry Routing::follow_fec(std::uint32_t node, std::uint32_t domain, std::uint32_t fec) {
  LabelEntry out;
  out.known = true;
  if (is_tail(node, domain, fec)) {
    out.op = ends_abruptly(node, domain, fec) ? LabelOp::abrupt : LabelOp::tail;
    return out;
  }
  bool gap = false;
  for (const auto l : candidate_links(node, domains_[domain].fecs[fec].prefix)) {
    NextHop hop = hop_over(node, l);
    const auto bound = binding(hop.node, domain, fec);
    hop.out_label = bound.label;
    const auto op = bound.kind == Binding::Kind::label ? LabelOp::swap : LabelOp::pop_and_forward;
    if (!out.hops.empty() && out.op != op) continue;  // one kind of action per entry: the first next hop's
    out.op = op;
    gap = gap || bound.kind == Binding::Kind::none;
    out.hops.push_back(hop);
  }
  out.known = !out.hops.empty();
  if (gap && model_.nodes[node].knobs.label_gap == LabelGap::abrupt) out.op = LabelOp::abrupt;
  return out;
}

LabelEntry Routing::compute_label(std::uint32_t node, std::uint32_t label) {
  LabelEntry out;
  const auto& domains = model_.nodes[node].domains;
  if (label == explicit_null) {
    out.known = !domains.empty();
    return out;
  }
  for (const auto d : domains) {
    if (model_.domains[d].service_label && label == service_base + domains_[d].position.at(node)) {
      out.known = true;
      return out;
    }
    if (const auto fec = fec_of_label(node, d, label)) return follow_fec(node, d, *fec);
  }
  return out;
}

const LabelEntry& Routing::label(std::uint32_t node, std::uint32_t label) {
  const std::uint64_t key = std::uint64_t{node} << 32 | label;
  const auto found = labels_.find(key);
  if (found != labels_.end()) return found->second;
  return labels_.emplace(key, compute_label(node, label)).first->second;
}

}  // namespace utnt::emu
