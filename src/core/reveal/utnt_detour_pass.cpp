// SPDX-License-Identifier: BSD-2-Clause
// Implicit tunnels whose LSRs quote nothing and label nothing: their errors take detours that fall to zero at the
// egress. A single detour, or several that do not lie on one line, may be asymmetric routes and mark nothing. Source:
// the TNT specification, sections 4, 8 and 11 #9; ideal values of 64-initial routers by the rules of section 1.2.
#include <optional>

#include "core/reveal/lsp_end.hpp"
#include "core/reveal/mark_sets.hpp"
#include "core/reveal/return_level.hpp"
#include "core/reveal/utnt_label_pass.hpp"
#include "core/reveal/utnt_signals.hpp"

namespace utnt::core {
namespace {

bool is_free(const HopRecord& hop) { return hop.is_time_exceeded() && !hop.marks.has_any(role_marks | class_marks); }

/// A free hop may also be the egress of the tunnel before, never one that already belongs to an LSP.
bool may_be_lsr(std::span<const HopRecord> hops, std::size_t i) {
  return is_free(hops[i]) && !is_first_of_pair(hops, i);
}

struct Run {
  LspSpan lsp;
  std::size_t egress{0};
};

/// Behind an invisible tunnel the excess falls by one per hop as well. Detours are told from it by echo replies: those
/// of 255-initial routers take no detour, and lower ones hide the return LSP, so that RTLA stays where excess falls.
bool falls_by_detour(std::span<const HopRecord> hops, LspSpan lsp) {
  const auto first = signals_of(hops[lsp.first]);
  const auto last = signals_of(hops[lsp.last]);
  if (first.er_initial == 255 && last.er_initial == 255) return true;
  return rtla_of(first) > 0 && rtla_of(first) == rtla_of(last);
}

/// 255-initial routers: at least two detours on one line that ends directly behind the last of them.
std::optional<Run> run_of_high(std::span<const HopRecord> hops, std::size_t first, int per_hop) {
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
    if (!line || line->samples < 2 || line->egress != lsp.last + 1) continue;
    if (per_hop == 1 && !falls_by_detour(hops, lsp)) continue;
    return Run{lsp, line->egress};
  }
  return std::nullopt;
}

int low_uturn(std::span<const HopRecord> hops, std::size_t i) {
  const auto signals = signals_of(hops[i]);
  return may_be_lsr(hops, i) && !signals.shows_return_lsp() ? uturn_of(signals) : 0;
}

/// 64-initial routers: N + 1, ..., 3, 2 with a uniform return LSP; all 1 in the pipe model, then at least three.
std::optional<Run> run_of_low(std::span<const HopRecord> hops, std::size_t first) {
  const int start = low_uturn(hops, first);
  if (start <= 0) return std::nullopt;
  std::size_t last = first;
  while (last + 1 < hops.size() && low_uturn(hops, last + 1) > 0) ++last;
  const std::size_t count = last - first + 1;
  bool falls = count >= 2 && low_uturn(hops, last) == 2;
  bool stays = count >= 3;
  for (std::size_t i = first; i <= last; ++i) {
    const int uturn = low_uturn(hops, i);
    falls = falls && uturn == start - static_cast<int>(i - first);
    stays = stays && uturn == 1;
  }
  if (!falls && !stays) return std::nullopt;
  return Run{{first, last}, last + 1};
}

void mark_run(std::span<HopRecord> hops, const Run& run) {
  for (std::size_t i = run.lsp.first; i <= run.lsp.last; ++i) {
    set_role(hops[i], Mark::lsr);
    hops[i].marks.set(Mark::implicit_uturn);
  }
  if (run.egress < hops.size() && !hops[run.egress].is_silent() && !is_lsr(hops[run.egress])) {
    hops[run.egress].marks.set(Marks{Mark::egress} | Mark::implicit_uturn);
  }
  if (run.lsp.first == 0) return;
  HopRecord& ingress = hops[run.lsp.first - 1];
  if (!ingress.is_silent() && !is_lsr(ingress)) ingress.marks.set(Marks{Mark::ingress} | Mark::implicit_uturn);
}

}  // namespace

void utnt_detour_pass(std::span<HopRecord> hops) {
  if (hops.size() < classified_hops_min) return;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    if (!may_be_lsr(hops, i)) continue;
    auto run = run_of_high(hops, i, 2);
    if (!run) run = run_of_high(hops, i, 1);
    if (!run) run = run_of_low(hops, i);
    if (!run) continue;
    mark_run(hops, *run);
    i = run->lsp.last;
  }
}

}  // namespace utnt::core
