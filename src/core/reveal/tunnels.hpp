// SPDX-License-Identifier: BSD-2-Clause
// Reads the tunnels off a final hop list: runs of ingress, LSRs, egress.
// A silent hop directly before LSRs stands for the ingress, one directly behind them for the egress; an inferred hop
// joins the runs beside it.
// Source: the TNT specification, section 9.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/events.hpp"
#include "core/reveal/hop_record.hpp"

namespace utnt::core {

struct TunnelRun {
  TunnelClass tunnel_class{TunnelClass::none};
  Trigger trigger{Trigger::none};
  bool mixed{false};             ///< LSRs or ingress disagree about the class (HET)
  bool several_triggers{false};  ///< LSRs disagree about the trigger (MULTI)
  bool has_inferred{false};
  bool has_buddy{false};
  std::uint16_t first_index{0};  ///< the ingress, or the first LSR when the trace begins inside the tunnel
  std::uint16_t last_index{0};
  AddressRef ingress;             ///< none = silent or before the trace
  AddressRef egress;              ///< none = silent or behind the trace
  std::uint8_t lsrs{0};           ///< between the ends, silent ones counted
  std::uint8_t revealed_lsrs{0};  ///< of those, the ones that the initial trace did not show
  std::uint8_t steps{0};
  Completeness completeness{Completeness::complete};
};

/// The next tunnel at or after hop `cursor`, which moves to its last hop (it may be the ingress of the next one).
/// Start with 0; empty at the end. O(hops) for all of a list.
std::optional<TunnelRun> next_tunnel(std::span<const HopRecord> hops, std::size_t& cursor);

}  // namespace utnt::core
