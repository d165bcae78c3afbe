// SPDX-License-Identifier: BSD-2-Clause
// The end of a visible LSP from labels and detours.
// Source: the TNT specification, sections 1.3, 4 and 11 #9.
#include "core/reveal/lsp_end.hpp"

#include "core/reveal/return_level.hpp"
#include "core/reveal/utnt_signals.hpp"

namespace utnt::core {
namespace {

/// LSRs that may follow the last one that shows itself: one, which checks the TTL after its pop.
constexpr std::size_t hidden_lsrs_max = 1;

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

/// True when hops of the LSP are known to take detours and its last one is known to take none.
bool last_takes_no_detour(std::span<const HopRecord> hops, LspSpan lsp) {
  const auto last = detour_of(hops, lsp.last, lsp.first);
  if (!last || *last != 0) return false;
  for (std::size_t i = lsp.first; i < lsp.last; ++i) {
    const auto detour = detour_of(hops, i, lsp.first);
    if (detour && *detour > 0) return true;
  }
  return false;
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

}  // namespace

std::optional<int> detour_of(std::span<const HopRecord> hops, std::size_t i, std::size_t first_lsr) {
  const HopRecord& hop = hops[i];
  const auto signals = signals_of(hop);
  if (!hop.is_time_exceeded() || !signals.shows_return_lsp()) return std::nullopt;
  if (signals.er_initial == 255) return uturn_of(signals);
  for (std::size_t j = first_lsr; j-- > 0;) {
    const auto before = signals_of(hops[j]);
    if (!shows_level(hops, j, before)) continue;
    return return_excess(hop, signals) - return_excess(hops[j], before);
  }
  // Nothing before it: a trace from its first hop on is taken for symmetric.
  return return_excess(hop, signals);
}

std::optional<DetourLine> fit_detour(std::span<const HopRecord> hops, LspSpan lsp) {
  for (int per_hop = 2; per_hop >= 1; --per_hop) {
    DetourLine line{0, per_hop, 0};
    bool fits = true;
    int only = 0;
    for (std::size_t i = lsp.first; i <= lsp.last && fits; ++i) {
      const auto detour = detour_of(hops, i, lsp.first);
      if (!detour) continue;
      const std::size_t end = *detour > 0 ? i + static_cast<std::size_t>(*detour / per_hop) : i;
      if (*detour < 0 || *detour % per_hop != 0) {
        fits = false;
      } else if (*detour == 0) {
        fits = line.samples > 0 && line.egress <= i;
      } else if (line.samples == 0 || line.egress == end) {
        line.egress = end;
        only = *detour;
        ++line.samples;
      } else {
        fits = false;
      }
    }
    if (!fits || line.samples == 0 || line.egress < lsp.last) continue;
    if (line.samples == 1 && only != per_hop) continue;
    return line;
  }
  return std::nullopt;
}

LspEnd find_lsp_end(std::span<const HopRecord> hops, LspSpan lsp) {
  if (is_null_label(hops[lsp.last]) || is_service_label_alone(hops, lsp)) return {lsp.last, false};
  const auto line = fit_detour(hops, lsp);
  if (line && line->egress <= lsp.last + 1 + hidden_lsrs_max) {
    const bool lone_uniform = line->samples == 1 && line->per_hop == 2;
    return {line->egress, lone_uniform && !hops[lsp.last].is_labelled()};
  }
  if (last_takes_no_detour(hops, lsp) || last_takes_no_low_detour(hops, lsp)) return {lsp.last, false};
  return {lsp.last + 1, !hops[lsp.last].is_labelled()};
}

}  // namespace utnt::core
