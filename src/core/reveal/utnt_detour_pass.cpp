// SPDX-License-Identifier: BSD-2-Clause
// Implicit tunnels whose LSRs quote nothing and label nothing: their errors take detours that fall to zero at the
// egress. Several that do not lie on one line may be asymmetric routes and mark nothing; nor does a single one, unless
// it tells exactly how many silent LSRs follow. Source: the TNT specification, sections 4, 8 and 11 #9; ideal values of
// 64-initial routers by the rules of section 1.2.
#include <optional>

#include "core/reveal/lsp_end.hpp"
#include "core/reveal/mark_sets.hpp"
#include "core/reveal/return_level.hpp"
#include "core/reveal/utnt_label_pass.hpp"
#include "core/reveal/utnt_signals.hpp"

namespace utnt::core {
namespace {

bool is_free(const HopRecord& hop) { return hop.is_time_exceeded() && !hop.marks.has_any(role_marks | class_marks); }

/// Signals by which no run can begin at a hop: the errors of most routers outside tunnels.
bool takes_no_detour(const HopSignals& signals) {
  const bool echo_tells = !signals.shows_return_lsp() || signals.er_initial == 255;
  return echo_tells && uturn_of(signals) <= 0;
}

/// A free hop may also be the egress of the tunnel before, never one that already belongs to an LSP.
bool may_be_lsr(const LevelledPath& hops, std::size_t i) { return is_free(hops[i]) && !is_first_of_pair(hops, i); }

struct Run {
  LspSpan lsp;
  std::size_t egress{0};
};

/// Behind an invisible tunnel the excess falls by one per hop as well. Detours are told from it by echo replies: those
/// of 255-initial routers take no detour, and lower ones hide the return LSP, so that RTLA stays where excess falls.
bool falls_by_detour(const LevelledPath& hops, LspSpan lsp, std::size_t egress) {
  std::size_t direct_echoes = 0;
  for (std::size_t i = lsp.first; i <= lsp.last; ++i) {
    const auto signals = signals_of(hops[i]);
    if (signals.er_initial == 255 && uturn_of(signals) > 0) ++direct_echoes;
  }
  if (direct_echoes >= 2) return true;
  const int rtla = rtla_of(signals_of(hops[lsp.first]));
  if (rtla <= 0 || rtla != rtla_of(signals_of(hops[lsp.last]))) return false;
  // Such a router's RTLA is the number of LSRs; those before the first one seen can only be silent.
  const auto lsrs = static_cast<std::size_t>(rtla);
  if (lsrs > egress || egress - lsrs > lsp.first) return false;
  for (std::size_t i = egress - lsrs; i < lsp.first; ++i) {
    if (!hops[i].is_silent()) return false;
  }
  return true;
}

/// The line ends at the hop behind the run, or one later where that one is silent.
bool ends_behind(const LevelledPath& hops, const DetourLine& line, LspSpan lsp) {
  const std::size_t behind = lsp.last + 1;
  return line.egress == behind || (line.egress == behind + 1 && behind < hops.size() && hops[behind].is_silent());
}

/// LSRs whose own detours are masked, by an earlier tunnel or for want of an echo reply, still show in their reply
/// TTLs, which go on by the steps of the run.
std::size_t earliest_lsr(const LevelledPath& hops, LspSpan lsp, int per_hop) {
  const auto run_rtla = rtla_of(signals_of(hops[lsp.first]));
  std::size_t first = lsp.first;
  for (std::size_t i = lsp.first; i-- > 0;) {
    if (hops[i].is_silent() && i + 1 == first) continue;
    if (!may_be_lsr(hops, i)) break;
    const auto signals = signals_of(hops[i]);
    const int step = hops[lsp.first].te_ttl - hops[i].te_ttl;
    if (!signals.shows_return_lsp() || step != (per_hop - 1) * static_cast<int>(lsp.first - i)) break;
    const bool detours = signals.er_initial == 255 ? uturn_of(signals) > 0 : rtla_of(signals) == run_rtla;
    if (signals.has_second() && !detours) break;
    // Without an echo reply, equal reply TTLs are also what stands behind an invisible tunnel.
    if (!signals.has_second() && return_excess(hops[i], signals) <= hops.level(i).expected) break;
    first = i;
  }
  return first;
}

/// 255-initial routers: at least two detours on one line that ends directly behind the last of them.
std::optional<Run> run_of_high(const LevelledPath& hops, std::size_t first, int per_hop) {
  const auto detour = [&](std::size_t i) {
    return may_be_lsr(hops, i) ? detour_of(hops, i, {first, i}, per_hop).value_or(0) : 0;
  };
  if (detour(first) <= 0) return std::nullopt;
  LspSpan lsp{first, first};
  for (std::size_t i = first + 1; i < hops.size(); ++i) {
    if (detour(i) > 0) {
      lsp.last = i;
    } else if (!hops[i].is_silent() || i > lsp.last + 1) {
      break;
    }
  }
  // The tail of the run may belong to something else: the longest part that lies on one line is taken.
  for (; lsp.last > lsp.first; --lsp.last) {
    if (detour(lsp.last) <= 0) continue;
    const auto line = fit_detour(hops, lsp, per_hop);
    if (!line || line->samples < 2 || !ends_behind(hops, *line, lsp)) continue;
    if (per_hop == 1 && !falls_by_detour(hops, lsp, line->egress)) continue;
    if (line->echo_samples >= 2) {
      while (!is_measured_by_echo(signals_of(hops[lsp.first]), per_hop)) ++lsp.first;
    }
    lsp.first = earliest_lsr(hops, lsp, per_hop);
    lsp.last = line->egress - 1;
    return Run{lsp, line->egress};
  }
  return std::nullopt;
}

int low_uturn(const LevelledPath& hops, std::size_t i) {
  const auto signals = signals_of(hops[i]);
  return may_be_lsr(hops, i) && !signals.shows_return_lsp() ? uturn_of(signals) : 0;
}

/// 64-initial routers: N + 1, ..., 3, 2 with a uniform return LSP; all 1 in the pipe model, then at least three.
std::optional<Run> run_of_low(const LevelledPath& hops, std::size_t first) {
  const int start = low_uturn(hops, first);
  if (start <= 0) return std::nullopt;
  bool falls = true;
  bool stays = start == 1;
  std::size_t last = first;
  std::size_t count = 1;
  for (std::size_t i = first + 1; i < hops.size(); ++i) {
    if (hops[i].is_silent() && i == last + 1) continue;
    const int uturn = low_uturn(hops, i);
    if (uturn <= 0) break;
    falls = falls && uturn == start - static_cast<int>(i - first);
    stays = stays && uturn == 1;
    last = i;
    ++count;
  }
  falls = falls && count >= 2 && low_uturn(hops, last) == 2;
  stays = stays && count >= 3;
  if (!falls && !stays) return std::nullopt;
  return Run{{first, last}, last + 1};
}

/// The only LSR that answers: where silent hops follow, its detour ends exactly at the first hop behind them, whose own
/// way back is as long as that of an echo reply from here.
std::optional<Run> run_of_one(const LevelledPath& hops, std::size_t i) {
  const auto signals = signals_of(hops[i]);
  if (!signals.has_second() || signals.er_initial != signals.te_initial) return std::nullopt;
  std::size_t egress = i + 1;
  while (egress < hops.size() && hops[egress].is_silent()) ++egress;
  if (egress == i + 1 || egress == hops.size() || !may_be_lsr(hops, egress)) return std::nullopt;
  const auto behind = signals_of(hops[egress]);
  const int direct = signals.er_length - hops[i].probe_ttl;
  if (behind.te_initial != signals.te_initial || uturn_of(behind) > 0) return std::nullopt;
  if (return_excess(hops[egress], behind) != direct) return std::nullopt;
  // Uniform return LSP: two per LSR that is left, from 64-initial routers one and one for the egress.
  const int left = static_cast<int>(egress - i);
  const int expected = signals.shows_return_lsp() ? 2 * left : left + 1;
  if (uturn_of(signals) != expected) return std::nullopt;
  return Run{{i, egress - 1}, egress};
}

void mark_run(std::span<HopRecord> hops, const LevelledPath& path, const Run& run) {
  for (std::size_t i = run.lsp.first; i <= run.lsp.last; ++i) {
    set_role(hops[i], Mark::lsr);  // silent ones inside as well
    hops[i].marks.set(Mark::implicit_uturn);
  }
  if (run.egress < hops.size() && !hops[run.egress].is_silent() && !is_lsr(hops[run.egress])) {
    hops[run.egress].marks.set(Marks{Mark::egress} | Mark::implicit_uturn);
  }
  path.marks_changed(run.lsp.first);
  if (run.lsp.first == 0) return;
  HopRecord& ingress = hops[run.lsp.first - 1];
  if (!ingress.is_silent() && !is_lsr(ingress)) ingress.marks.set(Marks{Mark::ingress} | Mark::implicit_uturn);
}

}  // namespace

void utnt_detour_pass(std::span<HopRecord> hops) {
  if (hops.size() < classified_hops_min) return;
  const LevelledPath path{hops};
  for (std::size_t i = 0; i < hops.size(); ++i) {
    if (!may_be_lsr(path, i)) continue;
    const auto signals = signals_of(hops[i]);
    if (takes_no_detour(signals)) continue;
    auto run = signals.shows_return_lsp() ? run_of_high(path, i, 2) : run_of_low(path, i);
    if (!run && signals.shows_return_lsp()) run = run_of_high(path, i, 1);
    if (!run) run = run_of_one(path, i);
    if (!run) continue;
    mark_run(hops, path, *run);
    i = run->lsp.last;
  }
}

}  // namespace utnt::core
