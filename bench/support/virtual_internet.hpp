// SPDX-License-Identifier: BSD-2-Clause
// A campaign over the procedural Internet in virtual time, and how well its result agrees with the truth. What runs is
// the session of `utnt trace`: engine, records, assembler.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/config.hpp"
#include "core/events.hpp"
#include "emu/procedural/options.hpp"
#include "lab/score.hpp"

namespace utnt::bench {

/// Scores of several campaigns together.
struct Tally {
  std::array<lab::ClassScore, lab::score_classes> by_class{};
  std::uint64_t traces{0};
  std::uint64_t suspected{0};
  std::uint64_t look_alikes{0};
  std::vector<std::string> mistakes;  ///< missed though detectable, or false
  std::set<wire::IpAddress> lsrs;  ///< different addresses reported as LSRs that are inside a true tunnel of the path

  Tally& operator+=(const Tally& other);
  [[nodiscard]] lab::ClassScore all() const;
};

struct CampaignSettings {
  emu::ProceduralOptions internet{};
  std::size_t destinations{1000};
  bool rules_tnt{false};
  unsigned loss_percent{0};        ///< of probes, and of replies
  std::uint32_t pps{0};            ///< 0 = no limit; the ceilings are always off here
  std::uint32_t traces_max{2000};  ///< in flight
  bool is_scored{true};
  bool brute_force{false};
};

struct CampaignResult {
  Tally tally;
  core::Counters counters;
  double virtual_seconds{0};
  double wall_seconds{0};
  std::size_t engine_bytes{0};
};

core::EngineConfig campaign_config(const CampaignSettings& settings);
CampaignResult run_campaign(const CampaignSettings& settings);

/// Highest resident size of this process so far, in MiB.
double peak_rss_mib();

}  // namespace utnt::bench
