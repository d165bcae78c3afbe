// SPDX-License-Identifier: BSD-2-Clause
#include "truth_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace utnt::sim {
namespace {

using lab::is_router;
using lab::is_suspected;

constexpr std::array class_names{"none",          "explicit",      "implicit", "opaque",
                                 "invisible_php", "invisible_uhp", "inferred"};

std::string_view name_of_class(std::size_t number) { return class_names.at(number); }

std::string text_of(const emu::Truth& truth, const wire::IpAddress& address) {
  if (address.is_none()) return "*";
  for (const auto& router : truth.path) {
    if (is_router(router, address)) return router.name;
  }
  std::array<char, wire::address_text_max> text;
  return std::string{wire::format_address(address, text)};
}

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

std::set<std::string> deviations(const results::TraceResult& trace, const emu::Truth& truth) {
  std::set<std::string> out;
  const auto scored = lab::match_tunnels(trace, truth);
  for (const auto& match : scored.tunnels) {
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
