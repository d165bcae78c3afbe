// SPDX-License-Identifier: BSD-2-Clause
// Where a visible LSP ends: the detour that its LSRs' errors take falls by the same amount per hop and reaches zero at
// the egress, whatever labels or quoted TTLs say. Source: the TNT specification, sections 1.3 (detour), 4 (ideal
// values) and 11 #9.
#pragma once

#include <cstddef>
#include <optional>

#include "core/reveal/return_level.hpp"
#include "core/reveal/utnt_signals.hpp"

namespace utnt::core {

struct LspSpan {
  std::size_t first{0};  ///< LSR nearest the ingress
  std::size_t last{0};   ///< last hop that shows itself inside the LSP by label or quoted TTL
};

/// True when the echo reply of such a hop returns as its error would without a detour.
bool is_measured_by_echo(const HopSignals& signals, int per_hop);

/// The detour of the error of hops[i], an LSR of `lsp`, in hops; nothing for replies that hide return LSPs. `per_hop`
/// is the fall per LSR that the caller looks for. Measured against the echo reply where that one returns the same way:
/// always from 255-initial routers, from others only past a uniform return LSP (2 per hop); else against the hop before
/// the LSP.
std::optional<int> detour_of(const LevelledPath& hops, std::size_t i, LspSpan lsp, int per_hop);

struct DetourLine {
  std::size_t egress{0};  ///< index where the detour reaches zero; may lie behind the list
  int per_hop{1};         ///< 1 = return LSP in the pipe model, 2 = uniform
  std::size_t samples{0};
  std::size_t echo_samples{0};  ///< of those, the ones measured against echo replies
};
/// The line through the detours of `lsp` that falls by `per_hop`; nothing when they do not lie on one, or none is
/// known. A single sample counts only where it leaves no choice but the next hop.
std::optional<DetourLine> fit_detour(const LevelledPath& hops, LspSpan lsp, int per_hop);

struct LspEnd {
  std::size_t egress{0};  ///< may be hops.size(): behind the trace
  bool ambiguous{false};  ///< nothing but the position decides
};
/// Decides by explicit null label, by a service label left alone, by the detour, by position, in this order.
LspEnd find_lsp_end(const LevelledPath& hops, LspSpan lsp);

}  // namespace utnt::core
