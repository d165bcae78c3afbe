// SPDX-License-Identifier: BSD-2-Clause
// Small derivations on the result model that several writers share.
// Source: the TNT specification, section 9.1 (which technique name a hop is printed with).
#include "results/trace_model.hpp"

namespace utnt::results {

Technique technique_of(report::Discoveries discoveries) {
  using report::Discovery;
  const bool dpr = discoveries.has(Discovery::dpr);
  const bool brpr = discoveries.has(Discovery::brpr);
  if (dpr && brpr) return Technique::unknown;
  if (dpr) return Technique::dpr;
  if (brpr) return Technique::brpr;
  if (discoveries.has(Discovery::buddy)) return Technique::buddy;
  return Technique::none;
}

std::vector<TunnelResult> tunnel_results(const TraceResult& trace) {
  std::vector<TunnelResult> out;
  out.reserve(trace.tunnels.size());
  for (const auto& tunnel : trace.tunnels) {
    out.push_back({trace.id, trace.user_id, trace.initial.source, trace.destination, trace.start, tunnel});
  }
  return out;
}

}  // namespace utnt::results
