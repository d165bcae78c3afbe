// SPDX-License-Identifier: BSD-2-Clause
// Ends by the routers of the true path, classes by number.
#include "lab/tunnel_match.hpp"

#include <algorithm>
#include <optional>

#include "emu/detectable.hpp"

namespace utnt::lab {
namespace {

using emu::TrueClass;
using emu::TrueTunnel;
using emu::Truth;
using results::Tunnel;
using TunnelClass = decltype(results::Tunnel::tunnel_class);

static_assert(static_cast<int>(TrueClass::explicit_) == static_cast<int>(TunnelClass::explicit_));
static_assert(static_cast<int>(TrueClass::implicit) == static_cast<int>(TunnelClass::implicit));
static_assert(static_cast<int>(TrueClass::opaque) == static_cast<int>(TunnelClass::opaque));
static_assert(static_cast<int>(TrueClass::invisible_php) == static_cast<int>(TunnelClass::invisible_php));
static_assert(static_cast<int>(TrueClass::invisible_uhp) == static_cast<int>(TunnelClass::invisible_uhp));

bool has_class(const Tunnel& found, TrueClass wanted) {
  return static_cast<int>(found.tunnel_class) == static_cast<int>(wanted);
}

bool has_ends(const Tunnel& found, const TrueTunnel& tunnel, const Truth& truth) {
  return is_router(truth.path.at(tunnel.ingress), found.ingress) &&
         is_router(truth.path.at(tunnel.egress), found.egress);
}

bool is_match(const Tunnel& found, const TrueTunnel& tunnel, const Truth& truth) {
  return !is_suspected(found) && has_class(found, tunnel.tunnel_class) && has_ends(found, tunnel, truth);
}

bool has_lsrs(const Tunnel& found, const TrueTunnel& tunnel, const Truth& truth) {
  const std::size_t first = tunnel.ingress + std::size_t{1};
  if (found.lsrs.size() != tunnel.egress - first) return false;
  for (std::size_t i = 0; i < found.lsrs.size(); ++i) {
    if (!is_router(truth.path.at(first + i), found.lsrs[i].address)) return false;
  }
  return true;
}

std::optional<int> place_of(const Truth& truth, const wire::IpAddress& address) {
  if (address.is_none()) return std::nullopt;
  for (std::size_t i = 0; i < truth.path.size(); ++i) {
    if (is_router(truth.path[i], address)) return static_cast<int>(i);
  }
  return std::nullopt;
}

/// Whether `found` claims at least one link of the true tunnel.
bool claims_link(const Tunnel& found, const TrueTunnel& tunnel, const Truth& truth) {
  if (is_suspected(found) || !has_class(found, tunnel.tunnel_class)) return false;
  const auto first = place_of(truth, found.ingress);
  const auto last = place_of(truth, found.egress);
  if (!first && !last) return false;
  return first.value_or(last.value_or(0) - 1) < tunnel.egress && last.value_or(first.value_or(0) + 1) > tunnel.ingress;
}

/// The class that a tunnel shows when the sign of its own cannot be seen.
std::optional<TrueClass> class_shown(const TrueTunnel& tunnel, const Truth& truth) {
  const bool label_is_mute = tunnel.tunnel_class == TrueClass::opaque && !truth.path.at(tunnel.egress).answers_te;
  const bool is_signless = label_is_mute || tunnel.undetectable_rule == emu::undetectable::labels_unseen ||
                           tunnel.undetectable_rule == emu::undetectable::class_unseen;
  if (!is_signless) return std::nullopt;
  return tunnel.tunnel_class == TrueClass::explicit_ ? TrueClass::implicit : TrueClass::invisible_php;
}

}  // namespace

bool is_suspected(const Tunnel& tunnel) { return tunnel.completeness == decltype(tunnel.completeness)::suspected; }

bool is_router(const emu::TrueRouter& router, const wire::IpAddress& address) {
  if (address.is_none()) return !router.answers_te;
  return router.incoming == address || std::ranges::find(router.aliases, address) != router.aliases.end();
}

TunnelMatches match_tunnels(const results::TraceResult& trace, const Truth& truth) {
  TunnelMatches out;
  std::vector<bool> is_used(trace.tunnels.size(), false);
  const auto take = [&](const auto& wanted) -> const Tunnel* {
    for (std::size_t i = 0; i < trace.tunnels.size(); ++i) {
      if (is_used[i] || !wanted(trace.tunnels[i])) continue;
      is_used[i] = true;
      return &trace.tunnels[i];
    }
    return nullptr;
  };
  for (const auto& tunnel : truth.tunnels) {
    TunnelMatch match{.truth = &tunnel};
    match.found = take([&](const Tunnel& found) { return is_match(found, tunnel, truth); });
    match.lsrs_right = match.found != nullptr && has_lsrs(*match.found, tunnel, truth);
    // With both ends silent a match has no place on the path, and still overlaps.
    match.overlapped = match.found != nullptr || std::ranges::any_of(trace.tunnels, [&](const Tunnel& found) {
                         return claims_link(found, tunnel, truth) || is_match(found, tunnel, truth);
                       });
    out.tunnels.push_back(match);
  }
  for (const auto& match : out.tunnels) {
    const auto shown = match.found == nullptr ? class_shown(*match.truth, truth) : std::nullopt;
    if (!shown) continue;
    const auto* const alike = take([&](const Tunnel& found) {
      return !is_suspected(found) && has_class(found, *shown) && has_ends(found, *match.truth, truth);
    });
    if (alike != nullptr) out.look_alikes.push_back(alike);
  }
  for (std::size_t i = 0; i < trace.tunnels.size(); ++i) {
    if (!is_used[i] && !is_suspected(trace.tunnels[i])) out.untrue.push_back(&trace.tunnels[i]);
  }
  return out;
}

}  // namespace utnt::lab
