// SPDX-License-Identifier: BSD-2-Clause
// The end of a visible LSP from labels and detours.
// Source: the TNT specification, sections 1.3, 4 and 11 #9.
#include "core/reveal/lsp_end.hpp"

#include <algorithm>

#include "core/reveal/return_level.hpp"
#include "core/reveal/utnt_signals.hpp"

namespace utnt::core {
namespace {

bool is_null_label(const HopRecord& hop) {
  if (!hop.is_labelled()) return false;
  const auto label = hop.lse().label();
  return label == wire::label::ipv4_explicit_null || label == wire::label::ipv6_explicit_null;
}

/// The transport label is gone and the service label under it is left: only the egress sees that.
bool is_service_label_alone(std::span<const HopRecord> hops, LspSpan lsp) {
  const HopRecord& last = hops[lsp.last];
  if (!last.is_labelled()) return false;
  for (std::size_t i = lsp.last; i-- > lsp.first;) {
    if (hops[i].is_labelled()) return hops[i].labels > last.labels;
  }
  return false;
}

/// The excess that the egress should show: that of the last hop before the LSP, less what is left of a decay there.
int excess_at_end(std::span<const HopRecord> hops, LspSpan lsp) {
  const auto level = return_level_at(hops, lsp.first);
  if (!level.known) return 0;
  const int fall_max = static_cast<int>(lsp.last - lsp.first) + 1;
  return level.decaying ? std::max(level.floor, level.expected - fall_max) : level.expected;
}

bool is_measured_by_echo(const HopSignals& signals, int per_hop) {
  return signals.er_initial == 255 || (signals.has_second() && per_hop == 2);
}

/// Routers that answer with 64-initial errors hide return LSPs but still take the detour over the egress.
bool last_takes_no_low_detour(std::span<const HopRecord> hops, LspSpan lsp) {
  const auto low_uturn = [&](std::size_t i) -> std::optional<int> {
    const auto signals = signals_of(hops[i]);
    if (!hops[i].is_time_exceeded() || signals.te_initial == 255 || !signals.has_second()) return std::nullopt;
    return uturn_of(signals);
  };
  const auto last = low_uturn(lsp.last);
  if (!last || *last != 0 || lsp.last == lsp.first) return false;
  const auto before = low_uturn(lsp.last - 1);
  return before && *before > 0;
}

/// Whether the hop behind the last visible LSR is one more: it checked after its pop, so its error went back directly,
/// while that of the LSR before it went over the egress.
bool is_last_lsr_behind(std::span<const HopRecord> hops, const DetourLine& line, LspSpan lsp) {
  const std::size_t behind = lsp.last + 1;
  if (line.samples < 2 || line.egress != behind + 1) return false;
  if (behind >= hops.size() || !hops[behind].is_time_exceeded()) return line.by_echo;
  if (!signals_of(hops[behind]).shows_return_lsp()) return line.by_echo;
  return hops[behind].te_ttl - hops[lsp.last].te_ttl == (line.per_hop == 2 ? 3 : 1);
}

bool is_usable(std::span<const HopRecord> hops, const DetourLine& line, LspSpan lsp) {
  if (line.egress == lsp.last) return line.by_echo;
  return line.egress == lsp.last + 1 || is_last_lsr_behind(hops, line, lsp);
}

}  // namespace

std::optional<int> detour_of(std::span<const HopRecord> hops, std::size_t i, LspSpan lsp, int per_hop) {
  const HopRecord& hop = hops[i];
  const auto signals = signals_of(hop);
  if (!hop.is_time_exceeded() || !signals.shows_return_lsp()) return std::nullopt;
  if (is_measured_by_echo(signals, per_hop)) return uturn_of(signals);
  return return_excess(hop, signals) - excess_at_end(hops, lsp);
}

std::optional<DetourLine> fit_detour(std::span<const HopRecord> hops, LspSpan lsp, int per_hop) {
  DetourLine line{0, per_hop, 0, true};
  int only = 0;
  std::size_t previous = lsp.first;
  for (std::size_t i = lsp.first; i <= lsp.last; ++i) {
    const auto detour = detour_of(hops, i, lsp, per_hop);
    if (!detour) continue;
    line.by_echo = line.by_echo && is_measured_by_echo(signals_of(hops[i]), per_hop);
    if (*detour < 0 || *detour % per_hop != 0) return std::nullopt;
    // The way to the egress gets shorter by one per LSR, and so does a uniform LSP's part of the way back; in the pipe
    // model the whole of it hides the first. An echo reply masked by another tunnel would break this.
    const int rise = hops[i].te_ttl - hops[previous].te_ttl;
    if (line.samples > 0 && rise != (per_hop - 1) * static_cast<int>(i - previous)) return std::nullopt;
    previous = i;
    if (*detour == 0) {
      if (line.samples == 0 || line.egress > i) return std::nullopt;
      continue;
    }
    const std::size_t end = i + static_cast<std::size_t>(*detour / per_hop);
    if (line.samples > 0 && line.egress != end) return std::nullopt;
    line.egress = end;
    only = *detour;
    ++line.samples;
  }
  if (line.samples == 0 || line.egress < lsp.last || (line.samples == 1 && only != per_hop)) return std::nullopt;
  return line;
}

LspEnd find_lsp_end(std::span<const HopRecord> hops, LspSpan lsp) {
  if (is_null_label(hops[lsp.last]) || is_service_label_alone(hops, lsp)) return {lsp.last, false};
  auto line = fit_detour(hops, lsp, 2);
  if (!line) line = fit_detour(hops, lsp, 1);
  if (line && is_usable(hops, *line, lsp)) {
    const bool lone_uniform = line->samples == 1 && line->per_hop == 2;
    return {line->egress, lone_uniform && !hops[lsp.last].is_labelled()};
  }
  if (hops[lsp.last].is_labelled() && last_takes_no_low_detour(hops, lsp)) return {lsp.last, false};
  return {lsp.last + 1, !hops[lsp.last].is_labelled()};
}

}  // namespace utnt::core
