// SPDX-License-Identifier: BSD-2-Clause
// Hop lines in the grammar of the original; one function per production.
#include "results/classic_text.hpp"

#include <fmt/format.h>

#include <vector>

#include "results/address_text.hpp"
#include "results/extension.hpp"
#include "results/names.hpp"

namespace utnt::results {
namespace {

using report::Attempt;
using report::Attempts;
using report::Discoveries;
using report::Discovery;
using report::Mark;
using report::Marks;
using report::Trigger;

/// What the original would have stored about a hop.
struct ClassicHop {
  const Hop& hop;
  Marks marks;
  Attempts attempts;
};

Attempts attempt_of(const Tunnel& tunnel) {
  Attempts out = tunnel.stop;
  switch (tunnel.trigger) {
    case Trigger::frpla:
      out.set(Attempt::frpla);
      break;
    case Trigger::rtla:
      out.set(Attempt::rtla);
      break;
    case Trigger::dupip:
      out.set(Attempt::dupip);
      break;
    case Trigger::mttl:
      out.set(Attempt::mttl);
      break;
    case Trigger::uhp_suspect:
    case Trigger::none:
      break;
  }
  constexpr auto reasons =
      Attempts{Attempt::nothing_revealed} | Attempt::ingress_not_found | Attempt::target_not_reached;
  if (!out.has_any(reasons)) out.set(Attempt::nothing_revealed);
  return out;
}

/// A suspected invisible tunnel has no marks in the original, only the failed attempt at its egress candidate.
std::vector<ClassicHop> classic_hops(const TraceResult& trace) {
  std::vector<ClassicHop> out;
  std::vector<bool> is_covered(trace.hops.size(), false);
  out.reserve(trace.hops.size());
  for (const auto& hop : trace.hops) out.push_back({hop, hop.marks, hop.attempts});
  for (const auto& tunnel : trace.tunnels) {
    if (tunnel.completeness == report::Completeness::suspected) continue;
    for (std::size_t i = tunnel.first_index; i <= tunnel.last_index && i < out.size(); ++i) is_covered[i] = true;
  }
  for (const auto& tunnel : trace.tunnels) {
    if (tunnel.completeness != report::Completeness::suspected) continue;
    const bool is_invisible = tunnel.tunnel_class == report::TunnelClass::invisible_php ||
                              tunnel.tunnel_class == report::TunnelClass::invisible_uhp;
    for (const std::size_t i : {tunnel.first_index, tunnel.last_index}) {
      if (is_invisible && i < out.size() && !is_covered[i]) out[i].marks = {};
    }
    const std::size_t last = tunnel.last_index;
    if (is_invisible && last < out.size() && out[last].attempts.empty()) out[last].attempts = attempt_of(tunnel);
  }
  return out;
}

template <class Flag>
void words(std::string& out, Flags<Flag> flags, std::initializer_list<Flag> order) {
  for (const auto flag : order) {
    if (flags.has(flag)) fmt::format_to(std::back_inserter(out), ",{}", name_of(flag));
  }
}

void append_te_info(std::string& out, const Hop& hop) {
  if (hop.kind != report::ReplyKind::time_exceeded) return;
  fmt::format_to(std::back_inserter(out), " qttl={}", hop.quoted_ttl);
  if (hop.uturn != 0) fmt::format_to(std::back_inserter(out), " uturn={}", hop.uturn);
  if (hop.frpla > 0) fmt::format_to(std::back_inserter(out), " frpla={}", hop.frpla);
  if (hop.rtla > 0) fmt::format_to(std::back_inserter(out), " rtla={}", hop.rtla);
}

void append_class(std::string& out, Marks marks) {
  const bool is_implicit = marks.has(Mark::implicit_qttl) || marks.has(Mark::implicit_uturn);
  if (marks.has(Mark::lsr)) {
    if (is_implicit) {
      out += ",IMP";
    } else if (marks.has(Mark::opaque)) {
      out += ",OPA";
    } else if (marks.has(Mark::explicit_)) {
      out += ",EXP";
    } else if (marks.has(Mark::invisible)) {
      out += ",INV";
    }
    out += ",LSR";
    return;
  }
  if (marks.has(Mark::explicit_)) out += ",EXP";
  if (marks.has(Mark::opaque)) out += ",OPA";
  if (is_implicit) out += ",IMP";
  if (marks.has(Mark::invisible)) out += ",INV";
}

void append_triggers(std::string& out, Discoveries discoveries, bool is_brute_force_possible) {
  if (!discoveries.has_any(report::trigger_discoveries)) {
    if (is_brute_force_possible) out += ",BTFC";
    return;
  }
  words(out, discoveries, {Discovery::dupip, Discovery::rtla, Discovery::frpla, Discovery::mttl});
}

void append_mpls(std::string& out, const ClassicHop& c) {
  constexpr auto roles = Marks{Mark::ingress} | Mark::egress | Mark::lsr;
  const auto classes = Marks::from_bits(static_cast<Marks::Rep>(c.marks.bits() & ~roles.bits()));
  if (!c.marks.has_any(roles)) return;
  out += " [MPLS";
  append_class(out, c.marks);
  words(out, c.marks, {Mark::egress, Mark::ingress});
  if (c.hop.discoveries.has(Discovery::incomplete)) out += ",INCOMP?";
  append_triggers(out, c.hop.discoveries, c.marks.has(Mark::invisible));
  if (c.marks.has(Mark::lsr) && classes.empty()) {
    out += ",INF";
  } else {
    words(out, c.marks, {Mark::implicit_qttl, Mark::implicit_uturn});
  }
  const auto technique = technique_of(c.hop.discoveries);
  if (c.hop.is_revealed() && technique != Technique::none) {
    fmt::format_to(std::back_inserter(out), ",{},step={}", name_of(technique), c.hop.step);
  }
  out += ']';
}

void append_labels(std::string& out, const Hop& hop) {
  if (hop.labels == 0) return;
  std::vector<wire::LabelStackEntry> stack;
  if (!hop.replies.empty()) {
    if (const auto* object = first_label_stack(hop.replies.front())) stack = label_stack(*object);
  }
  if (stack.empty()) stack.emplace_back(hop.top_lse);
  out += " Labels";
  const char* separator = " ";
  for (const auto entry : stack) {
    fmt::format_to(std::back_inserter(out), "{}{} mTTL={}", separator, entry.label().value(), entry.ttl().value());
    separator = " | ";
  }
}

void append_verbose(std::string& out, const ClassicHop& c) {
  const auto& hop = c.hop;
  if (hop.kind == report::ReplyKind::port_unreachable || hop.kind == report::ReplyKind::unreachable) {
    fmt::format_to(std::back_inserter(out), " (dstunr code={})", hop.icmp_code);
  }
  constexpr auto reasons =
      Discoveries{Discovery::nothing_revealed} | Discovery::ingress_not_found | Discovery::target_not_reached;
  if (!c.attempts.empty()) {
    constexpr auto triggers = Attempts{Attempt::frpla} | Attempt::rtla | Attempt::dupip | Attempt::mttl;
    out += " (ATTEMPT";
    if (!c.attempts.has_any(triggers)) out += ",BTFC";
    words(out, c.attempts,
          {Attempt::dupip, Attempt::rtla, Attempt::frpla, Attempt::mttl, Attempt::nothing_revealed,
           Attempt::ingress_not_found, Attempt::target_not_reached, Attempt::buddy});
    out += ')';
  } else if (hop.discoveries.has_any(reasons)) {
    out += " (ATTEMPT";
    append_triggers(out, hop.discoveries, true);
    words(out, hop.discoveries,
          {Discovery::nothing_revealed, Discovery::ingress_not_found, Discovery::target_not_reached,
           Discovery::stopped_at_buddy});
    out += ')';
  }
}

void append_hop(std::string& out, const ClassicHop& c, const ClassicOptions& options) {
  const auto& hop = c.hop;
  if (hop.is_silent()) {
    out += " *\n";
    return;
  }
  fmt::format_to(std::back_inserter(out), " {:<15} {} ms", address_text(hop.address), milliseconds_text(hop.rtt));
  if (hop.reserved) out += " rsvd";
  const bool has_er = hop.er_ttl != 0 && !hop.reserved;
  fmt::format_to(std::back_inserter(out), " rTTLs=<{},{}>", hop.te_ttl, has_er ? std::to_string(hop.er_ttl) : "*");
  append_te_info(out, hop);
  append_mpls(out, c);
  append_labels(out, hop);
  if (options.verbose) append_verbose(out, c);
  out += '\n';
}

}  // namespace

std::string classic_text(const TraceResult& trace, const ClassicOptions& options) {
  std::string out = fmt::format("trace [{}] from {} to {}\n", name_of(trace.initial.method),
                                address_text(trace.initial.source), address_text(trace.destination));
  int hidden = 0;
  int shown = trace.initial.first_ttl == 0 ? 0 : trace.initial.first_ttl - 1;
  for (const auto& c : classic_hops(trace)) {
    if (c.hop.is_revealed()) {
      fmt::format_to(std::back_inserter(out), "{:>3}", fmt::format("H{}", ++hidden));
    } else {
      hidden = 0;
      fmt::format_to(std::back_inserter(out), "{:>3}", ++shown);
    }
    append_hop(out, c, options);
  }
  out += '\n';
  return out;
}

}  // namespace utnt::results
