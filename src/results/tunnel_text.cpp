// SPDX-License-Identifier: BSD-2-Clause
// Explaining a tunnel in words, for readers who do not know the abbreviations by heart.
#include <fmt/format.h>

#include <iterator>
#include <map>

#include "results/address_text.hpp"
#include "results/names.hpp"
#include "results/text_writer.hpp"

namespace utnt::results {
namespace {

using report::Attempt;
using report::Completeness;
using report::Trigger;
using report::TunnelClass;

std::string_view class_words(TunnelClass tunnel_class) {
  switch (tunnel_class) {
    case TunnelClass::explicit_:
      return "explicit tunnel";
    case TunnelClass::implicit:
      return "implicit tunnel";
    case TunnelClass::opaque:
      return "opaque tunnel";
    case TunnelClass::invisible_php:
      return "invisible tunnel (PHP)";
    case TunnelClass::invisible_uhp:
      return "invisible tunnel (UHP)";
    case TunnelClass::inferred:
      return "inferred tunnel";
    case TunnelClass::none:
      break;
  }
  return "tunnel";
}

std::string counted(unsigned count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string how_revealed(const Tunnel& tunnel) {
  std::map<Technique, unsigned> counts;
  for (const auto& lsr : tunnel.lsrs) {
    if (lsr.technique != Technique::none) ++counts[lsr.technique];
  }
  std::string out;
  for (const auto& [technique, count] : counts) {
    fmt::format_to(std::back_inserter(out), "{}{} by {}", out.empty() ? "" : ", ", count, name_of(technique));
  }
  if (out.empty()) return out;
  return fmt::format(" ({}; {})", out, counted(tunnel.steps, "step"));
}

std::string body(const Tunnel& tunnel) {
  const bool is_visible = tunnel.tunnel_class == TunnelClass::explicit_ ||
                          tunnel.tunnel_class == TunnelClass::implicit || tunnel.tunnel_class == TunnelClass::inferred;
  if (tunnel.completeness == Completeness::suspected) {
    const auto length = tunnel.estimated_lsrs == 0 ? std::string{"of unknown length"}
                                                   : "about " + counted(tunnel.estimated_lsrs, "hidden router");
    return fmt::format("suspected, {}, nothing revealed", length);
  }
  if (is_visible) return counted(tunnel.revealed_lsrs, "LSR") + " in the trace";
  auto out = counted(tunnel.revealed_lsrs, "hidden router") + " revealed" + how_revealed(tunnel);
  if (tunnel.completeness == Completeness::incomplete) out += ", incomplete";
  if (tunnel.estimated_lsrs != 0 && tunnel.estimated_lsrs != tunnel.revealed_lsrs) {
    fmt::format_to(std::back_inserter(out), ", expected about {}", tunnel.estimated_lsrs);
  }
  if (tunnel.reused) out += ", known from another trace";
  return out;
}

std::string given_away_by(const Tunnel& tunnel) {
  switch (tunnel.trigger) {
    case Trigger::rtla:
      return fmt::format("its time-exceeded replies come back {} hops longer than its echo replies (RTLA)",
                         tunnel.rtla);
    case Trigger::frpla:
      return fmt::format("the way back is {} hops longer than the way there (FRPLA)", tunnel.frpla);
    case Trigger::dupip:
      return "the same address answers at two TTLs (DUPIP)";
    case Trigger::mttl:
      return fmt::format("the label's TTL is {} where the tunnel ends (MTTL)", tunnel.mttl);
    case Trigger::uhp_suspect:
      return "a tail that does not show itself is suspected (UHP)";
    case Trigger::none:
      break;
  }
  switch (tunnel.tunnel_class) {
    case TunnelClass::explicit_:
      return "the routers quote their labels (RFC 4950)";
    case TunnelClass::implicit:
      return "quoted TTLs or return paths of the routers inside";
    case TunnelClass::opaque:
      return fmt::format("a single labelled hop, label TTL {}", tunnel.mttl);
    case TunnelClass::invisible_php:
    case TunnelClass::invisible_uhp:
      return "nothing but brute force";
    case TunnelClass::inferred:
    case TunnelClass::none:
      break;
  }
  return "its neighbours";
}

}  // namespace

std::string explain(const Tunnel& tunnel) {
  return fmt::format("{} {} -> {}: {}; given away by: {}", class_words(tunnel.tunnel_class),
                     tunnel.ingress.is_none() ? "(silent)" : address_text(tunnel.ingress),
                     tunnel.egress.is_none() ? "(not known)" : address_text(tunnel.egress), body(tunnel),
                     given_away_by(tunnel));
}

}  // namespace utnt::results
