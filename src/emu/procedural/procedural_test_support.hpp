// SPDX-License-Identifier: BSD-2-Clause
// What the tests of the procedural Internet share: plain mixes, and destinations as numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "emu/procedural/network.hpp"
#include "emu/procedural/segment_plan.hpp"

namespace utnt::emu {

/// Every segment with a tunnel of one class and one make of routers; nothing silent, doubled or asymmetric.
inline ProceduralOptions uniform_mix(SegmentMpls mpls, std::uint8_t profile, std::uint64_t seed = 1) {
  ProceduralOptions o;
  o.seed = seed;
  o.transits = 16;
  o.providers = 64;
  o.mpls_percent = mpls == SegmentMpls::none ? 0 : 100;
  const auto share = [&](SegmentMpls wanted) { return mpls == wanted ? 100U : 0U; };
  o.explicit_percent = share(SegmentMpls::explicit_) + share(SegmentMpls::none);
  o.implicit_percent = share(SegmentMpls::implicit);
  o.opaque_percent = share(SegmentMpls::opaque);
  o.php_percent = share(SegmentMpls::invisible_php);
  o.uhp_percent = share(SegmentMpls::invisible_uhp);
  o.cisco_percent = profile == 0 ? 100 : 0;
  o.juniper_percent = profile == 1 ? 100 : 0;
  o.unix_percent = profile == 2 ? 100 : 0;
  o.te_silent_percent = o.echo_silent_percent = o.ecmp_percent = o.asymmetric_percent = 0;
  return o;
}

inline std::unique_ptr<ScenarioNetwork> internet(const ProceduralOptions& options) {
  ScenarioInfo info;
  info.name = "internet";
  return make_procedural_network(options, std::move(info));
}

}  // namespace utnt::emu
