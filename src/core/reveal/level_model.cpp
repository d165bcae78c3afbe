// SPDX-License-Identifier: BSD-2-Clause
// The model's steps, hop by hop.
// Source: the TNT specification, sections 4 and 11 #2.
#include "core/reveal/level_model.hpp"

#include <algorithm>

namespace utnt::core {

void LevelModel::take(const HopRecord& hop, const HopSignals& signals) {
  if (lsrs_ > 0) {
    leave_tunnel(hop, signals);
  } else {
    take_plain(hop, signals);
  }
}

void LevelModel::take_plain(const HopRecord& hop, const HopSignals& signals) {
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

void LevelModel::take_lsr(const HopRecord& hop, const HopSignals& signals) {
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

void LevelModel::leave_tunnel(const HopRecord& egress, const HopSignals& signals) {
  const int excess = return_excess(egress, signals);
  const bool ends_at_one = slope_known_ && slope_excess_ - excess == egress.probe_ttl - slope_ttl_;
  const bool is_pipe = slope_is_one_ && ends_at_one && (slope_pairs_ || lsrs_ == 1);
  take_plain(egress, signals);
  if (is_pipe) {
    decaying_ = true;
    floor_ = excess - lsrs_;
    carry_ = std::max(carry_, lsrs_);
  }
  lsrs_ = 0;
  slope_known_ = slope_pairs_ = false;
  slope_is_one_ = true;
}

ReturnLevel LevelModel::at(int ttl) const {
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

void LevelModel::move_to(int excess, int gap) {
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

}  // namespace utnt::core
