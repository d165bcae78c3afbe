// SPDX-License-Identifier: BSD-2-Clause
// Which hops the model of the return path sees, and how a rise over it goes on.
// Source: the TNT specification, sections 4 and 11 #2.
#include "core/reveal/return_level.hpp"

#include <algorithm>

namespace utnt::core {

ReturnLevel LevelledPath::level(std::size_t i) const {
  if (i < taken_) restart();
  for (; taken_ < i; ++taken_) {
    const HopRecord& hop = hops_[taken_];
    if (is_lsr(hop)) {
      model_.take_lsr(hop, signals_of(hop));
    } else if (hop.is_time_exceeded()) {
      const HopSignals signals = signals_of(hop);
      if (shows_level(hops_, taken_, signals)) model_.take(hop, signals);
    }
  }
  return model_.at(hops_[i].probe_ttl);
}

RiseShape rise_shape(std::span<const HopRecord> hops, std::size_t i, const ReturnLevel& level) {
  const int excess = return_excess(hops[i], signals_of(hops[i]));
  for (std::size_t j = i + 1; j < hops.size(); ++j) {
    const HopSignals signals = signals_of(hops[j]);
    if (!shows_level(hops, j, signals)) continue;
    const int gap = hops[j].probe_ttl - hops[i].probe_ttl;
    const int decayed = std::max(excess - gap, level.floor);
    const int later = return_excess(hops[j], signals);
    if (later == decayed) return RiseShape::decay;
    return later > decayed ? RiseShape::step : RiseShape::noise;
  }
  return RiseShape::unknown;
}

}  // namespace utnt::core
