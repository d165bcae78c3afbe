// SPDX-License-Identifier: BSD-2-Clause
// First marking pass of the original, one function per case of the specification.
// Source: the TNT specification, section 5, cases A to D.
#include "core/reveal/tnt_label_pass.hpp"

#include "core/reveal/mark_sets.hpp"
#include "core/reveal/signals.hpp"

namespace utnt::core {
namespace {

bool is_labelled_explicitly(const HopRecord& hop) {
  const auto ttl = hop.mttl();
  return ttl == 0 || ttl == 1 || ttl == 255;
}

bool quotes_inside_lsp(const HopRecord& hop) {
  return hop.is_time_exceeded() && hop.quoted_ttl > 1 && hop.quoted_ttl != 255;
}

/// The hop `back` TTLs before `i`, or null when there is none or it is silent.
HopRecord* responder_before(std::span<HopRecord> hops, std::size_t i, std::size_t back) {
  if (i < back) return nullptr;
  HopRecord& hop = hops[i - back];
  return hop.is_silent() ? nullptr : &hop;
}

/// True when the hop was an egress with signature <255,64>, and turns it into an LSR between two tunnels.
bool becomes_inferred(HopRecord& hop) {
  if (!is_egress(hop) || !is_juniper(hop)) return false;
  tnt_mark_inferred(hop);
  return true;
}

void mark_silent(HopRecord* p) {
  if (p != nullptr && p->marks.has(Mark::opaque)) set_role(*p, Mark::egress);
}

void mark_labelled(HopRecord& hop, HopRecord* p) {
  const Mark tunnel_class = is_labelled_explicitly(hop) ? Mark::explicit_ : Mark::opaque;
  const Discoveries trigger = tunnel_class == Mark::opaque ? Discoveries{Discovery::mttl} : Discoveries{};
  hop.marks.set(Marks{Mark::lsr} | tunnel_class);
  hop.discoveries.set(trigger);
  if (p == nullptr || is_lsr(*p) || becomes_inferred(*p)) return;
  p->marks.set(Marks{Mark::ingress} | tunnel_class);
  p->discoveries.set(trigger);
}

void mark_quoted(HopRecord& hop, HopRecord* p, HopRecord* pp) {
  hop.marks.set(Marks{Mark::lsr} | Mark::implicit_qttl);
  if (hop.quoted_ttl != 2) return;
  // The LSR before the first q = 2 quotes 1 like any plain hop: it can only be told by its position.
  if (p != nullptr) {
    if (p->quoted_ttl > 1 || is_lsr(*p) || is_opaque_egress(*p)) return;
    set_role(*p, Mark::lsr);
    p->marks.set(Mark::implicit_qttl);
  }
  if (pp == nullptr || is_lsr(*pp) || pp->marks.has(Mark::ingress) || becomes_inferred(*pp)) return;
  pp->marks.set(Marks{Mark::ingress} | Mark::implicit_qttl);
}

/// A hop without sign of its own ends the tunnel that reaches up to it.
void close_tunnel(HopRecord& hop, HopRecord* p, HopRecord* pp) {
  if (p == nullptr) {
    if (pp != nullptr && is_lsr(*pp) && pp->marks.has(Mark::implicit_qttl) && pp->quoted_ttl > 1) {
      hop.marks.set(Marks{Mark::egress} | Mark::implicit_qttl);
    }
    return;
  }
  if (!is_lsr(*p)) return;
  if (p->marks.has(Mark::explicit_)) {
    hop.marks.set(Marks{Mark::egress} | Mark::explicit_);
  } else if (p->marks.has(Mark::implicit_qttl)) {
    const bool behind_first_plain = p->quoted_ttl <= 1 && p->address != hop.address;
    hop.marks.set(Mark::implicit_qttl);
    hop.marks.set(hop.is_destination || behind_first_plain ? Mark::egress : Mark::lsr);
  } else if (p->marks.has(Mark::opaque)) {
    set_role(*p, Mark::egress);
  }
}

}  // namespace

void tnt_mark_inferred(HopRecord& hop) {
  set_role(hop, Mark::lsr);
  hop.marks.clear(class_marks);
  hop.discoveries = hop.discoveries & trigger_discoveries;
}

void tnt_label_pass(std::span<HopRecord> hops) {
  if (hops.size() < classified_hops_min) return;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    HopRecord& hop = hops[i];
    HopRecord* const p = responder_before(hops, i, 1);
    HopRecord* const pp = responder_before(hops, i, 2);
    if (hop.is_silent()) {
      mark_silent(p);
    } else if (hop.is_labelled()) {
      mark_labelled(hop, p);
    } else if (quotes_inside_lsp(hop)) {
      mark_quoted(hop, p, pp);
    } else {
      close_tunnel(hop, p, pp);
    }
  }
}

}  // namespace utnt::core
