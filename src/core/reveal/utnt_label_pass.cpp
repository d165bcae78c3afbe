// SPDX-License-Identifier: BSD-2-Clause
// Opaque hops first, then segments: runs of hops whose labels and quoted TTLs belong to one LSP. A quoted TTL q says
// that the ingress is q hops back, which tells LSPs apart and finds ingresses behind silent LSRs.
// Source: the TNT specification, sections 1.3 and 11 #9, #10, #13, #22.
#include "core/reveal/utnt_label_pass.hpp"

#include <algorithm>
#include <optional>

#include "core/reveal/lsp_end.hpp"
#include "core/reveal/mark_sets.hpp"
#include "core/reveal/return_level.hpp"
#include "core/reveal/utnt_signals.hpp"

namespace utnt::core {
namespace {

constexpr std::size_t silent_lsrs_max = 3;  ///< silent hops that one LSP may bridge
constexpr int opaque_mttl_min = 200;
constexpr int opaque_mttl_tolerance = 2;

bool is_opaque(const HopRecord& hop) { return hop.marks.has(Mark::opaque); }
bool is_label_evidence(const HopRecord& hop) { return hop.is_labelled() && !is_opaque(hop); }
bool quotes_inside(const HopRecord& hop) {
  return hop.is_time_exceeded() && hop.quoted_ttl >= 2 && hop.quoted_ttl != 255 && !is_opaque(hop);
}
/// The probe TTL of the ingress, as the quoted TTL of an LSR tells it.
int ingress_ttl_by_quote(const HopRecord& hop) { return hop.probe_ttl - hop.quoted_ttl; }

/// True when the error of hops[i] takes a detour, or its way back is longer than that of the hops before it.
bool takes_detour(const LevelledPath& hops, std::size_t i) {
  const auto signals = signals_of(hops[i]);
  if (uturn_of(signals) > 0) return true;
  return signals.shows_return_lsp() && return_excess(hops[i], signals) > hops.level(i).expected;
}

// --- opaque hops

bool has_label_beside(const LevelledPath& hops, std::size_t i) {
  const bool own_is_high = hops[i].mttl() >= opaque_mttl_min && hops[i].mttl() != 255;
  const auto joins = [&](std::size_t j) {
    // A neighbour that expired as LSRs do belongs to another tunnel.
    return hops[j].is_labelled() && hops[j].address != hops[i].address && !(own_is_high && hops[j].mttl() <= 1);
  };
  return (i > 0 && joins(i - 1)) || (i + 1 < hops.size() && joins(i + 1));
}

/// The reply came by an LER: the return LSP shows in it, a detour does not.
bool answers_like_an_ler(const HopSignals& signals, int rise) {
  if (!signals.shows_return_lsp() || !signals.has_second()) return false;
  if (signals.er_initial == 255) return uturn_of(signals) == 0 && rise >= 2;
  return rise >= 3 && rtla_of(signals) == rise;
}

/// For a labelled hop.
bool looks_opaque(const LevelledPath& hops, std::size_t i) {
  const HopRecord& hop = hops[i];
  if (hop.mttl() == 1 || is_first_of_pair(hops, i) || quotes_inside(hop) || has_label_beside(hops, i)) return false;
  const int mttl = hop.mttl();
  const bool in_range = mttl >= 2 && mttl <= 254;
  if (in_range && mttl >= opaque_mttl_min) return true;
  const auto signals = signals_of(hop);
  const int rise = return_excess(hop, signals) - hops.level(i).expected;
  const int off = rise - (255 - mttl);
  if (in_range && signals.shows_return_lsp() && off >= -opaque_mttl_tolerance && off <= opaque_mttl_tolerance)
    return true;
  return answers_like_an_ler(signals, rise);
}

void mark_opaque(std::span<HopRecord> hops, std::size_t i) {
  hops[i].marks.set(Marks{Mark::egress} | Mark::opaque);
  hops[i].discoveries.set(Discovery::mttl);
  if (i == 0 || hops[i - 1].is_silent() || hops[i - 1].is_labelled() || hops[i - 1].address == hops[i].address) return;
  hops[i - 1].marks.set(Marks{Mark::ingress} | Mark::opaque);
  hops[i - 1].discoveries.set(Discovery::mttl);
}

// --- quoted TTLs that can be believed

bool agrees(const HopRecord& hop, int ingress_ttl) {
  if (quotes_inside(hop)) return ingress_ttl_by_quote(hop) == ingress_ttl;
  return is_label_evidence(hop) && hop.quoted_ttl <= 1 && hop.probe_ttl - 1 == ingress_ttl;
}

bool quote_is_credible(const LevelledPath& hops, std::size_t i) {
  const HopRecord& hop = hops[i];
  const int ingress = ingress_ttl_by_quote(hop);
  if (ingress < 0) return false;
  const std::size_t from = i > silent_lsrs_max ? i - silent_lsrs_max - 1 : 0;
  const std::size_t to = std::min(hops.size(), i + silent_lsrs_max + 2);
  for (std::size_t j = from; j < to; ++j) {
    if (j != i && agrees(hops[j], ingress)) return true;
  }
  // Routers or middleboxes that rewrite TTLs quote the same value again and again.
  const auto quotes_the_same = [&](std::size_t j) {
    return quotes_inside(hops[j]) && hops[j].quoted_ttl == hop.quoted_ttl;
  };
  if ((i > 0 && quotes_the_same(i - 1)) || (i + 1 < hops.size() && quotes_the_same(i + 1))) return false;
  const auto hops_back = static_cast<std::size_t>(hop.quoted_ttl);
  if (hops_back > i + 1) return false;
  // All LSRs before it are silent, or the first quotes 1 as it must.
  for (std::size_t j = i + 1 - hops_back; j < i; ++j) {
    const bool is_first_lsr = j + hops_back == i + 1;
    if (!hops[j].is_silent() && !(is_first_lsr && hops[j].is_time_exceeded() && hops[j].quoted_ttl <= 1)) {
      return takes_detour(hops, i);
    }
  }
  return true;
}

/// A lone label of TTL 255 whose reply came back as directly as any: nothing was decremented since the push, so there
/// is no LSR between, nor is this hop one.
bool is_label_without_lsp(const LevelledPath& hops, std::size_t i) {
  const auto signals = signals_of(hops[i]);
  if (hops[i].mttl() != 255 || quotes_inside(hops[i]) || has_label_beside(hops, i)) return false;
  if (!signals.shows_return_lsp() || !signals.has_second() || uturn_of(signals) != 0) return false;
  return return_excess(hops[i], signals) <= hops.level(i).expected;
}

bool is_evidence(const LevelledPath& hops, std::size_t i) {
  // Behind a hidden UHP egress the first LSR answers twice; it stands where it answers last.
  const HopRecord& hop = hops[i];
  const bool has_label = is_label_evidence(hop);
  if ((!has_label && !quotes_inside(hop)) || is_first_of_pair(hops, i)) return false;
  return has_label ? !is_label_without_lsp(hops, i) : quote_is_credible(hops, i);
}

// --- segments

struct Segment {
  LspSpan shown;                   ///< first and last hop that show themselves inside the LSP
  std::optional<int> ingress_ttl;  ///< as quoted TTLs tell it
  bool has_labels{false};
  bool next_follows_directly{false};  ///< the hop behind the last one begins another LSP
};

/// Its errors go back over the egress of an LSP, as an echo reply of the same initial TTL tells: it is no egress
/// itself.
bool takes_detour(const HopRecord& hop) {
  const auto signals = signals_of(hop);
  return hop.is_time_exceeded() && signals.has_second() && signals.er_initial == signals.te_initial &&
         uturn_of(signals) > 0;
}

/// Whether hops[j], which shows itself inside an LSP, belongs to the same one.
bool belongs(const LevelledPath& hops, const Segment& segment, std::size_t j) {
  const HopRecord& last = hops[segment.shown.last];
  const HopRecord& hop = hops[j];
  const bool last_is_null = last.is_labelled() && last.lse().label() == wire::label::ipv4_explicit_null;
  if (last_is_null) return false;
  if (quotes_inside(hop)) {
    const int ingress = ingress_ttl_by_quote(hop);
    if (segment.ingress_ttl) return ingress == *segment.ingress_ttl || (hop.is_labelled() && ingress < last.probe_ttl);
    // So far all quoted 1: the LSP began where this one says, unless that is inside the run.
    return ingress < hops[segment.shown.first].probe_ttl;
  }
  // An LSR that rewrites what it quotes, behind one that is not yet the egress.
  if (j == segment.shown.last + 1 && hop.is_labelled() && last.is_labelled() && takes_detour(last)) return true;
  // A label with q <= 1 behind larger quotes: quoted TTLs begin anew with every LSP.
  return !quotes_inside(last) && !(segment.ingress_ttl && *segment.ingress_ttl + 1 < last.probe_ttl);
}

/// The hop that shows itself next inside the same LSP, across silent hops or one that quotes like a plain router.
std::optional<std::size_t> next_inside(const LevelledPath& hops, const Segment& segment) {
  const std::size_t after = segment.shown.last + 1;
  std::size_t j = after;
  while (j < hops.size() && hops[j].is_silent() && j - after < silent_lsrs_max) ++j;
  if (j >= hops.size()) return std::nullopt;
  if (is_evidence(hops, j)) {
    if (!belongs(hops, segment, j)) return std::nullopt;
    // Without quoted TTLs, more than one silent hop may well hold the ends of two LSPs.
    if (j - after > 1 && !quotes_inside(hops[j])) return std::nullopt;
    return j;
  }
  if (hops[j].is_silent() || j != after || j + 1 >= hops.size() || is_opaque(hops[j])) return std::nullopt;
  const bool spans_it = is_evidence(hops, j + 1) && quotes_inside(hops[j + 1]) && segment.ingress_ttl &&
                        ingress_ttl_by_quote(hops[j + 1]) == *segment.ingress_ttl;
  return spans_it ? std::optional{j + 1} : std::nullopt;
}

Segment read_segment(const LevelledPath& hops, std::size_t i) {
  Segment segment;
  segment.shown = {i, i};
  for (;;) {
    const HopRecord& hop = hops[segment.shown.last];
    segment.has_labels = segment.has_labels || hop.is_labelled();
    if (!segment.ingress_ttl && quotes_inside(hop)) segment.ingress_ttl = ingress_ttl_by_quote(hop);
    const auto next = next_inside(hops, segment);
    if (!next) break;
    segment.shown.last = *next;
  }
  const std::size_t behind = segment.shown.last + 1;
  segment.next_follows_directly = behind < hops.size() && is_evidence(hops, behind);
  return segment;
}

/// The first LSR: where quoted TTLs put it, as far as the hops before the first visible one allow.
std::size_t first_lsr_of(const LevelledPath& hops, const Segment& segment) {
  const std::size_t shown = segment.shown.first;
  if (!segment.ingress_ttl) return shown;
  const int first_ttl = *segment.ingress_ttl + 1;
  std::size_t first = shown;
  while (first > 0 && hops[first - 1].probe_ttl >= first_ttl) {
    const HopRecord& before = hops[first - 1];
    const bool may_be_lsr = before.is_silent() || (before.probe_ttl == first_ttl && before.is_time_exceeded());
    if (!may_be_lsr || before.marks.has_any(role_marks)) break;
    --first;
  }
  return first;
}

void mark_segment(std::span<HopRecord> hops, const LevelledPath& path, const Segment& segment) {
  const Mark tunnel_class = segment.has_labels ? Mark::explicit_ : Mark::implicit_qttl;
  const LspSpan lsp{first_lsr_of(path, segment), segment.shown.last};
  LspEnd end = find_lsp_end(path, lsp);
  // An LER that shows itself between two LSPs ends the first.
  if (segment.next_follows_directly && end.egress > lsp.last) end = {lsp.last, false};
  for (std::size_t i = lsp.first; i < std::min(end.egress, hops.size()); ++i) {
    HopRecord& hop = hops[i];
    const bool is_inferred_lsr =
        !hop.is_silent() && i > lsp.first && i < lsp.last && !is_label_evidence(hop) && !quotes_inside(hop);
    set_role(hop, Mark::lsr);
    hop.marks.clear(class_marks);
    if (!is_inferred_lsr) hop.marks.set(tunnel_class);
  }
  if (end.egress < hops.size() && !hops[end.egress].is_silent()) {
    HopRecord& egress = hops[end.egress];
    egress.marks.clear(Mark::lsr);
    egress.marks.set(Marks{Mark::egress} | tunnel_class);
    if (end.ambiguous && end.egress + 1 < hops.size()) egress.egress_ambiguous = true;
  }
  path.marks_changed(lsp.first);
  if (lsp.first == 0) return;
  HopRecord& ingress = hops[lsp.first - 1];
  if (ingress.is_silent() || is_lsr(ingress) || ingress.address == hops[lsp.first].address) return;
  ingress.marks.set(Marks{Mark::ingress} | tunnel_class);
}

}  // namespace

void utnt_label_pass(std::span<HopRecord> hops) {
  if (hops.size() < classified_hops_min) return;
  const LevelledPath path{hops};
  for (std::size_t i = 0; i < hops.size(); ++i) {
    if (hops[i].is_labelled() && looks_opaque(path, i)) mark_opaque(hops, i);
  }
  for (std::size_t i = 0; i < hops.size();) {
    if (is_lsr(hops[i]) || !is_evidence(path, i)) {
      ++i;
      continue;
    }
    const Segment segment = read_segment(path, i);
    mark_segment(hops, path, segment);
    i = segment.shown.last + 1;
  }
  utnt_detour_pass(hops);
}

}  // namespace utnt::core
