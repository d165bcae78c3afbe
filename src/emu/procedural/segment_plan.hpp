// SPDX-License-Identifier: BSD-2-Clause
// One network of the procedural Internet, as a line of stages from the vantage point's side to the far side. A stage is
// one router, or two in parallel where the router before it balances. Everything follows from (seed, segment).
#pragma once

#include <cstdint>
#include <vector>

#include "emu/procedural/address_plan.hpp"
#include "emu/procedural/options.hpp"
#include "emu/truth.hpp"

namespace utnt::emu {

enum class SegmentMpls : std::uint8_t { none = 0, explicit_, implicit, opaque, invisible_php, invisible_uhp };
inline constexpr std::size_t segment_mpls_kinds = 6;

struct SegmentPlan {
  std::uint32_t doubled{0};  ///< bit s: stage s has two routers
  std::uint8_t stages{0};
  std::uint8_t first_ler{0};  ///< stage of the LER towards the vantage point; valid with MPLS
  std::uint8_t last_ler{0};   ///< stage of the LER on the far side
  SegmentMpls mpls{SegmentMpls::none};
  std::uint8_t profile{0};          ///< 0 Cisco-like, 1 Juniper-like, 2 <64,64>
  std::uint8_t detour{0};           ///< routers that only the way back crosses
  bool edge_links_internal{false};  ///< the subnets between LERs and outside are in the IGP
  bool ready{false};

  [[nodiscard]] unsigned width(std::uint32_t stage) const { return stage < 32 && (doubled >> stage & 1) != 0 ? 2 : 1; }
  [[nodiscard]] bool in_domain(std::uint32_t stage) const {
    return mpls != SegmentMpls::none && stage >= first_ler && stage <= last_ler;
  }
};

class SegmentPlans {
 public:
  explicit SegmentPlans(const ProceduralOptions& options);

  /// Made when first asked for, then kept: memory grows with the networks in use, not with destinations.
  const SegmentPlan& plan(SegmentId segment);
  [[nodiscard]] SegmentId provider_of(std::uint32_t host_address) const;
  [[nodiscard]] SegmentId transit_of(SegmentId provider) const;
  [[nodiscard]] bool host_is_mute(std::uint32_t host_address) const;
  [[nodiscard]] bool site_is_cut_off(std::uint32_t host_address) const;
  /// True with a probability of `percent`, always the same for the same node and purpose.
  [[nodiscard]] bool draw(NodeId node, std::uint32_t purpose, std::uint32_t percent) const;
  [[nodiscard]] const ProceduralOptions& options() const { return options_; }

 private:
  [[nodiscard]] SegmentPlan make(SegmentId segment) const;

  ProceduralOptions options_;
  std::uint64_t mpls_ppm_;  ///< per segment, so that the share of paths comes out
  std::uint64_t detour_ppm_;
  SegmentPlan access_;
  std::vector<SegmentPlan> transits_, providers_;
};

}  // namespace utnt::emu
