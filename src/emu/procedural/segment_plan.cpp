// SPDX-License-Identifier: BSD-2-Clause
#include "emu/procedural/segment_plan.hpp"

#include <algorithm>
#include <cmath>

#include "base/prng.hpp"

namespace utnt::emu {
namespace {

constexpr std::uint32_t percent_all = 100;

/// Every path crosses two segments: with this share of each, `percent` of paths have at least one. In ppm.
std::uint64_t per_segment_ppm(std::uint32_t percent) {
  const double none = 1.0 - percent / 100.0;
  return static_cast<std::uint64_t>(std::llround((1.0 - std::sqrt(none)) * 1e6));
}

std::uint64_t hash_of(std::uint64_t seed, std::uint64_t a, std::uint64_t b) {
  return mix64(seed ^ mix64(a ^ mix64(b)));
}

SegmentMpls draw_class(Prng& prng, const ProceduralOptions& o) {
  auto roll = static_cast<std::uint32_t>(prng.below(percent_all));
  if (roll < o.explicit_percent) return SegmentMpls::explicit_;
  roll -= o.explicit_percent;
  if (roll < o.implicit_percent) return SegmentMpls::implicit;
  roll -= o.implicit_percent;
  if (roll < o.opaque_percent) return SegmentMpls::opaque;
  roll -= o.opaque_percent;
  return roll < o.php_percent ? SegmentMpls::invisible_php : SegmentMpls::invisible_uhp;
}

std::uint8_t draw_profile(Prng& prng, const ProceduralOptions& o) {
  const auto roll = prng.below(percent_all);
  if (roll < o.cisco_percent) return 0;
  return roll < o.cisco_percent + o.juniper_percent ? 1 : 2;
}

}  // namespace

SegmentPlans::SegmentPlans(const ProceduralOptions& options)
    : options_{options},
      mpls_ppm_{per_segment_ppm(options.mpls_percent)},
      detour_ppm_{per_segment_ppm(options.asymmetric_percent)},
      transits_(options.transits),
      providers_(options.providers) {
  access_.stages = 3;
  access_.ready = true;
}

const SegmentPlan& SegmentPlans::plan(SegmentId segment) {
  if (segment.level == Level::access) return access_;
  auto& kept = segment.level == Level::transit ? transits_[segment.index] : providers_[segment.index];
  if (!kept.ready) kept = make(segment);
  return kept;
}

SegmentPlan SegmentPlans::make(SegmentId segment) const {
  Prng prng{hash_of(options_.seed, 1, router_node(segment, 0, 0))};
  SegmentPlan plan;
  plan.ready = true;
  plan.profile = draw_profile(prng, options_);
  const auto before = 1 + prng.below(2);
  if (prng.below(1'000'000) < mpls_ppm_) {
    plan.mpls = draw_class(prng, options_);
    const auto lsrs = options_.lsrs_min + prng.below(options_.lsrs_max - options_.lsrs_min + 1);
    plan.first_ler = static_cast<std::uint8_t>(before);
    plan.last_ler = static_cast<std::uint8_t>(before + lsrs + 1);
    plan.stages = static_cast<std::uint8_t>(plan.last_ler + 1U + 1 + prng.below(2));
    plan.edge_links_internal = prng.chance(1, 2);
  } else {
    plan.stages = static_cast<std::uint8_t>(before + 2 + prng.below(4));
  }
  // A stage may be doubled when both neighbours are single, and a LER never is. Its neighbours on either side balance
  // then; since the excluded stages cost a third of them, the draw is half as high again as the share of routers.
  const auto doubled_percent = std::min(percent_all, options_.ecmp_percent * 3 / 2);
  for (std::uint32_t stage = 1; stage + 1 < plan.stages; ++stage) {
    const bool after_doubled = plan.width(stage - 1) == 2;
    const bool is_ler = plan.mpls != SegmentMpls::none && (stage == plan.first_ler || stage == plan.last_ler);
    if (after_doubled || is_ler) continue;
    if (prng.below(percent_all) < doubled_percent) plan.doubled |= 1U << stage;
  }
  if (prng.below(1'000'000) < detour_ppm_) plan.detour = static_cast<std::uint8_t>(1 + prng.below(5));
  return plan;
}

SegmentId SegmentPlans::provider_of(std::uint32_t host_address) const {
  const auto hash = hash_of(options_.seed, 2, host_address >> 8);
  return {Level::provider, static_cast<std::uint16_t>(hash % options_.providers)};
}

SegmentId SegmentPlans::transit_of(SegmentId provider) const {
  const auto hash = hash_of(options_.seed, 3, provider.index);
  return {Level::transit, static_cast<std::uint16_t>(hash % options_.transits)};
}

bool SegmentPlans::draw(NodeId node, std::uint32_t purpose, std::uint32_t percent) const {
  return hash_of(options_.seed, 16 + purpose, node) % percent_all < percent;
}

bool SegmentPlans::host_is_mute(std::uint32_t host_address) const {
  const auto roll = hash_of(options_.seed, 4, host_address >> 8) % (2 * percent_all);
  return roll < options_.dead_percent;
}

bool SegmentPlans::site_is_cut_off(std::uint32_t host_address) const {
  const auto roll = hash_of(options_.seed, 4, host_address >> 8) % (2 * percent_all);
  return roll >= options_.dead_percent && roll < 2 * options_.dead_percent;
}

}  // namespace utnt::emu
