// SPDX-License-Identifier: BSD-2-Clause
// A small model of the return path: level, decay, and what a visible tunnel does to both. It is fed the hops of a path
// in order and says what they let expect at the next one.
// Source: the TNT specification, sections 4 (table of ideal values) and 11 #2.
#pragma once

#include "core/reveal/hop_record.hpp"
#include "core/reveal/utnt_signals.hpp"

namespace utnt::core {

struct ReturnLevel {
  int expected{0};       ///< largest excess at this hop that needs no new tunnel
  int floor{0};          ///< where a decay in progress ends
  int if_decaying{0};    ///< expected, should the last rise turn out to decay
  int hidden_carry{0};   ///< RTLA that an earlier tunnel leaves at this hop
  int visible_carry{0};  ///< RTLA that the last visible tunnel leaves here if its return LSP runs in the pipe model
  bool known{false};     ///< an earlier hop shows the return path
  bool decaying{false};  ///< the excess still falls behind an earlier tunnel
};

class LevelModel {
 public:
  /// A hop that shows the level; the first of them behind LSRs is the egress of a visible tunnel.
  void take(const HopRecord& hop, const HopSignals& signals);
  /// An LSR of a visible tunnel. Its detour falls by one per LSR where the return LSP runs in the pipe model.
  void take_lsr(const HopRecord& hop, const HopSignals& signals);
  /// What to expect at `ttl`, behind all hops taken.
  [[nodiscard]] ReturnLevel at(int ttl) const;

 private:
  void take_plain(const HopRecord& hop, const HopSignals& signals);
  void leave_tunnel(const HopRecord& egress, const HopSignals& signals);
  void move_to(int excess, int gap);

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

}  // namespace utnt::core
