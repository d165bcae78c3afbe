// SPDX-License-Identifier: BSD-2-Clause
// A small model of the return path: level, decay, and what a visible tunnel does to both.
// Source: the TNT specification, sections 4 and 11 #2.
#include "core/reveal/return_level.hpp"

#include <algorithm>

namespace utnt::core {
namespace {

/// Walks the hops and keeps the model of the return path.
class LevelModel {
 public:
  void take(const HopRecord& hop, const HopSignals& signals) {
    const int excess = return_excess(hop, signals);
    const int gap = known_ ? hop.probe_ttl - ttl_ : 0;
    if (known_) {
      move_to(excess, gap);
    } else {
      // Nothing to compare with: what exceeds zero may be a rise already.
      floor_ = std::min(excess, 0);
      just_risen_ = excess > 0;
    }
    carry_ = std::max(std::max(carry_ - gap, 0), rtla_of(signals));
    level_ = excess;
    ttl_ = hop.probe_ttl;
    known_ = true;
  }

  /// An LSR of a visible tunnel. Its detour falls by one per LSR where the return LSP runs in the pipe model.
  void take_lsr(const HopRecord& hop, const HopSignals& signals) {
    ++lsrs_;
    visible_lsrs_ = lsrs_;
    visible_end_ = hop.probe_ttl + 1;
    if (!signals.shows_return_lsp() || !hop.is_time_exceeded()) return;
    const int excess = return_excess(hop, signals);
    if (slope_known_ && hop.probe_ttl - slope_ttl_ != slope_excess_ - excess) slope_is_one_ = false;
    if (slope_known_) slope_pairs_ = true;
    slope_known_ = true;
    slope_excess_ = excess;
    slope_ttl_ = hop.probe_ttl;
  }

  /// The first hop behind the LSRs of a visible tunnel.
  void leave_tunnel(const HopRecord& egress, const HopSignals& signals) {
    const int excess = return_excess(egress, signals);
    const bool ends_at_one = slope_known_ && slope_excess_ - excess == egress.probe_ttl - slope_ttl_;
    const bool is_pipe = slope_is_one_ && ends_at_one && (slope_pairs_ || lsrs_ == 1);
    take(egress, signals);
    if (is_pipe) {
      decaying_ = true;
      floor_ = excess - lsrs_;
      carry_ = std::max(carry_, lsrs_);
    }
    lsrs_ = 0;
    slope_known_ = slope_pairs_ = false;
    slope_is_one_ = true;
  }

  [[nodiscard]] bool in_tunnel() const { return lsrs_ > 0; }

  [[nodiscard]] ReturnLevel at(int ttl) const {
    ReturnLevel level;
    level.visible_carry = std::max(visible_lsrs_ - (ttl - visible_end_), 0);
    if (!known_) return level;
    const int gap = ttl - ttl_;
    level.known = true;
    level.decaying = decaying_ && level_ > floor_;
    level.expected = decaying_ ? std::max(floor_, level_ - gap) : level_;
    // A drop that no decay explains may be a single odd reply: the level before it stays allowed for one hop.
    if (dropped_) level.expected = std::max(level.expected, before_drop_);
    level.floor = std::min(floor_, level.expected);
    level.if_decaying = just_risen_ ? std::max(level.floor, level_ - gap) : level.expected;
    const int falling = decaying_ || just_risen_ ? std::max(level_ - gap - floor_, 0) : 0;
    level.hidden_carry = std::max(std::max(carry_ - gap, 0), falling);
    return level;
  }

 private:
  void move_to(int excess, int gap) {
    const int expected = decaying_ ? std::max(floor_, level_ - gap) : level_;
    just_risen_ = dropped_ = false;
    if (excess > expected) {
      floor_ = expected;
      decaying_ = false;
      just_risen_ = true;
    } else if (excess < level_) {
      dropped_ = level_ - excess > gap;
      before_drop_ = level_;
      decaying_ = !dropped_ && excess > floor_;
      floor_ = std::min(floor_, excess);
    } else {
      decaying_ = false;
      floor_ = excess;
    }
  }

  int level_{0};
  int floor_{0};
  int ttl_{0};
  int carry_{0};
  int before_drop_{0};
  int lsrs_{0};
  int visible_lsrs_{0};
  int visible_end_{0};
  int slope_excess_{0};
  int slope_ttl_{0};
  bool known_{false};
  bool decaying_{false};
  bool dropped_{false};
  bool just_risen_{false};
  bool slope_known_{false};
  bool slope_pairs_{false};
  bool slope_is_one_{true};
};

}  // namespace

bool is_first_of_pair(std::span<const HopRecord> hops, std::size_t i) {
  return i + 1 < hops.size() && hops[i].is_time_exceeded() && hops[i + 1].is_time_exceeded() &&
         hops[i + 1].address == hops[i].address;
}

bool shows_level(std::span<const HopRecord> hops, std::size_t i, const HopSignals& signals) {
  const HopRecord& hop = hops[i];
  return hop.is_time_exceeded() && signals.shows_return_lsp() && !is_lsr(hop) && !is_first_of_pair(hops, i);
}

ReturnLevel return_level_at(std::span<const HopRecord> hops, std::size_t i) {
  LevelModel model;
  for (std::size_t j = 0; j < i; ++j) {
    const HopSignals signals = signals_of(hops[j]);
    if (is_lsr(hops[j])) {
      model.take_lsr(hops[j], signals);
    } else if (shows_level(hops, j, signals)) {
      if (model.in_tunnel()) {
        model.leave_tunnel(hops[j], signals);
      } else {
        model.take(hops[j], signals);
      }
    }
  }
  return model.at(hops[i].probe_ttl);
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
