// SPDX-License-Identifier: BSD-2-Clause
#include "truth_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace utnt::sim {
namespace {

static_assert(static_cast<int>(emu::TrueClass::explicit_) == static_cast<int>(core::TunnelClass::explicit_));
static_assert(static_cast<int>(emu::TrueClass::implicit) == static_cast<int>(core::TunnelClass::implicit));
static_assert(static_cast<int>(emu::TrueClass::opaque) == static_cast<int>(core::TunnelClass::opaque));
static_assert(static_cast<int>(emu::TrueClass::invisible_php) == static_cast<int>(core::TunnelClass::invisible_php));
static_assert(static_cast<int>(emu::TrueClass::invisible_uhp) == static_cast<int>(core::TunnelClass::invisible_uhp));

constexpr std::array class_names{"none",          "explicit",      "implicit", "opaque",
                                 "invisible_php", "invisible_uhp", "inferred"};

std::string_view name_of_class(std::size_t number) { return class_names.at(number); }

bool is_router(const emu::TrueRouter& router, const wire::IpAddress& address) {
  if (address.is_none()) return !router.answers_te;
  return std::find(router.aliases.begin(), router.aliases.end(), address) != router.aliases.end();
}

std::string text_of(const emu::Truth& truth, const wire::IpAddress& address) {
  if (address.is_none()) return "*";
  for (const auto& router : truth.path) {
    if (is_router(router, address)) return router.name;
  }
  std::array<char, wire::address_text_max> text;
  return std::string{wire::format_address(address, text)};
}

bool ends_right(const results::Tunnel& found, const emu::TrueTunnel& tunnel, const emu::Truth& truth) {
  return is_router(truth.path.at(tunnel.ingress), found.ingress) &&
         is_router(truth.path.at(tunnel.egress), found.egress);
}

bool class_right(const results::Tunnel& found, const emu::TrueTunnel& tunnel) {
  return static_cast<int>(found.tunnel_class) == static_cast<int>(tunnel.tunnel_class);
}

bool lsrs_right(const results::Tunnel& found, const emu::TrueTunnel& tunnel, const emu::Truth& truth) {
  const auto count = static_cast<std::size_t>(tunnel.egress - tunnel.ingress - 1);
  if (found.lsrs.size() != count) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_router(truth.path.at(tunnel.ingress + 1U + i), found.lsrs[i].address)) return false;
  }
  return true;
}

bool is_suspected(const results::Tunnel& tunnel) { return tunnel.completeness == report::Completeness::suspected; }

std::string describe(const emu::TrueTunnel& tunnel, const emu::Truth& truth) {
  return fmt::format("{} {}-{}", name_of_class(static_cast<std::size_t>(tunnel.tunnel_class)),
                     truth.path.at(tunnel.ingress).name, truth.path.at(tunnel.egress).name);
}

std::string describe(const results::Tunnel& tunnel, const emu::Truth& truth) {
  return fmt::format("{} {}-{}", name_of_class(static_cast<std::size_t>(tunnel.tunnel_class)),
                     text_of(truth, tunnel.ingress), text_of(truth, tunnel.egress));
}

bool is_suspected_at(const results::TraceResult& trace, const emu::TrueTunnel& tunnel, const emu::Truth& truth) {
  return std::any_of(trace.tunnels.begin(), trace.tunnels.end(), [&](const auto& found) {
    return is_suspected(found) && is_router(truth.path.at(tunnel.ingress), found.ingress);
  });
}

std::string lsrs_text(const results::Tunnel& tunnel, const emu::Truth& truth) {
  std::string out;
  for (const auto& lsr : tunnel.lsrs) out += " " + text_of(truth, lsr.address);
  return out.empty() ? " none" : out;
}

}  // namespace

Score score(const results::TraceResult& trace, const emu::Truth& truth) {
  Score out;
  std::vector<bool> used(trace.tunnels.size(), false);
  for (const auto& tunnel : truth.tunnels) {
    Match match{.truth = &tunnel};
    for (std::size_t i = 0; i < trace.tunnels.size() && match.found == nullptr; ++i) {
      const auto& found = trace.tunnels[i];
      if (used[i] || is_suspected(found) || !class_right(found, tunnel) || !ends_right(found, tunnel, truth)) continue;
      used[i] = true;
      match.found = &found;
      match.lsrs_right = lsrs_right(found, tunnel, truth);
    }
    out.matches.push_back(match);
  }
  for (std::size_t i = 0; i < trace.tunnels.size(); ++i) {
    if (!used[i] && !is_suspected(trace.tunnels[i])) out.untrue.push_back(&trace.tunnels[i]);
  }
  return out;
}

std::set<std::string> deviations(const results::TraceResult& trace, const emu::Truth& truth) {
  std::set<std::string> out;
  const auto scored = score(trace, truth);
  for (const auto& match : scored.matches) {
    const auto name = describe(*match.truth, truth);
    if (match.found == nullptr) {
      out.insert(name + (is_suspected_at(trace, *match.truth, truth) ? " suspected only" : " not found"));
    } else if (!match.lsrs_right) {
      out.insert(name + " with LSRs" + lsrs_text(*match.found, truth));
    }
  }
  for (const auto* tunnel : scored.untrue) out.insert(describe(*tunnel, truth) + " is not there");
  return out;
}

std::set<std::string> deviations(const Run& run) {
  std::set<std::string> out;
  for (std::size_t i = 0; i < run.traces.size(); ++i) out.merge(deviations(run.trace(i), run.truth(i)));
  return out;
}

std::map<std::string, std::string> undetectable_tunnels(const Run& run) {
  std::map<std::string, std::string> out;
  for (const auto& truth : run.truths) {
    for (const auto& tunnel : truth.tunnels) {
      if (!tunnel.detectable) out[describe(tunnel, truth)] = tunnel.undetectable_rule;
    }
  }
  return out;
}

}  // namespace utnt::sim
