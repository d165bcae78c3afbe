// SPDX-License-Identifier: BSD-2-Clause
// The end of a visible LSP from labels and detours.
// Source: the TNT specification, sections 1.3, 4 and 11 #9.
#include "core/reveal/lsp_end.hpp"

#include <algorithm>

#include "core/reveal/mark_sets.hpp"
#include "core/reveal/utnt_signals.hpp"

namespace utnt::core {
namespace {

/// Between the last visible LSR and the next hop that answers; one more ends a trace.
constexpr std::size_t silent_lsrs_max = 4;
constexpr std::size_t tail_hops = 4;  ///< behind an LSP, that tell its return model

bool is_null_label(const HopRecord& hop) {
  if (!hop.is_labelled()) return false;
  const auto label = hop.lse().label();
  return label == wire::label::ipv4_explicit_null || label == wire::label::ipv6_explicit_null;
}

/// The transport label is gone and the service label under it is left: only the egress sees that.
bool is_service_label_alone(const LevelledPath& hops, LspSpan lsp) {
  const HopRecord& last = hops[lsp.last];
  if (!last.is_labelled()) return false;
  for (std::size_t i = lsp.last; i-- > lsp.first;) {
    if (hops[i].is_labelled()) return hops[i].labels > last.labels;
  }
  return false;
}

/// The excess that the egress should show: that of the last hop before the LSP, less what is left of a decay there.
int excess_at_end(const LevelledPath& hops, LspSpan lsp) {
  const auto level = hops.level(lsp.first);
  if (!level.known) return 0;
  const int fall_max = static_cast<int>(lsp.last - lsp.first) + 1;
  return level.decaying ? std::max(level.floor, level.expected - fall_max) : level.expected;
}

/// Routers that answer with 64-initial errors hide return LSPs but still take the detour over the egress.
bool last_takes_no_low_detour(const LevelledPath& hops, LspSpan lsp) {
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

/// hops[i] as an error with the same initial TTL as that of the last visible LSR, so that their reply TTLs compare.
const HopRecord* comparable(const LevelledPath& hops, LspSpan lsp, std::size_t i) {
  if (i >= hops.size() || !hops[i].is_time_exceeded()) return nullptr;
  return signals_of(hops[i]).te_initial == signals_of(hops[lsp.last]).te_initial ? &hops[i] : nullptr;
}

/// No earlier tunnel shows: neither LSRs nor a change of the excess.
bool is_flat_before(const LevelledPath& hops, std::size_t end) {
  std::optional<int> flat;
  for (std::size_t i = 0; i < end; ++i) {
    if (is_lsr(hops[i])) return false;
    const auto signals = signals_of(hops[i]);
    if (!shows_level(hops, i, signals)) continue;
    const int excess = return_excess(hops[i], signals);
    if (flat && *flat != excess) return false;
    if (!flat && excess > 0) return false;  // perhaps the decay behind an invisible one
    flat = excess;
  }
  return true;
}

/// The return model by the hops behind the LSP: past a pipe return LSP the excess falls below what it was before, past
/// a uniform one it does not. Nothing when an earlier tunnel still makes it fall, or fewer than two hops show it.
std::optional<bool> is_pipe_by_tail(const LevelledPath& hops, LspSpan lsp) {
  const auto level = hops.level(lsp.first);
  if (!level.known || !is_flat_before(hops, lsp.first)) return std::nullopt;
  std::size_t shown = 0;
  const std::size_t end = std::min(hops.size(), lsp.last + 2 + tail_hops);
  for (std::size_t i = lsp.last + 2; i < end; ++i) {
    if (hops[i].is_labelled() || hops[i].quoted_ttl > 1) break;  // the next tunnel
    const auto signals = signals_of(hops[i]);
    if (!shows_level(hops, i, signals)) continue;
    const int excess = return_excess(hops[i], signals);
    if (excess > level.expected) break;
    if (excess < level.expected) return true;
    if (++shown == 2) return false;
  }
  return std::nullopt;
}

/// By how much the reply TTL rises per LSR before the last one: 1 = uniform return LSP, 0 = pipe.
std::optional<int> rise_per_lsr(const LevelledPath& hops, LspSpan lsp) {
  for (std::size_t i = lsp.last; i-- > lsp.first;) {
    const HopRecord* const before = comparable(hops, lsp, i);
    if (before == nullptr) continue;
    const int rise = hops[lsp.last].te_ttl - before->te_ttl;
    const int gap = static_cast<int>(lsp.last - i);
    return rise % gap == 0 ? std::optional{rise / gap} : std::nullopt;
  }
  const auto is_pipe = is_pipe_by_tail(hops, lsp);
  if (!is_pipe || !signals_of(hops[lsp.last]).shows_return_lsp()) return std::nullopt;
  return *is_pipe ? 0 : 1;
}

/// Some echo reply says that a detour over a uniform return LSP ends there, and none contradicts by one hop more.
bool echoes_point_at(const LevelledPath& hops, LspSpan lsp, std::size_t egress) {
  bool found = false;
  for (std::size_t i = lsp.first; i <= lsp.last; ++i) {
    const auto signals = signals_of(hops[i]);
    if (!hops[i].is_time_exceeded() || signals.er_initial != 255) continue;
    const int left = static_cast<int>(egress - i);
    if (uturn_of(signals) == 2 * (left + 1)) return false;
    found = found || uturn_of(signals) == 2 * left;
  }
  return found;
}

/// The hop directly behind the last visible LSR, by its reply TTL: 1 = the egress, 2 = one more LSR, which checks the
/// TTL after its pop and answers as a plain hop. Its error goes back directly, while those of the LSRs before go over
/// the egress, so its reply TTL rises by another step than an egress's.
std::optional<std::size_t> offset_by_next_hop(const LevelledPath& hops, LspSpan lsp, const HopRecord& behind) {
  const int rise = behind.te_ttl - hops[lsp.last].te_ttl;
  if (signals_of(behind).shows_return_lsp()) {
    if (rise == 3) return echoes_point_at(hops, lsp, lsp.last + 1) ? 1 : 2;
    const auto per_lsr = rise_per_lsr(hops, lsp);
    if (!per_lsr || (rise != 0 && rise != 1)) return std::nullopt;
    return rise == 1 && *per_lsr == 0 ? 2 : 1;
  }
  if (rise == 2) return 2;
  if (rise != 1) return std::nullopt;
  const HopRecord* const second = comparable(hops, lsp, lsp.last + 2);
  return second != nullptr && second->te_ttl == behind.te_ttl ? 2 : 1;
}

/// The same across `x` - 1 silent hops. Reply TTLs rise up to the egress and fall by one per hop behind it: by one per
/// LSR with a uniform return LSP, at the egress alone from 64-initial routers, not at all in the pipe model.
std::optional<std::size_t> offset_across_silence(const LevelledPath& hops, LspSpan lsp, int x, const HopRecord& seen) {
  const int rise = seen.te_ttl - hops[lsp.last].te_ttl;
  int offset = 0;
  if (!signals_of(seen).shows_return_lsp()) {
    offset = x + rise - 1;
  } else {
    const auto per_lsr = rise_per_lsr(hops, lsp);
    if (rise != x && !(per_lsr && *per_lsr == 1)) return std::nullopt;
    if ((x + rise) % 2 != 0) return std::nullopt;
    offset = (x + rise) / 2;
  }
  if (offset < 1 || offset > x) return std::nullopt;
  return static_cast<std::size_t>(offset);
}

/// How many hops behind the last visible LSR the egress stands, by reply TTLs alone; nothing when they do not tell.
std::optional<std::size_t> offset_by_reply_ttl(const LevelledPath& hops, LspSpan lsp) {
  if (!hops[lsp.last].is_time_exceeded()) return std::nullopt;
  std::size_t x = 1;
  while (x <= silent_lsrs_max && lsp.last + x < hops.size() && hops[lsp.last + x].is_silent()) ++x;
  const HopRecord* const seen = comparable(hops, lsp, lsp.last + x);
  if (seen == nullptr) return std::nullopt;
  return x == 1 ? offset_by_next_hop(hops, lsp, *seen) : offset_across_silence(hops, lsp, static_cast<int>(x), *seen);
}

bool is_usable(const LevelledPath& hops, const DetourLine& line, LspSpan lsp) {
  const std::size_t offset = line.egress - lsp.last;
  const auto told = offset_by_reply_ttl(hops, lsp);
  // Reply TTLs do not go on to rise behind the egress.
  if (offset == 0) return is_measured_by_echo(signals_of(hops[lsp.last]), line.per_hop) && !told;
  if (offset == 1) return line.echo_samples >= 2 || told.value_or(1) == 1;
  if (line.samples < 2) return false;
  if (told) return *told == offset;
  // Behind silent hops nothing but the line tells.
  for (std::size_t i = 1; i < offset; ++i) {
    if (lsp.last + i >= hops.size() || i > silent_lsrs_max) return false;
    if (!hops[lsp.last + i].is_silent()) return offset == 2 && line.echo_samples >= 2;
  }
  return true;
}

std::optional<DetourLine> fit_samples(const LevelledPath& hops, LspSpan lsp, int per_hop, bool echo_only) {
  DetourLine line{0, per_hop, 0, 0};
  int only = 0;
  std::size_t previous = lsp.first;
  for (std::size_t i = lsp.first; i <= lsp.last; ++i) {
    const auto detour = detour_of(hops, i, lsp, per_hop);
    if (!detour) continue;
    const bool by_echo = is_measured_by_echo(signals_of(hops[i]), per_hop);
    if (echo_only && !by_echo) continue;
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
    if (by_echo) ++line.echo_samples;
  }
  if (line.samples == 0 || line.egress < lsp.last || (line.samples == 1 && only != per_hop)) return std::nullopt;
  return line;
}

}  // namespace

bool is_measured_by_echo(const HopSignals& signals, int per_hop) {
  return signals.er_initial == 255 || (signals.has_second() && per_hop == 2);
}

std::optional<int> detour_of(const LevelledPath& hops, std::size_t i, LspSpan lsp, int per_hop) {
  const HopRecord& hop = hops[i];
  const auto signals = signals_of(hop);
  if (!hop.is_time_exceeded() || !signals.shows_return_lsp()) return std::nullopt;
  if (is_measured_by_echo(signals, per_hop)) return uturn_of(signals);
  return return_excess(hop, signals) - excess_at_end(hops, lsp);
}

std::optional<DetourLine> fit_detour(const LevelledPath& hops, LspSpan lsp, int per_hop) {
  // Echo replies are the better measure; the excess before the LSP may be off behind another tunnel.
  const auto by_echo = fit_samples(hops, lsp, per_hop, true);
  if (by_echo && by_echo->samples >= 2) return by_echo;
  return fit_samples(hops, lsp, per_hop, false);
}

/// The end by a single detour, where the hops behind tell the model.
std::optional<std::size_t> end_by_lone_detour(const LevelledPath& hops, LspSpan lsp) {
  const auto is_pipe = is_pipe_by_tail(hops, lsp);
  if (!is_pipe || lsp.first != lsp.last) return std::nullopt;
  const auto detour = detour_of(hops, lsp.last, lsp, *is_pipe ? 1 : 2);
  if (!detour) return std::nullopt;
  const int lsrs = *is_pipe ? *detour : *detour / 2;
  if (lsrs < 1 || lsrs > 2 || (!*is_pipe && *detour % 2 != 0)) return std::nullopt;
  return lsp.last + static_cast<std::size_t>(lsrs);
}

LspEnd find_lsp_end(const LevelledPath& hops, LspSpan lsp) {
  if (is_null_label(hops[lsp.last]) || is_service_label_alone(hops, lsp)) return {lsp.last, false};
  if (const auto lone = end_by_lone_detour(hops, lsp)) return {*lone, false};
  auto line = fit_detour(hops, lsp, 2);
  if (!line) line = fit_detour(hops, lsp, 1);
  if (line && is_usable(hops, *line, lsp)) {
    const bool lone_uniform = line->samples == 1 && line->per_hop == 2;
    return {line->egress, lone_uniform && !hops[lsp.last].is_labelled()};
  }
  if (hops[lsp.last].is_labelled() && last_takes_no_low_detour(hops, lsp)) return {lsp.last, false};
  if (const auto told = offset_by_reply_ttl(hops, lsp)) return {lsp.last + *told, false};
  return {lsp.last + 1, !hops[lsp.last].is_labelled()};
}

}  // namespace utnt::core
